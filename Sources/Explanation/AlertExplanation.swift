// SPDX-License-Identifier: Apache-2.0
public import AlertModel
public import Journal
import SigmaRules

/// Everything the journal knows about why one alert has its fate.
public struct AlertExplanation: Sendable {
    /// An incident that the alert counted in.
    public struct Counted: Sendable {
        public let incident: SubjectID
        /// The newest record about it; nil when none is kept.
        public let record: IncidentRecord?
        /// It is one of the up to sixteen alerts that a record names.
        public let isNamed: Bool
    }

    /// How many records of incidents are looked through for one that names the alert.
    static let recordLimit = 10_000
    /// Incidents shown at most that the alert may have counted in.
    public static let possibleLimit = 16

    public let id: RecordID
    public let entry: DecidedEntry
    public let index: Int
    /// nil: the engine has not decided yet.
    public let fate: Fate?
    public let notes: EntryNotes
    /// The number it left under; nil when it did not leave.
    public let output: Int64?
    /// The sinks it went to; nil for all of them, and when it did not leave.
    public let sinks: [String]?
    /// How far every sink has come that ever kept its place.
    public let cursors: [String: SinkCursor]
    public let incidents: [Counted]
    /// Incidents that do not name it and that it fits, by rule, group and time: a record names sixteen alerts at most. The
    /// newest record of each, newest first.
    public let possible: [IncidentRecord]
    /// There are more of those than are shown.
    public let hasMorePossible: Bool
    /// The newest record about its group or storm.
    public let record: EngineRecord?
    /// What silenced it; nil when the journal does not have it any more.
    public let silence: Silence?

    /// nil: there is no such alert in the journal (any more).
    ///
    /// - Parameter inForce: what was in force at a place, as far as the journal still has it.
    public init?(_ id: RecordID, _ reader: JournalReader, inForce: (Int64, JournalReader) throws -> InForce?) throws {
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
        let generation = try inForce(id.place, reader)
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
            silence = try reader.silence(id) ?? generation?.silences.first { $0.id == id }
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

    public static func newestRecord(of subject: SubjectID, _ reader: JournalReader) throws -> EngineRecord? {
        var query = RecordQuery()
        query.subject = subject
        query.limit = 1
        return try reader.records(query).records.first?.record
    }
}
