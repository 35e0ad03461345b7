// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Reports

/// Makes findings of what the engine decided: one for each group of repeats, one for each incident.
///
/// What a silence, an inhibition or the transport took away is no finding. Repeats and what storm control held are: they
/// were held back for the sake of people who read, not because they do not matter.
final class GateFindings {
    enum Limit {
        /// Findings listed; those beyond are counted.
        static let listed = 10_000
        /// Findings counted; beyond, counts stand still.
        static let counted = 1_000_000
        static let textBytes = 4_096
        static let fieldBytes = 1_024
        static let tags = 64
        /// Alerts whose finding is remembered, for the incidents they belong to.
        static let remembered = 200_000
    }

    private let thresholds: [GateThreshold]
    /// Where a rule stands, when rule files are configured.
    private let placeOfRule: (String) -> FindingPlace?
    private let firstPlace: Int64
    private var findings: [Finding] = []
    private var index: [SubjectID: Int] = [:]
    /// Beyond the limit: whether they fail.
    private var unlisted: [SubjectID: Bool] = [:]
    private var byAlert: [AlertPlace: Int] = [:]
    private(set) var evidence = UpstreamEvidence()

    private struct AlertPlace: Hashable {
        let epoch: UInt64
        let place: Int64
    }

    /// - Parameter firstPlace: entries before it are another run's, and only the engine's memory.
    init(
        thresholds: [GateThreshold], firstPlace: Int64 = 0,
        placeOfRule: @escaping (String) -> FindingPlace? = { _ in nil }
    ) {
        self.thresholds = thresholds
        self.firstPlace = firstPlace
        self.placeOfRule = placeOfRule
    }

    var listed: [Finding] { findings.inReportOrder() }
    var unlistedCount: Int { unlisted.count }
    var failingCount: Int { findings.count(where: \.isFailing) + unlisted.values.count { $0 } }

    func take(_ entry: JournalEntry, _ decision: EntryDecision) {
        guard entry.place >= firstPlace else { return }
        switch entry.content {
        case .alerts(let batch): take(batch, entry, decision)
        case .gap(let gap): evidence.gaps.append(gap)
        case .tick, .start, .configuration, .silence: break
        }
        for placed in decision.notes.records {
            if case .incident(let incident) = placed.record { take(incident) }
        }
    }

    // MARK: Alerts

    private func take(_ batch: AlertBatch, _ entry: JournalEntry, _ decision: EntryDecision) {
        for place in 0 ..< batch.count {
            let fate = decision.fates.isEmpty ? Fate.passed : Fate(rawValue: decision.fates[place]) ?? .passed
            let alert = batch.alert(at: place)
            if evidence.take(alert) { continue }
            switch fate {
            case .passed, .unrouted, .suppressed, .held: break
            case .transportDuplicate, .silenced, .inhibited: continue
            }
            let facts =
                decision.notes.added.alertCount > 0
                ? AlertFacts(alert, decision.notes.added, at: place) : AlertFacts(alert)
            let id = groupID(decision.notes.subject(of: place), facts)
            take(facts, id, AlertPlace(epoch: entry.epoch, place: entry.place + Int64(place)))
        }
    }

    private func take(_ facts: borrowing AlertFacts, _ id: SubjectID, _ place: AlertPlace) {
        let alert = facts.alert
        guard let known = index[id] else {
            let isFailing = isFailing(facts)
            guard findings.count < Limit.listed else { return count(id, isFailing) }
            remember(place, findings.count)
            index[id] = findings.count
            findings.append(finding(facts, id, isFailing))
            return
        }
        findings[known].count += 1
        findings[known].first = min(findings[known].first, alert.eventTime)
        findings[known].last = max(findings[known].last, alert.eventTime)
        findings[known].priority = max(findings[known].priority, alert.priority)
        if !findings[known].isFailing { findings[known].isFailing = isFailing(facts) }
        remember(place, known)
    }

    private func isFailing(_ facts: borrowing AlertFacts) -> Bool {
        for threshold in thresholds where threshold.matches(facts) { return true }
        return false
    }

    private func count(_ id: SubjectID, _ isFailing: Bool) {
        guard unlisted[id] != nil || unlisted.count < Limit.counted else { return }
        unlisted[id] = unlisted[id, default: false] || isFailing
    }

    private func remember(_ place: AlertPlace, _ finding: Int) {
        if byAlert.count < Limit.remembered { byAlert[place] = finding }
    }

    /// The group's; without deduplication the rule, the host and the file make one.
    private func groupID(_ subject: NoteSubject?, _ facts: borrowing AlertFacts) -> SubjectID {
        if case .group(let group)? = subject { return group }
        let alert = facts.alert
        let parts = [alert.rule.text(.max), alert.hostname.text(.max), alert.source.text(.max), Self.file(facts)]
        let bytes = parts.flatMap { Array("\($0.utf8.count):".utf8) + Array($0.utf8) }
        return SubjectID(digestOf: bytes.span)
    }

