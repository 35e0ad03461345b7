// SPDX-License-Identifier: Apache-2.0

/// One output of a decided entry.
public enum EntryOutput: Hashable, Sendable {
    /// The alert at this index, which passed.
    case alert(Int)
    case gap
    /// The record at this index of `EntryNotes.records`.
    case record(Int)
}

/// The outputs of an entry in the order of their numbers: for each alert the records placed before it, then itself when it
/// passed; at the end the records behind the last one. A gap comes before the records of its entry.
///
/// Whoever numbers, counts or writes outputs goes by this.
public struct OutputWalk: IteratorProtocol, Sequence, Sendable {
    private let fates: [UInt8]
    private let records: [PlacedRecord]
    private let alertCount: Int
    private var isGapDue: Bool
    private var alert = 0
    private var record = 0

    public init(_ entry: DecidedEntry) {
        switch entry.content {
        case .alerts(let batch): self.init(alertCount: batch.count, fates: entry.fates, notes: entry.notes)
        case .gap: self.init(alertCount: 0, isGap: true, fates: [], notes: entry.notes)
        case .time: self.init(alertCount: 0, fates: [], notes: entry.notes)
        }
    }

    /// `fates` are empty when all alerts passed.
    public init(alertCount: Int, isGap: Bool = false, fates: [UInt8], notes: EntryNotes) {
        self.alertCount = alertCount
        self.fates = fates
        records = notes.records
        isGapDue = isGap
    }

    public mutating func next() -> EntryOutput? {
        if isGapDue {
            isGapDue = false
            return .gap
        }
        while true {
            if record < records.count, records[record].position <= alert || alert >= alertCount {
                defer { record += 1 }
                return .record(record)
            }
            guard alert < alertCount else { return nil }
            defer { alert += 1 }
            if fates.isEmpty || alert < fates.count && fates[alert] == Fate.passed.rawValue { return .alert(alert) }
        }
    }

    /// How many outputs there are.
    public static func count(alertCount: Int, isGap: Bool, fates: [UInt8], notes: EntryNotes) -> Int {
        let passed =
            fates.isEmpty ? alertCount : fates.reduce(0) { $0 + ($1 == Fate.passed.rawValue ? 1 : 0) }
        return passed + notes.records.count + (isGap ? 1 : 0)
    }
}
