// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Explanation
import Journal

/// What the journal holds about one incident.
struct IncidentStory: Sendable {
    /// Oldest first; of a very long life the oldest 1,000.
    let records: [FoundRecord]
    let newest: FoundRecord
    let timeline: IncidentTimeline
    /// Oldest first.
    let annotations: [Annotation]

    /// nil: there is nothing about it (any more), or it is no incident.
    init?(_ id: SubjectID, _ reader: JournalReader) throws {
        guard let found = try SubjectExplanation(id, reader), case .incident? = found.records.first?.record else {
            return nil
        }
        records = found.records
        var query = RecordQuery()
        query.subject = found.subject
        query.limit = 1
        guard let newest = try reader.records(query).records.first ?? found.records.last,
            case .incident(let incident) = newest.record
        else { return nil }
        self.newest = newest
        timeline = try IncidentTimeline(incident, found.alerts, reader)
        annotations = try reader.annotations(of: found.subject)
    }
}

/// The alerts of an incident in order of time: those that its records name, and those whose links lead to it.
struct IncidentTimeline: Sendable {
    /// Alerts kept at most.
    static let limit = 300
    /// Alerts and blocks of the incident's time that are looked at for links.
    static let lookLimit = 3_000
    static let blockLimit = 64

    /// Where an alert stands: its time, and its place where times are equal.
    struct Moment: Sendable, Hashable, Comparable {
        let time: Int64
        let place: Int64

        static func < (left: Moment, right: Moment) -> Bool { (left.time, left.place) < (right.time, right.place) }
    }

    struct Member: Sendable {
        let moment: Moment
        let found: FoundAlert
        /// A record names it.
        let isNamed: Bool
    }

    private(set) var alerts: [Member] = []
    /// Named, and not in the journal any more.
    private(set) var gone = 0
    /// All that counted are here.
    private(set) var isWhole = false

    init(_ incident: IncidentRecord, _ named: [RecordID], _ reader: JournalReader) throws {
        var seen: Set<RecordID> = []
        for id in named.prefix(Self.limit) {
            if let found = try reader.alert(id) {
                alerts.append(Member(moment: Moment(found), found: found, isNamed: true))
            } else {
                gone += 1
            }
            seen.insert(id)
        }
        var query = AlertQuery()
        (query.from, query.through) = (incident.first, incident.last)
        query.values = Self.columns(of: incident)
        query.limit = 250
        query.blockLimit = Self.blockLimit
        query.newestFirst = false
        var looked = 0
        var hasMore = true
        while hasMore, looked < Self.lookLimit, alerts.count < Self.limit {
            let page = try reader.search(query)
            for found in page.alerts where found.incidents.contains(incident.incident) && seen.insert(found.id).inserted
            {
                alerts.append(Member(moment: Moment(found), found: found, isNamed: false))
            }
            looked += max(page.alerts.count, 1) + page.blocksOpened * 10
            query.after = page.next
            hasMore = page.next != nil
        }
        alerts.sort { $0.moment < $1.moment }
        // Rules that count alerts say how many there were.
        let counted =
            incident.ruleType == "event_count" ? incident.value : Double(named.count < 16 ? named.count : .max)
        isWhole = gone == 0 && !incident.isApproximate && Double(alerts.count) >= counted
    }

    /// What all alerts of its group have in a column. Enrichment may have filled the value in: columns hold what came.
    private static func columns(of incident: IncidentRecord) -> [AlertQuery.Column: [String]] {
        var values: [AlertQuery.Column: [String]] = [:]
        for field in incident.group {
            guard field.name == "hostname", case .text(let text) = field.value else { continue }
            values[.hostname] = [text]
        }
        return values
    }
}

extension IncidentTimeline.Moment {
    init(_ found: FoundAlert) {
        self.init(time: found.batch.alert(at: found.index).eventTime.nanoseconds, place: found.id.place)
    }

    var text: String { "t.\(time).\(place)" }

    /// nil: none that was given out.
    init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "t", let time = Int64(parts[1]), let place = Int64(parts[2]) else {
            return nil
        }
        self.init(time: time, place: place)
        guard self.text == text else { return nil }
    }
}
