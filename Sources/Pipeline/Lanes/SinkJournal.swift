// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Journal

/// What a sink's lane reads of the journal.
struct SinkJournal: Sendable {
    /// The page that begins with an output number.
    let page: @Sendable (Int64) throws(JournalError) -> DecidedPage
    /// The first entries of a stretch, as far as they are the sink's own.
    let backlog: @Sendable (Range<Int64>, ShedOutputs) throws(JournalError) -> [BacklogEntry]
    /// The decided entry that holds an output; nil when it is pruned.
    let entry: @Sendable (Int64) throws(JournalError) -> DecidedEntry?
    /// Dead letters of the sink behind a number, up to another.
    let letters: @Sendable (Int64, Int64) throws(JournalError) -> [RefusedLetter]

    /// The first half of every gap record's id.
    let installation: UInt64

    init(_ reader: JournalReader, sink: String) {
        page = { (output) throws(JournalError) in try reader.decided(fromOutput: output) }
        backlog = { (outputs, shed) throws(JournalError) in try reader.backlog(of: sink, in: outputs, without: shed) }
        entry = { (output) throws(JournalError) in try reader.decided(holding: output) }
        letters = { (number, last) throws(JournalError) in
            try reader.refused(sink: sink, after: number, through: last, limit: ReplayOrder.step)
        }
        installation = reader.installation
    }
}
