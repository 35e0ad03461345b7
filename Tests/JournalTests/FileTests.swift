// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Foundation
import GRDB
import Synchronization
import Testing

@testable import Journal

@Suite struct FileTests {
    private func mode(_ path: String) throws -> Int {
        try #require(FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int)
    }

    /// Changes a closed journal behind its back.
    private func alter(_ journal: TemporaryJournal, _ sql: String, _ arguments: StatementArguments = []) throws {
        let queue = try DatabaseQueue(path: journal.path)
        try queue.writeWithoutTransaction { try $0.execute(sql: sql, arguments: arguments) }
    }

    private func filled(_ count: Int = 5) throws -> TemporaryJournal {
        let journal = try TemporaryJournal()
        let writer = try JournalWriter(journal.settings())
        for index in 0 ..< count {
            let raw = (0 ..< 10).map { SampleAlerts.json(rule: "rule \(index)", output: "number \($0)") }
            _ = try writer.commit(CommitGroup(.alerts(SampleAlerts.batches(raw, .json, size: 10)[0], source: "node")))
        }
        return journal
    }

    @Test func `only the owner can read a journal, its log, its lock and its new folder`() throws {
        let journal = try TemporaryJournal()
        let writer = try JournalWriter(journal.settings())
        _ = try writer.commit(CommitGroup(.tick(EventTime(nanoseconds: 1))))
        for suffix in ["", "-wal", "-shm", ".lock"] { #expect(try mode(journal.path + suffix) == 0o600) }
        #expect(try mode(journal.folder + "/state") == 0o700)
    }

    @Test func `what is no journal is refused, and left as it is`() throws {
        let journal = try TemporaryJournal()
        try FileManager.default.createDirectory(atPath: journal.folder + "/state", withIntermediateDirectories: true)
        let text = Data(String(repeating: "not a database\n", count: 1000).utf8)
        try text.write(to: URL(filePath: journal.path))
        #expect(throws: JournalError.notAJournal(path: journal.path, reason: "it is not a database")) {
            _ = try JournalWriter(journal.settings())
        }
        #expect(try Data(contentsOf: URL(filePath: journal.path)) == text)

        let other = try TemporaryJournal()
        try FileManager.default.createDirectory(atPath: other.folder + "/state", withIntermediateDirectories: true)
        try alter(other, "CREATE TABLE recipes (name TEXT)")
        #expect(throws: JournalError.notAJournal(path: other.path, reason: "it is a database of another program")) {
            _ = try JournalWriter(other.settings())
        }
        #expect(throws: JournalError.notAJournal(path: other.path, reason: "it is a database of another program")) {
            _ = try other.reader()
        }
    }

    @Test func `a newer schema is refused by writer and reader`() throws {
        let journal = try filled()
        try alter(journal, "PRAGMA user_version = 99")
        let error = JournalError.newerSchema(path: journal.path, found: 99, supported: JournalSchema.version)
        #expect(throws: error) { _ = try JournalWriter(journal.settings()) }
        #expect(throws: error) { _ = try journal.reader() }
        #expect(error.description.contains("newer version (schema 99"))
    }

    @Test func `a missing journal is no new one for a reader`() throws {
        let journal = try TemporaryJournal()
        #expect(throws: JournalError.missing(path: journal.path)) { _ = try journal.reader() }
        #expect(!FileManager.default.fileExists(atPath: journal.path))
    }

    @Test func `a folder that cannot be made is said`() throws {
        let journal = try TemporaryJournal()
        try Data().write(to: URL(filePath: journal.folder + "/state"))
        #expect { _ = try JournalWriter(journal.settings()) } throws: { error in
            guard case .cannotOpen(let path, let reason)? = error as? JournalError else { return false }
            return path == journal.path && !reason.isEmpty
        }
    }

    @Test(arguments: ["columns", "payload"])
    func `a damaged block is told apart from the ones around it`(column: String) throws {
        let journal = try filled()
        // One bit in the middle of the third block.
        let queue = try DatabaseQueue(path: journal.path)
        try queue.writeWithoutTransaction { db in
            var blob = try #require(try Data.fetchOne(db, sql: "SELECT \(column) FROM entries WHERE place = 21"))
            blob[blob.count / 2] ^= 0x10
            try db.execute(sql: "UPDATE entries SET \(column) = ? WHERE place = 21", arguments: [blob])
        }
        let reader = try journal.reader()
        let page = try reader.entries(from: 1)
        #expect(page.entries.map(\.place) == [1, 11, 31, 41])
        #expect(page.unreadable.map(\.place) == [21])
        #expect(page.unreadable.map(\.placeCount) == [10])
        #expect(page.nextPlace == 51)
        let found = try reader.search(AlertQuery())
        #expect(found.alerts.count == 40)
        #expect(found.unreadable.map(\.place) == [21])
    }

    @Test func `every cut and every flipped bit of the columns is noticed, none crashes`() throws {
        let raw = (0 ..< 5).map { SampleAlerts.json(rule: "rule \($0)", container: "c\($0)") }
        var encoder = BlockEncoder(seed: 1)
        let bytes: [UInt8] = encoder.encode(SampleAlerts.batches(raw, .json, size: 5)[0]) { [UInt8](_span: $0) }
        #expect(bytes == raw.flatMap { $0 })
        let columns = encoder.columns
        let intact = try #require(BlockColumns(columns, count: 5))
        #expect((0 ..< 5).map { intact.rules.value(at: $0) } == (0 ..< 5).map { Array("rule \($0)".utf8) })
        #expect(BlockColumns(columns, count: 4) == nil)
        for length in columns.indices { #expect(BlockColumns(Array(columns[..<length]), count: 5) == nil) }
        for bit in 0 ..< columns.count * 8 {
            var altered = columns
            altered[bit / 8] ^= 1 << (bit % 8)
            #expect(BlockColumns(altered, count: 5) == nil)
            // With its checksum made right: anything but a crash.
            let body = Array(altered.dropLast(4))
            var signed = body
            signed.appendLittleEndian(checksum(body.span))
            _ = BlockColumns(signed, count: 5)
        }
    }

    @Test func `any overwritten page costs its own entries only, and the rest is read`() throws {
        let journal = try TemporaryJournal()
        let blocks = 40
        do {
            let writer = try JournalWriter(journal.settings())
            var random = SplitMix(seed: 3)
            for block in 0 ..< Int64(blocks) {
                let raw = (0 ..< 10).map { _ in
                    SampleAlerts.json(output: (0 ..< 100).map { _ in String(random.next(), radix: 36) }.joined())
                }
                var group = CommitGroup(.alerts(SampleAlerts.batches(raw, .json, size: 10)[0], source: "node"))
                if block > 0 {
                    group.append(
                        Decision(
                            place: block * 10 - 9, placeCount: 10, fates: [], firstOutput: block * 10 - 9,
                            outputCount: 10))
                }
                _ = try writer.commit(group)
            }
        }
        let intact = try Data(contentsOf: URL(filePath: journal.path))
        let pages = intact.count / JournalConnection.pageSize
        var mostLost = 0
        var damagedPages = 0
        // The first pages hold the schema and the small tables; what comes behind is nearly all entries.
        for page in 20 ..< pages {
            var altered = intact
            let start = page * JournalConnection.pageSize
            altered.replaceSubrange(
                start ..< start + JournalConnection.pageSize,
                with: Data(repeating: 0xff, count: JournalConnection.pageSize))
            try altered.write(to: URL(filePath: journal.path))
            guard let reader = try? journal.reader(),
                let all = try? reader.entries(from: 1, limit: 1000, byteLimit: .max)
            else {
                continue
            }
            damagedPages += 1
            let lost = all.unreadable.reduce(0) { $0 + $1.placeCount }
            #expect(all.entries.reduce(0) { $0 + $1.placeCount } + lost == blocks * 10)
            mostLost = max(mostLost, lost)
            if let decided = try? reader.decided(fromOutput: 1, limit: 1000, byteLimit: .max) {
                #expect(decided.entries.count + decided.unreadable.count == blocks - 1)
                #expect(decided.nextOutput == Int64(blocks) * 10 - 9)
            }
        }
        // One interior page and the indexes may take the way to everything; overflow pages and leaves do not.
        #expect(damagedPages >= pages - 23)
        #expect(mostLost > 0 && mostLost <= 100)
    }

    @Test func `a damaged checkpoint is passed over for the one before`() throws {
        let journal = try TemporaryJournal()
        do {
            let writer = try JournalWriter(journal.settings())
            for number in 1 ... 3 as ClosedRange<Int64> {
                var group = CommitGroup(.tick(EventTime(nanoseconds: number)))
                group.engineCheckpoint = EngineCheckpoint(
                    version: 7, nextPlace: number, nextOutput: 1, state: [UInt8](repeating: UInt8(number), count: 1000))
                _ = try writer.commit(group)
            }
        }
        #expect(try journal.reader().engineCheckpoint().checkpoint?.nextPlace == 3)
        try alter(
            journal,
            "UPDATE engine_checkpoints SET state = substr(state, 1, 9) || x'00ff' || substr(state, 12) WHERE serial = 3"
        )
        let (checkpoint, damaged) = try journal.reader().engineCheckpoint()
        #expect(checkpoint?.nextPlace == 2 && checkpoint?.state == [UInt8](repeating: 2, count: 1000))
        #expect(damaged == 1)
        try alter(journal, "UPDATE engine_checkpoints SET state = x''")
        let none = try journal.reader().engineCheckpoint()
        #expect(none.checkpoint == nil && none.damaged == 2)
    }

    @Test func `a reader sees whole groups beside a busy writer`() throws {
        let journal = try TemporaryJournal()
        let writer = try JournalWriter(journal.settings { $0.logLimitBytes = 1 << 20 })
        _ = try writer.commit(CommitGroup(.tick(EventTime(nanoseconds: 0))))
        let reader = try journal.reader()
        // A thread of its own: tests that run beside this one may keep every thread of the concurrency pool.
        let outcome = Mutex<Result<Void, any Error>?>(nil)
        Thread {
            let result = Result {
                for _ in 0 ..< 300 {
                    var group = CommitGroup()
                    for _ in 0 ..< 3 {
                        group.append(
                            .alerts(SampleAlerts.batch(SampleAlerts.json(), SampleAlerts.json()), source: "node"))
                    }
                    _ = try writer.commit(group)
                }
            }
            outcome.withLock { $0 = result }
        }.start()
        var seen: Int64 = 0
        while true {
            let ended = outcome.withLock { $0 }
            let status = try reader.status()
            #expect((status.nextPlace - 2) % 6 == 0)
            #expect(status.nextPlace - 1 >= seen)
            seen = status.nextPlace - 1
            let newest = try reader.search(AlertQuery())
            #expect(newest.alerts.isEmpty || newest.alerts[0].id.place >= seen)
            if let ended {
                try ended.get()
                break
            }
        }
        #expect(seen == 1801)
        #expect(try reader.status().alerts == 1800)
    }

    @Test func `a journal left by a killed process can be read before anybody writes it again`() throws {
        let journal = try TemporaryJournal()
        let process = try WriterProcess("write", journal.path, "os")
        var last = try #require(process.line())
        for _ in 0 ..< 20 { last = try #require(process.line()) }
        last = process.kill().last ?? last
        let place = try #require(last.split(separator: " ").first.flatMap { Int64($0) })
        #expect(try journal.reader().status().nextPlace > place)
        #expect(try journal.reader().search(AlertQuery()).alerts.count == 100)
    }
}