    private func finding(_ facts: borrowing AlertFacts, _ id: SubjectID, _ isFailing: Bool) -> Finding {
        let alert = facts.alert
        let rule = alert.rule.text(Limit.fieldBytes)
        var tags: [String] = []
        for place in 0 ..< min(alert.tagCount, Limit.tags) { tags.append(alert.tag(at: place).text(Limit.fieldBytes)) }
        var fields: [Finding.Field] = []
        for name in Self.told {
            guard let value = facts.value(name) else { continue }
            fields.append(Finding.Field(name.name, value.text.text(Limit.fieldBytes)))
        }
        return Finding(
            kind: .alert, id: id.description, ruleID: rule, title: rule, priority: alert.priority,
            text: alert.outputBody.text(Limit.textBytes),
            place: place(of: rule, Self.file(facts)),
            first: alert.eventTime, last: alert.eventTime, source: alert.source.text(Limit.fieldBytes),
            hostname: alert.hostname.text(Limit.fieldBytes), tags: tags, fields: fields, isFailing: isFailing)
    }

    /// The rule's own, where rules files are configured and have it; else what it looked at.
    private func place(of rule: String, _ subject: String) -> FindingPlace {
        guard var place = placeOfRule(rule) else { return FindingPlace(file: subject) }
        place.subject = subject
        return place
    }

    private static let executable = FieldName("proc.exepath")
    private static let descriptor = FieldName("fd.name")
    private static let told = [
        "proc.cmdline", "proc.exepath", "proc.pname", "fd.name", "user.name", "container.id",
        "container.image.repository", "k8s.ns.name", "k8s.pod.name",
    ].map(FieldName.init)

    /// The program, else the file or connection, else what kind of source spoke.
    private static func file(_ facts: borrowing AlertFacts) -> String {
        if let value = facts.value(executable) { return value.text.text(Limit.fieldBytes) }
        if let value = facts.value(descriptor) { return value.text.text(Limit.fieldBytes) }
        let source = facts.alert.source.text(Limit.fieldBytes)
        return source.isEmpty ? "unknown" : source
    }

    // MARK: Incidents

    private func take(_ incident: IncidentRecord) {
        let isFailing = thresholds.contains { $0.matches(incident) }
        let count = incident.ruleType == "event_count" ? Int(clamping: incident.value) : incident.alerts.count
        guard let known = index[incident.incident] else {
            guard findings.count < Limit.listed else { return self.count(incident.incident, isFailing) }
            index[incident.incident] = findings.count
            return findings.append(finding(incident, max(1, count), isFailing))
        }
        findings[known].count = max(findings[known].count, count)
        findings[known].first = min(findings[known].first, incident.first)
        findings[known].last = max(findings[known].last, incident.last)
        findings[known].priority = max(findings[known].priority, incident.level.priority)
        findings[known].isFailing = findings[known].isFailing || isFailing
    }

    private func finding(_ incident: IncidentRecord, _ count: Int, _ isFailing: Bool) -> Finding {
        let title = incident.ruleTitle.isEmpty ? incident.ruleID : incident.ruleTitle
        // The place and the host are those of its first alert that is known.
        let alert = incident.alerts.lazy
            .compactMap { self.byAlert[AlertPlace(epoch: $0.epoch, place: $0.place)] }.first.map { findings[$0] }
        var seen: Set<String> = []
        let fields = incident.group.filter { $0.value != .null && seen.insert($0.name).inserted }
            .map { Finding.Field($0.name, $0.value.plainText.cutBytes(Limit.fieldBytes)) }
        let key = fields.map { "\($0.name)=\($0.value)" }.joined(separator: " ")
        return Finding(
            kind: .incident, id: incident.incident.description, ruleID: incident.ruleID.cutBytes(Limit.fieldBytes),
            title: title.cutBytes(Limit.fieldBytes), priority: incident.level.priority,
            text: "\(count) alerts\(key.isEmpty ? "" : " with \(key)")".cutBytes(Limit.textBytes),
            place: alert?.place ?? FindingPlace(file: "creance"), count: count, first: incident.first,
            last: incident.last, source: "creance",
            hostname: fields.first { $0.name == "hostname" }?.value ?? alert?.hostname ?? "",
            tags: Array(incident.tags.prefix(Limit.tags)), fields: fields, isFailing: isFailing)
    }
}

extension Int {
    /// The whole part, held within what fits; 0 for what is no number.
    fileprivate init(clamping value: Double) {
        self = value.isNaN ? 0 : value >= 1e15 ? 1_000_000_000_000_000 : value <= 0 ? 0 : Int(value)
    }
}

extension FieldValue {
    fileprivate var plainText: String {
        switch self {
        case .null: ""
        case .text(let text): text
        case .integer(let number): String(number)
        case .unsigned(let number): String(number)
        case .double(let number): number.description
        case .bool(let flag): flag ? "true" : "false"
        }
    }
}

extension String {
    fileprivate func cutBytes(_ limit: Int) -> String { utf8.count <= limit ? self : utf8Span.span.text(limit) }
}

extension Span where Element == UInt8 {
    /// As text, at most so many bytes of it; what is not UTF-8 becomes U+FFFD.
    fileprivate func text(_ limit: Int) -> String {
        guard count > limit else { return String(decoding: [UInt8](_span: self), as: UTF8.self) }
        var end = limit
        // Not inside a character.
        while end > limit - 4, end > 0, self[end] & 0xC0 == 0x80 { end -= 1 }
        return String(decoding: [UInt8](_span: extracting(..<end)), as: UTF8.self) + "…"
    }
}
