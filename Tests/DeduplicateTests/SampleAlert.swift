// SPDX-License-Identifier: Apache-2.0
import AlertEngine
import AlertModel
import AlertSources

/// One alert as a test says it: only what deduplication looks at.
struct SampleAlert: Hashable {
    /// Seconds since the beginning of the test, in ns.
    var time: Int64
    var rule = "Terminal shell in container"
    var priority = Priority.warning
    var hostname = "node-1"
    var source = "syscall"
    var command: String? = "bash"
    var fields: [String: String] = [:]
    var output = "x"
    var arrival: Int64?
    var hasTime = true

    static func at(_ seconds: Double) -> SampleAlert { SampleAlert(time: Int64(seconds * 1e9)) }

    func with(_ change: (inout SampleAlert) -> Void) -> SampleAlert {
        var alert = self
        change(&alert)
        return alert
    }

    static let start: Int64 = 1_767_225_600_000_000_000

    var eventTime: EventTime { EventTime(nanoseconds: Self.start + time) }

    private var json: [UInt8] {
        var fields = fields
        if let command { fields["proc.cmdline"] = command }
        let members = fields.sorted { $0.key < $1.key }.map { "\(quoted($0.key)):\(quoted($0.value))" }
        let time = hasTime ? "\"time\":\"\(eventTime)\"," : ""
        return Array(
            """
            {"rule":\(quoted(rule)),"priority":"\(priority.name)","hostname":\(quoted(hostname)),\
            "source":\(quoted(source)),\(time)"output":\(quoted(output)),"output_fields":{\(members.joined(separator: ","))}}
            """.utf8)
    }

    private func quoted(_ text: String) -> String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }

    static func batch(_ alerts: [SampleAlert]) -> AlertBatch {
        let decoder = AlertDecoder()
        var builder = AlertBatchBuilder()
        for alert in alerts {
            let arrival = alert.arrival.map { EventTime(nanoseconds: start + $0) } ?? alert.eventTime
            decoder.decode(.json, alert.json.span, arrival: arrival, into: &builder)
        }
        return builder.seal()
    }
}

/// A deduplicator with what it has said so far.
struct Bench {
    var deduplicator: Deduplicator
    var outbox = Outbox()
    var place: Int64 = 1
    var watermark: Int64 = .min

    init(_ settings: DeduplicateSettings = DeduplicateSettings(), key: HashKey = HashKey(low: 1, high: 2)) {
        deduplicator = Deduplicator(settings, key: key)
    }

    @discardableResult
    mutating func admit(_ alert: SampleAlert) -> Admission { admit([alert])[0] }

    @discardableResult
    mutating func admit(_ alerts: [SampleAlert]) -> [Admission] {
        let batch = SampleAlert.batch(alerts)
        precondition(batch.count == alerts.count)
        return (0 ..< batch.count).map { admit(batch, $0) }
    }

    mutating func admit(_ batch: AlertBatch, _ index: Int) -> Admission {
        let alert = batch.alert(at: index)
        let (time, arrival) = (alert.eventTime, alert.arrivalTime)
        let context = AlertContext(
            AlertFacts(alert), time: time, arrival: arrival, reference: AlertReference(place: place, epochIndex: 0),
            isLate: time.nanoseconds < watermark)
        place += 1
        return deduplicator.admit(context, &outbox)
    }

    /// Moves the watermark to so many seconds after the beginning of the test.
    mutating func advance(to seconds: Double) { advance(toNanoseconds: Int64(seconds * 1e9)) }

    mutating func advance(toNanoseconds time: Int64) {
        watermark = max(watermark, SampleAlert.start + time)
        let time = EventTime(nanoseconds: watermark)
        deduplicator.advance(EngineMoment(watermark: time, now: time), &outbox)
    }

    mutating func end() {
        let time = EventTime(nanoseconds: .max)
        watermark = .max
        deduplicator.advance(EngineMoment(watermark: time, now: time), &outbox)
    }

    var summaries: [GroupSummary] {
        outbox.records.compactMap { if case .summary(let summary) = $0.record { summary } else { nil } }
    }
    var closes: [GroupSummary] { summaries.filter { $0.state == .close } }
    var updates: [GroupSummary] { summaries.filter { $0.state == .update } }
}

extension Admission {
    var word: String {
        switch self {
        case .first: "first"
        case .variant: "variant"
        case .breakthrough: "breakthrough"
        case .repeated: "repeated"
        case .untracked: "untracked"
        }
    }
}
