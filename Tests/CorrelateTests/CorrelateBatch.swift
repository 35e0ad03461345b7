// SPDX-License-Identifier: Apache-2.0
import AlertModel
import CAlertBatch
import SigmaRules

@testable import AlertEngine

/// An alert as correlation sees it.
struct CorrelateAlert: Hashable {
    /// Nanoseconds.
    var time: Int64
    /// Detections it matches.
    var matches: [Int] = [0]
    var fields: [String: String] = [:]
    var hostname = "node-1"
    var tags: [String] = []
    var priority = Priority.warning
    /// Its name, the same in every order of arrival.
    var number: Int64 = 0
}

let second: Int64 = 1_000_000_000

func correlateBatch(_ alerts: [CorrelateAlert]) -> AlertBatch {
    let builder = AlertBatchBuilder()
    let raw = unsafe builder.raw
    func text(_ value: String) -> calert_slice {
        let bytes = Array(value.utf8)
        guard let place = unsafe calert_batch_reserve_bytes(raw, UInt32(bytes.count)) else { return calert_slice() }
        for (index, byte) in bytes.enumerated() { unsafe place[index] = byte }
        let slice = unsafe calert_slice(offset: raw.pointee.byte_count, length: UInt32(bytes.count))
        unsafe raw.pointee.byte_count += UInt32(bytes.count)
        return slice
    }
    for alert in alerts {
        let hostname = text(alert.hostname)
        let names = alert.fields.keys.sorted()
        let fields = names.map { (text($0), text(alert.fields[$0] ?? ""), $0, alert.fields[$0] ?? "") }
        let tags = alert.tags.map { text($0) }
        guard let record = unsafe calert_batch_append_record(raw) else { continue }
        unsafe record.pointee.hostname = hostname
        unsafe record.pointee.priority = alert.priority.rawValue
        unsafe record.pointee.first_field = raw.pointee.field_count
        unsafe record.pointee.field_count = UInt16(fields.count)
        unsafe record.pointee.first_tag = raw.pointee.tag_count
        unsafe record.pointee.tag_count = UInt16(tags.count)
        for tag in tags {
            guard let slot = unsafe calert_batch_append_tag(raw) else { continue }
            unsafe slot.pointee = tag
        }
        for (key, value, keyText, valueText) in fields {
            guard let field = unsafe calert_batch_append_field(raw) else { continue }
            unsafe field.pointee.key = key
            unsafe field.pointee.text = value
            let (keyBytes, valueBytes) = (Array(keyText.utf8), Array(valueText.utf8))
            unsafe keyBytes.withUnsafeBufferPointer { keys in
                unsafe valueBytes.withUnsafeBufferPointer { values in
                    unsafe calert_set_text(field, keys.baseAddress, keys.count, values.baseAddress, values.count)
                }
            }
        }
        unsafe calert_record_set_time(record, true, alert.time, alert.time)
    }
    return builder.seal()
}

extension CorrelationRule {
    /// A rule over detections 0, 1, … grouped by `proc.name` unless told otherwise.
    static func sample(
        _ kind: CorrelationKind, index: Int = 0, references: [RuleReference] = [.detection(0)],
        by fields: [String] = ["proc.name"], timespan: Duration = .seconds(10), window: WindowKind = .sliding,
        emit: EmitMode = .once, groupsNulls: Bool = false, until: RuleReference? = nil, makesIncidents: Bool = true,
        tags: [String] = []
    ) -> CorrelationRule {
        CorrelationRule(
            index: index, id: "rule-\(index)", name: "rule\(index)", title: "Rule \(index)", level: .high, tags: tags,
            body: SubjectID(high: 1, low: UInt64(index)), kind: kind, references: references,
            groupBy: fields.map { name in
                GroupField(name: name, fields: references.map { _ in FactName(name) }, untilField: FactName(name))
            },
            timespan: timespan, window: window, emit: emit, groupsNulls: groupsNulls, until: until,
            makesIncidents: makesIncidents)
    }
}

