// SPDX-License-Identifier: Apache-2.0
public import AlertModel

/// A stretch of the journal in order of place.
public struct JournalPage: Sendable {
    public private(set) var entries: [JournalEntry] = []
    /// What was decided for each entry; nil where nothing was (yet), or where nothing of it leaves. Damaged notes are left
    /// out: what was decided stands without them.
    public private(set) var decisions: [EntryDecision?] = []
    /// Entries in this stretch that are damaged: a gap to be recorded.
    public private(set) var unreadable: [Unreadable] = []
    /// Where the next page begins.
    public private(set) var nextPlace: Int64

    init(nextPlace: Int64) { self.nextPlace = nextPlace }

    public var isEmpty: Bool { entries.isEmpty && unreadable.isEmpty }

    mutating func append(_ row: EntryRow, _ reading: BlockReading) {
        do throws(Unreadable) {
            entries.append(try row.entry(reading))
            decisions.append((try? row.decision(reading)) ?? row.head)
        } catch {
            unreadable.append(error)
        }
        nextPlace = row.place + Int64(max(1, row.count))
    }
}

/// A stretch of decided outputs.
public struct DecidedPage: Sendable {
    public private(set) var entries: [DecidedEntry] = []
    /// Entries in this stretch that are damaged: their outputs cannot be sent.
    public private(set) var unreadable: [Unreadable] = []
    /// The number behind the last output of this page.
    public private(set) var nextOutput: Int64

    init(nextOutput: Int64) { self.nextOutput = nextOutput }

    public var isEmpty: Bool { entries.isEmpty && unreadable.isEmpty }

    mutating func append(_ row: EntryRow, _ installation: UInt64, _ reading: BlockReading) {
        guard let head = row.head else { return }
        nextOutput = head.firstOutput + Int64(head.outputCount)
        do throws(Unreadable) {
            let entry = try row.entry(reading)
            guard let decision = try row.decision(reading) else { return }
            let content: DecidedEntry.Content
            switch entry.content {
            case .alerts(let batch):
                guard decision.fates.isEmpty || decision.fates.count == batch.count else {
                    throw row.unreadable("its decision has another number of alerts")
                }
                content = .alerts(batch)
            case .gap(let gap): content = .gap(gap)
            case .tick(let time), .start(let time): content = .time(time)
            // When their records were made is in the records.
            case .configuration, .silence: content = .time(EventTime(nanoseconds: 0))
            }
            let isGap = row.kind == .gap
            // Sinks count by these numbers: a decision that does not fit its entry would move everything behind it.
            guard
                OutputWalk.count(
                    alertCount: row.alertCount, isGap: isGap, fates: decision.fates, notes: decision.notes)
                    == decision.outputCount
            else { throw row.unreadable("its decision has another number of outputs") }
            entries.append(
                DecidedEntry(
                    installation: installation, epoch: row.epoch, place: row.place, source: row.source,
                    content: content, fates: decision.fates, notes: decision.notes,
                    firstOutput: decision.firstOutput, outputCount: decision.outputCount))
        } catch {
            unreadable.append(error)
        }
    }
}
