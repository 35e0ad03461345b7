// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Journal

/// Everything the journal knows about why one alert has its fate.
struct AlertExplanation {
    /// An incident that the alert counted in.
    struct Counted {
        let incident: SubjectID
        /// The newest record about it; nil when none is kept.
        let record: IncidentRecord?
        /// It is one of the up to sixteen alerts that a record names.
        let isNamed: Bool
    }

    /// How many records of incidents are looked through for one that names the alert.
    static let recordLimit = 10_000
    /// Incidents shown at most that the alert may have counted in.
    static let possibleLimit = 16

    let id: RecordID
    let entry: DecidedEntry
    let index: Int
    /// nil: the engine has not decided yet.
    let fate: Fate?
    let notes: EntryNotes
    /// The number it left under; nil when it did not leave.
    let output: Int64?
    /// The sinks it went to; nil for all of them, and when it did not leave.
    let sinks: [String]?
    /// How far every sink has come that ever kept its place.
    let cursors: [String: SinkCursor]
    let incidents: [Counted]
    /// Incidents that do not name it and that it fits, by rule, group and time: a record names sixteen alerts at most. The
    /// newest record of each, newest first.
    let possible: [IncidentRecord]
    /// There are more of those than are shown.
    let hasMorePossible: Bool
    /// The newest record about its group or storm.
    let record: EngineRecord?
    /// What silenced it; nil when the journal does not have it any more.
    let silence: Silence?

    /// nil: there is no such alert in the journal (any more).
    init?(_ id: RecordID, _ reader: JournalReader) throws {
        guard id.installation == reader.installation, let (entry, index, decision) = try reader.entry(at: id.place),
            entry.epoch == id.epoch, case .alerts(let batch) = entry.content
        else { return nil }
        let notes = decision?.notes ?? EntryNotes()
        self.id = id
        self.index = index
        self.notes = notes
        self.entry = DecidedEntry(
            installation: id.installation, epoch: entry.epoch, place: entry.place, source: entry.source,
            content: .alerts(batch), fates: decision?.fates ?? [], notes: notes,
            firstOutput: decision?.firstOutput ?? 0, outputCount: decision?.outputCount ?? 0)
        fate = decision.map { decision in
            decision.fates.isEmpty
                ? .passed
                : decision.fates.indices.contains(index) ? Fate(rawValue: decision.fates[index]) ?? .passed : .passed
        }
        let walk = OutputWalk(self.entry).enumerated().first { $0.element == .alert(index) }
        let offset = decision.map { $0.outputCount > 0 } == true ? walk?.offset : nil
        let firstOutput = decision?.firstOutput ?? 0
        output = offset.map { firstOutput + Int64($0) }
        sinks = offset.flatMap { notes.routes.sinks(at: $0) }
        cursors = try reader.cursors()
        let generation = try ExplanationGeneration(at: id.place, reader)
        let isSkewed = notes.marks.indices.contains(index) && notes.marks[index].flags.contains(.skewed)
        let alert = batch.alert(at: index)
        let found = try Self.incidents(
            id, isSkewed ? alert.arrivalTime : alert.eventTime, index, notes,
            fate == nil || fate == .transportDuplicate ? nil : IncidentFit(self.entry, index, generation?.rules), reader
        )
        incidents = found.counted
        possible = Array(found.possible.prefix(Self.possibleLimit))
        hasMorePossible = found.possible.count > Self.possibleLimit
        record = try Self.record(notes.subject(of: index), reader)
        if case .silence(let id)? = notes.subject(of: index) {
            silence = try reader.silence(id) ?? generation?.silence(id)
        } else {
            silence = nil
        }
    }

    /// The incidents of its links first, then those whose records name it; and those that `fit` it.
    private static func incidents(
        _ id: RecordID, _ time: EventTime, _ index: Int, _ notes: EntryNotes, _ fit: IncidentFit?,
        _ reader: JournalReader
    ) throws -> (counted: [Counted], possible: [IncidentRecord]) {
        var order: [SubjectID] = []
        var newest: [SubjectID: IncidentRecord] = [:]
        var named: Set<SubjectID> = []
        var others: [IncidentRecord] = []
        var seenOthers: Set<SubjectID> = []
        for link in notes.links where link.alert == index && !order.contains(link.incident) {
            order.append(link.incident)
            newest[link.incident] = try newestRecord(of: link.incident, reader).flatMap(\.incident)
        }
        var query = RecordQuery()
        query.kind = .incident
        // An alert is between the first and last of an incident it counted in.
        (query.from, query.through) = (time, time)
        var seen = 0
        while seen < recordLimit {
            let page = try reader.records(query)
            for found in page.records {
                guard let incident = found.record.incident else { continue }
                guard incident.alerts.contains(id) else {
                    if let fit, seenOthers.insert(incident.incident).inserted, fit.fits(incident) {
                        others.append(incident)
                    }
                    continue
                }
                named.insert(incident.incident)
                if !order.contains(incident.incident) {
                    order.append(incident.incident)
                    newest[incident.incident] = incident
                }
            }
            seen += query.limit
            guard let next = page.next else { break }
            query.after = next
        }
        return (
            order.map { Counted(incident: $0, record: newest[$0], isNamed: named.contains($0)) },
            others.filter { !order.contains($0.incident) }
        )
    }

    private static func record(_ subject: NoteSubject?, _ reader: JournalReader) throws -> EngineRecord? {
        switch subject {
        case .group(let id), .storm(let id): try newestRecord(of: id, reader)
        case .silence, .inhibition, .original, nil: nil
        }
    }

    static func newestRecord(of subject: SubjectID, _ reader: JournalReader) throws -> EngineRecord? {
        var query = RecordQuery()
        query.subject = subject
        query.limit = 1
        return try reader.records(query).records.first?.record
    }
}

/// What the journal holds about a group, an incident or a storm.
struct SubjectExplanation {
    /// Records shown at most; the newest are left out.
    static let recordLimit = 1_000

    let subject: SubjectID
    /// Oldest first.
    let records: [FoundRecord]
    /// There are more than are shown.
    let hasMore: Bool
    /// The alerts that the records name, each once, in order of their first mention.
    let alerts: [RecordID]
    let unreadable: [Unreadable]

    /// `id`: of the subject, or of one record about it. nil: there is nothing about it in the journal (any more).
    init?(_ id: SubjectID, _ reader: JournalReader) throws {
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
    var incident: IncidentRecord? {
        if case .incident(let incident) = self { incident } else { nil }
    }

    /// The alerts it names.
    var alerts: [RecordID] {
        switch self {
        case .summary(let summary): summary.samples
        case .incident(let incident): incident.alerts
        case .storm(let storm): storm.samples
        }
    }
}
