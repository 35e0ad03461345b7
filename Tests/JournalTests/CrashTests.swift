// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Foundation
import Testing

@testable import Journal

@Suite(.serialized) struct CrashTests {
    @Test(arguments: JournalSettings.Durability.allCases, [0, 3, 40, 150])
    func `what was acknowledged before kill −9 is there, and groups are whole`(
        durability: JournalSettings.Durability, commits: Int
    ) throws {
        let journal = try TemporaryJournal()
        let process = try WriterProcess("write", journal.path, durability.rawValue)
        var acknowledged = "0 0"
        for _ in 0 ..< commits { acknowledged = try #require(process.line()) }
        if let last = process.kill().last { acknowledged = last }
        let numbers = acknowledged.split(separator: " ").compactMap { Int64($0) }
        guard commits > 0 || FileManager.default.fileExists(atPath: journal.path) else { return }

        // Opening for writing recovers the file and finds the lock free.
        let writer = try JournalWriter(journal.settings())
        #expect(writer.nextPlace > numbers[0])
        let entries = try journal.allEntries()
        var alerts = 0
        for entry in entries {
            guard case .alerts(let batch) = entry.content else { throw Unexpected() }
            #expect(entry.place == Int64(alerts) + 1)
            for index in 0 ..< batch.count {
                #expect([UInt8](_span: batch.alert(at: index).rule) == Array("Rule \(alerts + index)".utf8))
            }
            alerts += batch.count
        }
        #expect(alerts >= Int(numbers[1]))
        #expect(entries.count % 3 == 0)
        let reader = try journal.reader()
        if alerts > 0 {
            #expect(try reader.sourceCheckpoints()["node"] == Array("\(alerts)".utf8))
            #expect(try reader.cursors()["archive"]?.nextOutput == Int64(alerts))
        }
        let receipt = try writer.commit(CommitGroup(.tick(EventTime(nanoseconds: 1))))
        #expect(receipt.places == [Int64(alerts) + 1])
    }

    @Test func `a second writer is refused, with the first one's process id and the path`() throws {
        let journal = try TemporaryJournal()
        let process = try WriterProcess("hold", journal.path)
        #expect(process.line() == "open")
        #expect(throws: JournalError.inUse(path: journal.path, process: process.id)) {
            _ = try JournalWriter(journal.settings())
        }
        #expect(process.end() == 0)
        _ = try JournalWriter(journal.settings())
    }

    @Test func `a second writer in the same process is refused too`() throws {
        let journal = try TemporaryJournal()
        let first = try JournalWriter(journal.settings())
        #expect(throws: JournalError.inUse(path: journal.path, process: getpid())) {
            _ = try JournalWriter(journal.settings())
        }
        #expect(first.nextPlace == 1)
    }

    @Test(arguments: [200_000, 1_000_000])
    func `when files cannot grow, nothing of the group is stored, and the same group fits later`(bytes: Int) throws {
        let journal = try TemporaryJournal()
        let process = try WriterProcess("starve", journal.path, String(bytes))
        let failure = try #require(process.line())
        #expect(failure.hasPrefix("failed the journal "))
        let before = try #require(failure.split(separator: " ").last.flatMap { Int($0) })
        #expect(process.line() == "retried \(before + 1)")
        #expect(process.end() == 0)
        let alerts = try journal.allEntries().reduce(0) { $0 + $1.placeCount }
        #expect(alerts == before + 150)
    }

    @Test func `a full file gives .full, and room makes the same group fit`() throws {
        let journal = try TemporaryJournal()
        var failed: CommitGroup?
        var stored = 0
        do {
            let writer = try JournalWriter(journal.settings { $0.fileLimitBytes = 100 * 8192 })
            for index in 0 ..< 10_000 where failed == nil {
                var noise = SplitMix(seed: UInt64(index))
                let text = (0 ..< 200).map { _ in String(noise.next(), radix: 36) }.joined()
                let group = CommitGroup(.alerts(SampleAlerts.batch(SampleAlerts.json(output: text)), source: "node"))
                do throws(JournalError) {
                    _ = try writer.commit(group)
                    stored += 1
                } catch {
                    #expect(error == .full)
                    failed = group
                    #expect(writer.nextPlace == Int64(stored) + 1)
                }
            }
        }
        let group = try #require(failed)
        let writer = try JournalWriter(journal.settings())
        #expect(try writer.commit(group).places == [Int64(stored) + 1])
        #expect(try journal.allEntries().count == stored + 1)
    }
}

/// A small generator of numbers that are the same for a seed everywhere (Steele, Lea, Flood: SplitMix64).
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