/// A correlator with the watermark that one stream gives it: the greatest time so far minus the allowed lateness.
struct CorrelateRun {
    var correlator: Correlator
    let lateness: Int64
    var records: [IncidentRecord] = []
    var links: [(alert: Int64, incident: SubjectID)] = []
    var unplaced: [Int64] = []
    private var latest = Int64.min
    private var isEnded = false
    let rules: [CorrelationRule]
    let settings: CorrelateSettings

    init(
        _ rules: [CorrelationRule], lateness: Int64 = 2 * second, settings: CorrelateSettings = CorrelateSettings(),
        key: HashKey = HashKey(low: 1, high: 2)
    ) {
        correlator = Correlator(rules, settings, key: key)
        self.lateness = lateness
        self.rules = rules
        self.settings = settings
    }

    /// The watermark before the next alert.
    var watermark: Int64 { latest == .min ? .min : latest - lateness }

    mutating func take(_ alert: CorrelateAlert) {
        let batch = correlateBatch([alert])
        var outbox = Outbox(installation: 7, epochs: EpochTable([9]))
        var matches = MatchSet(count: 64)
        for match in alert.matches { matches.insert(match) }
        let view = batch.alert(at: 0)
        let time = EventTime(nanoseconds: alert.time)
        let context = AlertContext(
            AlertFacts(view), time: time, arrival: time,
            reference: AlertReference(place: alert.number, epochIndex: 0), isLate: alert.time < watermark)
        if correlator.observe(context, matches, &outbox) { unplaced.append(alert.number) }
        collect(outbox, alert.number)
        latest = max(latest, alert.time)
        advance(watermark, now: latest)
    }

    mutating func advance(_ watermark: Int64, now: Int64) {
        var outbox = Outbox(installation: 7, epochs: EpochTable([9]))
        correlator.advance(
            EngineMoment(watermark: EventTime(nanoseconds: watermark), now: EventTime(nanoseconds: now)), &outbox)
        collect(outbox, -1)
    }

    /// Nothing more comes.
    mutating func end() { advance(.max, now: latest) }

    private mutating func collect(_ outbox: Outbox, _ alert: Int64) {
        for placed in outbox.records {
            if case .incident(let incident) = placed.record { records.append(incident) }
        }
        for link in outbox.links { links.append((alert, link.incident)) }
    }

    /// Goes on from bytes, as after a restart, perhaps with another key.
    mutating func restart(key: HashKey = HashKey(low: 1, high: 2)) throws {
        var writer = ByteWriter()
        correlator.write(to: &writer)
        var reader = ByteReader(writer.bytes)
        correlator = try Correlator(rules, settings, key: key, from: &reader)
    }

    /// What incidents came to: what no order of arrival within the lateness may change.
    var closed: [ClosedIncident] {
        records.filter { $0.state == .close && $0.mergedInto == nil }.map(ClosedIncident.init).sorted()
    }
}

/// An incident at its CLOSE.
struct ClosedIncident: Hashable, Comparable, CustomStringConvertible {
    let rule: String
    let group: String
    let first: Int64
    let last: Int64
    let value: Double

    init(rule: String = "rule-0", group: String, first: Int64, last: Int64, value: Double) {
        self.rule = rule
        self.group = group
        self.first = first
        self.last = last
        self.value = value
    }

    init(_ record: IncidentRecord) {
        rule = record.ruleID
        group = record.group.map { "\($0.value)" }.joined(separator: ",")
        first = record.first.nanoseconds
        last = record.last.nanoseconds
        value = record.value
    }

    static func < (left: ClosedIncident, right: ClosedIncident) -> Bool {
        (left.rule, left.group, left.first, left.last, left.value)
            < (right.rule, right.group, right.first, right.last, right.value)
    }

    var description: String { "\(rule) \(group) \(first)…\(last) = \(value)" }
}

/// SplitMix64: the same numbers from the same seed on every machine.
struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed &* 0x9e37_79b9_7f4a_7c15 }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var word = state
        word = (word ^ word >> 30) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ word >> 27) &* 0x94d0_49bb_1331_11eb
        return word ^ word >> 31
    }
}
