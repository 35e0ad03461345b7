// SPDX-License-Identifier: Apache-2.0
public import AlertModel
import HostileText
public import Journal
public import MCPProtocol

/// The one way from alerts and the engine's records to what an assistant reads.
///
/// Ids, times, priorities, rules, tags and Creance's own counts stand on top; every text that a workload can choose stands
/// under `untrusted`, visible, without secrets, cut to what the level of detail allows. Pure; any thread.
public struct AlertRendering: Sendable {
    /// How much is shown.
    public enum Detail: String, CaseIterable, Sendable {
        /// For lists: about 700 characters of JSON an alert; texts up to 160 characters.
        case brief
        /// All fields; texts up to 1,024 characters.
        case normal
        /// All that is known; texts up to 8 KiB.
        case full

        /// Characters of one text.
        public var textLimit: Int {
            switch self {
            case .brief: TextLimit.brief
            case .normal: TextLimit.detail
            case .full: TextLimit.raw
            }
        }
    }

    public let detail: Detail
    /// False only for callers with the scope `alerts:raw`.
    public let redacts: Bool

    public init(detail: Detail, redacts: Bool = true) {
        self.detail = detail
        self.redacts = redacts
    }

    /// One alert; `alertSchema` describes it.
    public func json(_ found: FoundAlert) -> JSONObject {
        RenderedAlert(self).json(found)
    }

    /// One record of the engine's own: an incident, a summary, a storm; `recordSchema` describes it.
    public func json(_ found: FoundRecord) -> JSONObject { json(found.record) }

    /// The same of a record alone.
    public func json(_ record: EngineRecord) -> JSONObject { RenderedRecord(self).json(record) }

    /// A single text of a workload's, such as a group key or a counted value: always a string. A text that was cut ends with
    /// `… (cut: BYTES bytes, sha256 DIGEST)`.
    public func untrusted(_ text: String) -> JSONValue { untrusted(text.utf8Span.span) }

    /// The same of bytes as they came.
    public func untrusted(_ text: Span<UInt8>) -> JSONValue {
        var sanitizer = Sanitizer(redacts: redacts)
        let excerpt = sanitizer.excerpt(text, limit: detail.textLimit)
        CallMeter.current?.add(redactions: sanitizer.redactions)
        guard let whole = excerpt.whole else { return .string(excerpt.text) }
        return .string("\(excerpt.text) (cut: \(whole.bytes) bytes, sha256 \(whole.sha256))")
    }
}
