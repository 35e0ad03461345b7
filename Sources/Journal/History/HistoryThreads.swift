// SPDX-License-Identifier: Apache-2.0
import Foundation
import GRDB
import Synchronization

extension AlertHistory {
    /// What the parts of some work gave, in order.
    struct Parts<Result> {
        var results: [Result] = []
        var lost: [Unreadable] = []
    }

    /// Does work on blocks in successive parts, each on a thread and a connection of its own.
    func inParts<Result: Sendable>(
        _ wishes: ArraySlice<BlockWish>, _ stop: StopSign,
        _ work: @Sendable (ArraySlice<BlockWish>, BlockOpening, (Unreadable) -> Void) throws -> Result
    ) throws -> Parts<Result> {
        guard !wishes.isEmpty else { return Parts() }
        let count = max(1, min(settings.threads, wishes.count / 2))
        let size = (wishes.count + count - 1) / count
        let pieces = (0 ..< count).map { wishes.dropFirst($0 * size).prefix(size) }
        let done = Mutex<[(part: Int, result: Swift.Result<Result, any Error>, lost: [Unreadable])]>([])
        DispatchQueue.concurrentPerform(iterations: count) { part in
            var lost: [Unreadable] = []
            let result = Swift.Result<Result, any Error> {
                try withOpening { opening in
                    try work(pieces[part], opening) { if lost.count < 100 { lost.append($0) } }
                }
            }
            done.withLock { [lost] in $0.append((part, result, lost)) }
        }
        var parts = Parts<Result>()
        for (_, result, lost) in done.withLock({ $0 }).sorted(by: { $0.part < $1.part }) {
            parts.results.append(try result.get())
            parts.lost += lost
        }
        return parts
    }
}

extension JournalReader {
    /// The configured names of sources, by their rows.
    func sourceNames() throws -> [Int64: String] {
        try queue.read { db in
            var names: [Int64: String] = [:]
            let rows = try Row.fetchCursor(try db.cachedStatement(sql: "SELECT id, name FROM sources"))
            while let row = try rows.next() { names[row[0]] = row[1] }
            return names
        }
    }
}
