// SPDX-License-Identifier: Apache-2.0
import AlertModel
import CAlertBatch
import CFalcoOutputs
import Glibc

/// The subscription of one Falco's outputs service: owner of a `cfalco_client`. One thread.
@safe
struct OutputsStream: ~Copyable {
    private let client: OpaquePointer

    /// Nothing is dialled yet. Throws what is wrong with the settings.
    init(_ settings: FalcoGrpcSourceSettings) throws(FalcoGrpcSourceError) {
        var raw = unsafe cfalco_client_settings()
        unsafe raw.receive_limit_bytes = UInt64(settings.receiveLimitBytes)
        unsafe raw.in_flight_bytes = UInt64(settings.inFlightBytes)
        unsafe raw.poll_busy_ns = settings.pollBusy.unsignedNanoseconds
        unsafe raw.poll_idle_ns = settings.pollIdle.unsignedNanoseconds
        var message = [CChar](repeating: 0, count: Int(CFALCO_MESSAGE_BYTES))
        let texts = CTexts([
            settings.address, settings.tls?.ca, settings.tls?.certificate, settings.tls?.key, settings.serverName,
        ])
        unsafe raw.address = texts[0]
        unsafe raw.tls = cfalco_tls_files(ca: texts[1], certificate: texts[2], key: texts[3])
        unsafe raw.server_name = texts[4]
        let made = unsafe cfalco_client_create(&raw, &message, message.count)
        // The strings are copied by then.
        extendLifetime(texts)
        guard let made = unsafe made else { throw FalcoGrpcSourceError(sentence(message)) }
        unsafe client = made
    }

    deinit { unsafe cfalco_client_destroy(client) }

    enum Dialled {
        case connecting
        case connected
        /// A sentence for the log.
        case failed(String)
    }

    func dial(timeout: Duration) { unsafe cfalco_client_dial(client, timeout.unsignedNanoseconds) }

    /// What came of the dial, waiting at most `wait` for it.
    func dialled(waiting wait: Duration) -> Dialled {
        var message = [CChar](repeating: 0, count: Int(CFALCO_MESSAGE_BYTES))
        switch unsafe cfalco_client_dialled(client, wait.unsignedNanoseconds, &message, message.count) {
        case CFALCO_CONNECTED: return .connected
        case CFALCO_CONNECTING: return .connecting
        default: return .failed(sentence(message))
        }
    }

    /// The peer's version, when it told one.
    var version: String? {
        var version = cfalco_version()
        guard unsafe cfalco_client_version(client, &version) else { return nil }
        return unsafe withUnsafeBytes(of: version.version) {
            unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
        }
    }

    enum Outcome {
        /// The batch has more than before, and nothing else is there at once.
        case received
        /// The batch has reached its limits.
        case full
        case timedOut
        /// The stream is over, with a sentence for the log.
        case ended(String, isOversize: Bool)
        /// After `leave`: nothing more will come.
        case left(String, isClean: Bool)
    }

    struct Reception {
        var outcome: Outcome
        /// Received since the beginning; what `commit` wants to hear of.
        var totalBytes: UInt64
        /// Arrivals of the first and last unit that this call added; nil when none was.
        var arrivals: (first: EventTime, last: EventTime)?
        /// Reading is paused until more is committed.
        var isWindowClosed: Bool
        /// How long the stream has waited for any answer at all.
        var unanswered: Duration
    }

    /// Adds alerts to `batch` until it is full, or nothing more is there at once. Waits at most `wait` for the first.
    func receive(into batch: inout AlertBatchBuilder, limits: cfalco_limits, waiting wait: Duration) -> Reception {
        var receipt = cfalco_receipt()
        var limits = limits
        let status = unsafe cfalco_client_receive(client, batch.raw, &limits, wait.unsignedNanoseconds, &receipt)
        let outcome: Outcome =
            switch status {
            case CFALCO_RECEIVED: .received
            case CFALCO_FULL: .full
            case CFALCO_ENDED: .ended(text(of: receipt), isOversize: receipt.is_oversize)
            case CFALCO_LEFT: .left(text(of: receipt), isClean: receipt.clean)
            default: .timedOut
            }
        let first = receipt.first_arrival
        return Reception(
            outcome: outcome, totalBytes: receipt.total_bytes,
            arrivals: first == 0
                ? nil : (EventTime(nanoseconds: first), EventTime(nanoseconds: receipt.appended_arrival)),
            isWindowClosed: receipt.window_closed,
            unanswered: .nanoseconds(Int64(clamping: receipt.unanswered_ns)))
    }

    private func text(of receipt: cfalco_receipt) -> String {
        unsafe withUnsafeBytes(of: receipt.message) { unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    /// Everything received up to `totalBytes` is stored.
    func commit(upTo totalBytes: UInt64) { unsafe cfalco_client_committed(client, totalBytes) }

    /// No more requests; `receive` goes on until silence, at most until `limit`.
    func leave(limit: Duration) { unsafe cfalco_client_leave(client, limit.unsignedNanoseconds) }
}

/// What a human must mend: the settings cannot work.
public struct FalcoGrpcSourceError: Error, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}

private func sentence(_ message: [CChar]) -> String {
    String(decoding: message.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
}

extension Duration {
    /// For C: negative durations are none.
    fileprivate var unsignedNanoseconds: UInt64 { UInt64(max(0, wholeNanoseconds)) }
}

/// Copies of strings for a C call, NULL for nil; freed with the owner.
@safe
private final class CTexts {
    private let texts: [UnsafeMutablePointer<CChar>?]

    init(_ strings: [String?]) {
        unsafe texts = strings.map { string in unsafe string.map { unsafe strdup($0) } ?? nil }
    }
    deinit { unsafe texts.forEach { text in unsafe free(text) } }

    subscript(index: Int) -> UnsafePointer<CChar>? { unsafe UnsafePointer(texts[index]) }
}
