// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Journal
import Synchronization

/// What the alerts about one entity add up to, counted in one pass through the journal.
struct EntityTally: Sendable {
    /// How long is counted at most.
    private static let patience = Duration.seconds(5)
    /// Distinct values told apart, for each kind of neighbour and for rules.
    private static let tableLimit = 2_000
    /// Records looked through for incidents.
    private static let recordLimit = 4_000
    static let recentLimit = 5
    static let incidentLimit = 8

    struct Counts: Sendable {
        var total = 0
        var first: EventTime?
        var last: EventTime?
        var byPriority = [Int](repeating: 0, count: Priority.allCases.count)
        var byRule: [String: Int] = [:]
        var neighbours: [EntityKind: [String: Int]] = [:]
        /// A table was full: values that came later are missing.
        var isCrowded = false

        mutating func add(_ facts: borrowing AlertFacts, besides kind: EntityKind) {
            total += 1
            let time = facts.alert.eventTime
            first = first.map { min($0, time) } ?? time
            last = last.map { max($0, time) } ?? time
            byPriority[Int(facts.alert.priority.rawValue) % byPriority.count] += 1
            Self.count(String(decoding: [UInt8](_span: facts.alert.rule), as: UTF8.self), in: &byRule, &isCrowded)
            for other in EntityKind.allCases where other != kind {
                guard let value = other.value(facts) else { continue }
                Self.count(value, in: &neighbours[other, default: [:]], &isCrowded)
            }
        }

        private static func count(_ value: String, in table: inout [String: Int], _ isCrowded: inout Bool) {
            if table[value] != nil || table.count < EntityTally.tableLimit {
                table[value, default: 0] += 1
            } else {
                isCrowded = true
            }
        }
    }

    let counts: Counts
    /// Every alert of the window was looked at.
    let isExact: Bool
    /// Newest first.
    let recent: [FoundAlert]
    /// The newest record of each, newest first.
    let incidents: [FoundRecord]
    let hasMoreIncidents: Bool

    init(
        _ kind: EntityKind, _ value: String, from: EventTime, through: EventTime, _ reader: JournalReader
    ) throws {
        var query = AlertQuery()
        (query.from, query.through) = (from, through)
        if let column = kind.column { query.values[column] = [value] }
        let bytes = [UInt8](value.utf8)
        let tally = Mutex(Counts())
        var counting = query
        // Counts and keeps none: no page is filled.
        counting.condition = { facts in
            guard kind.matches(facts, bytes.span) else { return false }
            tally.withLock { $0.add(facts, besides: kind) }
            return false
        }
        counting.blockLimit = 64
        counting.limit = 1
        // What cannot hold it is left out early. Enrichment never adds these.
        if [.user, .process, .ip].contains(kind), bytes.count <= 256 { counting.text = value }
        let deadline = ContinuousClock.now + Self.patience
        var hasMore = true
        while hasMore, ContinuousClock.now < deadline {
            let page = try reader.search(counting)
            counting.after = page.next
            hasMore = page.next != nil
        }
        counts = tally.withLock { $0 }
        isExact = !hasMore && !counts.isCrowded
        query.text = counting.text
        query.condition = { kind.matches($0, bytes.span) }
        query.limit = Self.recentLimit
        query.blockLimit = 64
        recent = counts.total == 0 ? [] : try reader.search(query).alerts
        (incidents, hasMoreIncidents) = try Self.incidents(kind, value, from, through, recent, reader)
    }

    /// Those whose group names it, and those that its newest alerts counted in.
    private static func incidents(
        _ kind: EntityKind, _ value: String, _ from: EventTime, _ through: EventTime, _ recent: [FoundAlert],
        _ reader: JournalReader
    ) throws -> ([FoundRecord], Bool) {
        let linked = Set(recent.flatMap(\.incidents))
        let ids = Set(recent.map(\.id))
        var query = RecordQuery()
        query.kind = .incident
        (query.from, query.through) = (from, through)
        query.limit = 500
        var found: [FoundRecord] = []
        var seen: Set<SubjectID> = []
        var looked = 0
        while looked < recordLimit {
            let page = try reader.records(query)
            for record in page.records {
                guard case .incident(let incident) = record.record, seen.insert(incident.incident).inserted else {
                    continue
                }
                guard
                    kind.names(incident.group, value) || linked.contains(incident.incident)
                        || incident.alerts.contains(where: ids.contains)
                else { continue }
                if found.count == incidentLimit { return (found, true) }
                found.append(record)
            }
            guard let next = page.next else { return (found, false) }
            query.after = next
            looked += query.limit
        }
        return (found, true)
    }
}
