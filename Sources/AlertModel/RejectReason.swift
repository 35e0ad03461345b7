// SPDX-License-Identifier: Apache-2.0
public import CAlertBatch

/// Why a unit that arrived could not be read as an alert. `name` is the metric label and the dead letter's reason.
@safe
public struct RejectReason: Hashable, Sendable {
    let code: UInt32

    init(raw: UInt8) { code = UInt32(raw) }
    public init(_ reason: calert_reject_reason) { code = reason.rawValue }

    var raw: calert_reject_reason { calert_reject_reason(rawValue: code) }
    public var name: String { unsafe String(cString: calert_reject_name(raw)) }

    /// Every reason a decoder can give, for metrics that list zeros.
    public static let all: [RejectReason] = (1 ..< UInt8(CALERT_REJECT_COUNT.rawValue)).map(RejectReason.init(raw:))
    public static let truncated = RejectReason(CALERT_REJECT_TRUNCATED)
    public static let tooLarge = RejectReason(CALERT_REJECT_TOO_LARGE)
    public static let malformedJSON = RejectReason(CALERT_REJECT_MALFORMED_JSON)
    public static let malformedProtobuf = RejectReason(CALERT_REJECT_MALFORMED_PROTOBUF)
    public static let plainText = RejectReason(CALERT_REJECT_PLAIN_TEXT)
    public static let unreadableBody = RejectReason(CALERT_REJECT_UNREADABLE_BODY)
}

/// How an alert's raw bytes are written.
public enum AlertEncoding: UInt8, Sendable {
    /// One `falco.outputs.response` message.
    case protobuf = 0
    /// One JSON object of Falco's.
    case json = 1

    init(raw: UInt8) { self = raw == 1 ? .json : .protobuf }
    public var raw: calert_encoding { calert_encoding(rawValue: UInt32(rawValue)) }
}

/// A unit of input that is no alert, with (at most 64 KiB of) its bytes.
public struct RejectedInput: Sendable {
    public let reason: RejectReason
    public let encoding: AlertEncoding
    public let bytes: [UInt8]
    /// How long the unit really was.
    public let receivedBytes: Int
    public let arrival: EventTime

    public init(reason: RejectReason, encoding: AlertEncoding, bytes: [UInt8], receivedBytes: Int, arrival: EventTime) {
        self.reason = reason
        self.encoding = encoding
        self.bytes = bytes
        self.receivedBytes = receivedBytes
        self.arrival = arrival
    }
}
