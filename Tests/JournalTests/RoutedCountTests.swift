// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Testing

@testable import Journal

@Suite struct RoutedCountTests {
    @Test(arguments: 1 ... 4 as ClosedRange<UInt64>)
    func `what is routed to a sink is counted as a look at every output counts it`(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let journal = try TemporaryJournal()
        let writer = try JournalWriter(journal.settings())
        var output: Int64 = 1
        for place in 1 ... 300 as ClosedRange<Int64> {
            _ = try writer.commit(CommitGroup(.tick(EventTime(nanoseconds: place))))
            var notes = EntryNotes()
            let count = Int.random(in: 0 ... 3, using: &random)
            notes.records = (0 ..< count).map { _ in PlacedRecord(position: 0, record: SampleNotes.record(&random)) }
            if Bool.random(using: &random) {
                notes.routes.sets = [["archive"], [], ["pager", "archive"]]
                notes.routes.perOutput = (0 ..< count).map { _ in UInt16(random.next() % 3) }
            }
            var group = CommitGroup()
            group.append(
                Decision(
                    place: place, placeCount: 1, fates: [], notes: notes, firstOutput: output, outputCount: count))
            _ = try writer.commit(group)
            output += Int64(count)
        }
        let reader = try journal.reader()
        let entries = try reader.decided(fromOutput: 1, limit: 1000).entries
        #expect(entries.last?.endOutput == output)
        for _ in 0 ..< 60 {
            let start = Int64.random(in: 1 ... output, using: &random)
            let outputs = start ..< Int64.random(in: start ... output, using: &random)
            for sink in ["archive", "pager", "other"] {
                var expected = 0
                for entry in entries {
                    for offset in 0 ..< entry.outputCount
                    where outputs.contains(entry.firstOutput + Int64(offset))
                        && entry.notes.routes.contains(sink, at: offset)
                    {
                        expected += 1
                    }
                }
                #expect(try reader.routedCount(to: sink, in: outputs) == expected, "seed \(seed) \(outputs) \(sink)")
            }
        }
        #expect(try reader.routedCount(to: "archive", in: output ..< output + 5) == 5)
    }
}
