// SPDX-License-Identifier: Apache-2.0
public import AlertModel
public import Journal

/// What the journal holds about a group, an incident or a storm.
public struct SubjectExplanation: Sendable {
    /// Records shown at most; the newest are left out.
    static let recordLimit = 1_000

    public let subject: SubjectID
    /// Oldest first.
    public let records: [FoundRecord]
    /// There are more than are shown.
    public let hasMore: Bool
    /// The alerts that the records name, each once, in order of their first mention.
    public let alerts: [RecordID]
    public let unreadable: [Unreadable]

    /// `id`: of the subject, or of one record about it. nil: there is nothing about it in the journal (any more).
    public init?(_ id: SubjectID, _ reader: JournalReader) throws {
        var query = RecordQuery()
        query.newestFirst = false
        query.limit = Self.recordLimit
        query.subject = id
        var page = try reader.records(query)
        if page.records.isEmpty, page.unreadable.isEmpty {
            var one = RecordQuery()
            one.id = id
            one.limit = 1
            guard let subject = try reader.records(one).records.first?.record.subject else { return nil }
            query.subject = subject
            page = try reader.records(query)
        }
        subject = query.subject ?? id
        records = page.records
        hasMore = page.next != nil
        unreadable = page.unreadable
        var alerts: [RecordID] = []
        var seen: Set<RecordID> = []
        for found in page.records {
            for alert in found.record.alerts where seen.insert(alert).inserted { alerts.append(alert) }
        }
        self.alerts = alerts
    }
}

extension EngineRecord {
    public var incident: IncidentRecord? {
        if case .incident(let incident) = self { incident } else { nil }
    }

    /// The alerts it names.
    public var alerts: [RecordID] {
        switch self {
        case .summary(let summary): summary.samples
        case .incident(let incident): incident.alerts
        case .storm(let storm): storm.samples
        }
    }
}
