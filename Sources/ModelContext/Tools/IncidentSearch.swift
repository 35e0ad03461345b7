// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Journal
import MCPProtocol

/// Which incidents a call asks for, and the look for them.
struct IncidentSearch: Sendable {
    /// Records looked at for one page; then the page ends, with a cursor.
    static let recordLimit = 5_000

    private enum Standing: String { case open, closed, any }

    private let standing: Standing
    private let level: IncidentLevel?
    private let rule: String?
    private let acknowledged: Bool?
    private let query: RecordQuery
    private let limit: Int

    struct Found: Sendable {
        var incidents: [(record: FoundRecord, place: RecordQuery.Place)] = []
        var annotations: [SubjectID: [Annotation]] = [:]
        var next: RecordQuery.Place?
        var unreadable = 0
    }

    init(_ arguments: JSONObject, now: EventTime) throws(ToolProblem) {
        standing = arguments["state"]?.string.flatMap(Standing.init(rawValue:)) ?? .any
        level = arguments["min_level"]?.string.flatMap { IncidentLevel(name: $0) }
        rule = arguments["rule"]?.string
        acknowledged = arguments["acknowledged"]?.bool
        limit = Int(clamping: arguments["limit"]?.wholeNumber ?? 20)
        var query = RecordQuery()
        query.kind = .incident
        query.limit = 256
        (query.from, query.through) = try FilterTime.window(arguments, now: now)
        if let text = arguments["cursor"]?.string {
            guard let place = IncidentCursor.place(text) else {
                throw ToolProblem("cursor is none of this list; leave it out to begin with the newest.")
            }
            query.after = place
        }
        self.query = query
    }

    func run(_ reader: JournalReader) throws -> Found {
        var found = Found()
        var query = query
        var seen: Set<SubjectID> = []
        var looked = 0
        while looked < Self.recordLimit {
            let page = try reader.records(query)
            found.unreadable += page.unreadable.count
            for record in page.records {
                guard case .incident(let incident) = record.record, seen.insert(incident.incident).inserted,
                    // The first record met of an incident is its newest; behind a cursor it may have been met before.
                    try self.query.after == nil || isNewest(record, reader), fits(incident)
                else { continue }
                let about = try reader.annotations(of: incident.incident)
                if let acknowledged, about.contains(where: { $0.kind == .acknowledgement }) != acknowledged { continue }
                found.annotations[incident.incident] = about
                found.incidents.append((record, record.place))
                if found.incidents.count == limit {
                    found.next = record.place
                    return found
                }
            }
            guard let next = page.next else { return found }
            looked += query.limit
            query.after = next
            found.next = next
        }
        return found
    }

    private func isNewest(_ found: FoundRecord, _ reader: JournalReader) throws -> Bool {
        var query = RecordQuery()
        query.subject = found.record.subject
        query.limit = 1
        return try reader.records(query).records.first?.place == found.place
    }

    private func fits(_ incident: IncidentRecord) -> Bool {
        if let level, incident.level < level { return false }
        if let rule, incident.ruleID != rule, incident.ruleTitle != rule { return false }
        switch standing {
        case .any: return true
        case .open: return incident.state != .close
        case .closed: return incident.state == .close
        }
    }
}
