// SPDX-License-Identifier: Apache-2.0
import AlertModel
import AlertSinks
import Journal

/// What waits for one sink in the journal, in a bounded number of pieces, and what of it must go. Pure.
struct BacklogLedger {
    /// More are joined with their neighbours.
    static let pieceLimit = 512

    /// A stretch of outputs; a whole entry, or several.
    private struct Piece {
        let start: Int64
        var end: Int64
        var firstArrival: EventTime
        var lastArrival: EventTime
        var storedBytes: Int
        var shares: [BacklogEntry.Share]

        var bytes: Int { shares.reduce(0) { $0 + $1.bytes } }
        var weight: Int { bytes + storedBytes + 1 }

        init(_ entry: BacklogEntry, behind known: Int64) {
            start = max(entry.firstOutput, known)
            end = entry.endOutput
            firstArrival = entry.arrival
            lastArrival = entry.arrival
            storedBytes = entry.storedBytes
            shares = entry.shares
        }

        mutating func join(_ next: Piece) {
            end = next.end
            firstArrival = min(firstArrival, next.firstArrival)
            lastArrival = max(lastArrival, next.lastArrival)
            storedBytes += next.storedBytes
            for index in shares.indices {
                shares[index].count += next.shares[index].count
                shares[index].bytes += next.shares[index].bytes
                shares[index].last = max(shares[index].last, next.shares[index].last)
            }
        }
    }

    /// What is to go.
    struct Shedding: Equatable {
        /// By `Priority.rawValue`: before which output; 0 for priorities that stay.
        var ends: [Int64]
        var counts: [Int]
        /// The last output that was the sink's own; 0 without any.
        var last: Int64 = 0
        var since = EventTime(nanoseconds: .max)
        var until = EventTime(nanoseconds: .min)

        init() {
            ends = [Int64](repeating: 0, count: Priority.allCases.count)
            counts = [Int](repeating: 0, count: Priority.allCases.count)
        }

        var count: Int { counts.reduce(0, +) }
        var isEmpty: Bool { ends.allSatisfy { $0 == 0 } }
    }

    private var pieces: ArraySlice<Piece> = []
    /// Everything before this output is in `pieces`, or was never asked for.
    private(set) var end: Int64
    /// Nothing of the first piece is with the sink already.
    private(set) var isExact = true

    init(from start: Int64) { end = start }

    var bytes: Int { pieces.reduce(0) { $0 + $1.bytes } }
    var storedBytes: Int { pieces.reduce(0) { $0 + $1.storedBytes } }
    /// Of the oldest that waits; nil when nothing does.
    var oldestArrival: EventTime? { pieces.first { $0.bytes > 0 }?.firstArrival }

    /// Adds what comes behind `end`.
    mutating func add(_ entry: BacklogEntry) {
        guard entry.endOutput > end else { return }
        pieces.append(Piece(entry, behind: end))
        end = entry.endOutput
        guard pieces.count > Self.pieceLimit else { return }
        // Of two neighbours at least one stays above half of this, so that about half of the pieces are left, and none is
        // much more than a hundredth of the whole.
        let limit = pieces.reduce(0) { $0 + $1.weight } / (Self.pieceLimit / 4)
        var joined: [Piece] = []
        for piece in pieces {
            if let last = joined.last, last.weight + piece.weight <= limit {
                joined[joined.count - 1].join(piece)
            } else {
                joined.append(piece)
            }
        }
        pieces = joined[...]
    }

    /// Nothing more is known to lie before `output`.
    mutating func reach(_ output: Int64) { end = max(end, output) }

    /// The sink has everything before `output`.
    mutating func drop(before output: Int64) {
        while let first = pieces.first, first.end <= output { pieces.removeFirst() }
        isExact = pieces.first.map { $0.start >= output } ?? true
        end = max(end, output)
    }

    /// Whether something has to go. What the first piece holds may be overestimated unless `isExact`.
    func isOver(_ limits: BacklogLimits, historyBytes: Int, now: EventTime) -> Bool {
        if let first = pieces.first, first.lastArrival < now.advanced(by: .zero - limits.age) { return true }
        return bytes > limits.bytes || storedBytes > Self.sum(historyBytes, limits.bytes)
    }

    /// Takes out what has to go: first what is too old, and what would make the journal's file too long; then the lowest
    /// priorities, the oldest first, until a little room is made.
    mutating func shed(_ limits: BacklogLimits, historyBytes: Int, now: EventTime) -> Shedding {
        var shedding = Shedding()
        let horizon = now.advanced(by: .zero - limits.age)
        let room = limits.bytes - limits.bytes / 8
        var stored = storedBytes
        let isTooLong = stored > Self.sum(historyBytes, limits.bytes)
        while let first = pieces.first,
            first.lastArrival < horizon || isTooLong && stored > Self.sum(historyBytes, room)
        {
            stored -= first.storedBytes
            for priority in first.shares.indices { take(priority, from: pieces.startIndex, &shedding) }
            pieces.removeFirst()
        }
        var left = bytes
        guard left > limits.bytes else { return shedding }
        for priority in Priority.allCases.indices.reversed() {
            for index in pieces.indices where left > room {
                let share = pieces[index].shares[priority]
                guard share.count > 0 else { continue }
                left -= share.bytes
                take(priority, from: index, &shedding)
            }
        }
        return shedding
    }

    private mutating func take(_ priority: Int, from index: Int, _ shedding: inout Shedding) {
        let share = pieces[index].shares[priority]
        shedding.ends[priority] = max(shedding.ends[priority], pieces[index].end)
        pieces[index].shares[priority] = BacklogEntry.Share()
        guard share.count > 0 else { return }
        shedding.counts[priority] += share.count
        shedding.last = max(shedding.last, share.last)
        shedding.since = min(shedding.since, pieces[index].firstArrival)
        shedding.until = max(shedding.until, pieces[index].lastArrival)
    }

    private static func sum(_ left: Int, _ right: Int) -> Int {
        let (sum, overflow) = left.addingReportingOverflow(right)
        return overflow ? .max : sum
    }
}
