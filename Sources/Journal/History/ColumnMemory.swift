// SPDX-License-Identifier: Apache-2.0
import AlertModel
import GRDB
import Synchronization

/// The columns of the newest decided alerts, kept in memory: blocks never change, so what was read once need not be read
/// again. Each query reads what came since the one before.
///
/// Holds at most `limit` alerts and a segment, about thirty bytes each; older ones are read from the file by whoever needs
/// them. Any thread; loading takes turns.
final class ColumnMemory: Sendable {
    /// The journal's columns at one moment, in order of places.
    struct View: Sendable {
        /// Nothing below is kept (any more).
        let lowest: Int64
        /// From here on the segments have it all; what is between is in the file alone.
        let first: Int64
        let segments: [ColumnSegment]
    }

    private struct State {
        var sealed: [ColumnSegment] = []
        var open: SegmentBuilder
        /// The first place that memory has, and the one that it goes on with; nil before the first look.
        var places: Range<Int64>?
        let segmentAlerts: Int

        init(segmentAlerts: Int) {
            self.segmentAlerts = segmentAlerts
            open = SegmentBuilder(limit: segmentAlerts)
        }
    }

    private let limit: Int
    private let segmentAlerts: Int
    private let state: Mutex<State>

    init(limit: Int, segmentAlerts: Int) {
        self.limit = limit
        self.segmentAlerts = segmentAlerts
        state = Mutex(State(segmentAlerts: segmentAlerts))
    }

    /// Gives the memory back; the next query reads everything again.
    func forget() { state.withLock { $0 = State(segmentAlerts: segmentAlerts) } }

    func view(_ queue: DatabaseQueue, _ stop: StopSign) throws(QueryProblem) -> View {
        try state.withLock { state throws(QueryProblem) in
            try QueryProblem.wrapping {
                let (totals, kept) = try queue.read { db in
                    (
                        try JournalTotals.read(db),
                        try Int64.fetchOne(db, sql: "SELECT min(place) FROM entries WHERE kind = 0")
                    )
                }
                let lowest = kept ?? totals.nextPlace
                try load(&state, from: lowest, through: totals.decidedPlace, nextPlace: totals.nextPlace, queue, stop)
                var segments = state.sealed
                if !state.open.isEmpty { segments.append(state.open.segment) }
                // Not decided yet: read anew by each query.
                segments += try self.segments(totals.decidedPlace + 1 ..< totals.nextPlace, queue, stop)
                return View(lowest: lowest, first: state.places?.lowerBound ?? lowest, segments: segments)
            }
        }
    }

    private func load(
        _ state: inout State, from lowest: Int64, through decided: Int64, nextPlace: Int64, _ queue: DatabaseQueue,
        _ stop: StopSign
    ) throws {
        // Places only grow; a file that says otherwise is another one.
        if let places = state.places, places.upperBound > decided + 1 { state = State(segmentAlerts: segmentAlerts) }
        let start = max(lowest, nextPlace - Int64(limit))
        var places = state.places ?? start ..< start
        if places.upperBound < start {
            state = State(segmentAlerts: segmentAlerts)
            places = start ..< start
        }
        while places.upperBound <= decided {
            let next = try SegmentLoading.read(places.upperBound ... decided, newestFirst: false, queue, stop) { row in
                Self.append(row, &state)
            }
            places = places.lowerBound ..< (next ?? decided + 1)
            state.places = places
        }
        state.places = places
        Self.drop(below: lowest, beyond: limit, &state)
    }

    private static func append(_ row: BlockRow, _ state: inout State) {
        if state.open.isFull { seal(&state) }
        guard let block = BlockColumns(row.columns, count: row.count) else {
            state.open.append(row.unreadable("its columns are damaged"))
            return
        }
        var offset = 0
        while offset < block.count {
            if state.open.isFull { seal(&state) }
            offset += state.open.append(block, place: row.place, from: offset, decision: row.decision)
        }
    }

    private static func seal(_ state: inout State) {
        state.sealed.append(state.open.segment)
        state.open = SegmentBuilder(limit: state.segmentAlerts)
    }

    /// Whole segments that are pruned, and the oldest ones when there are too many.
    private static func drop(below lowest: Int64, beyond limit: Int, _ state: inout State) {
        var gone = 0
        var held = state.sealed.reduce(0) { $0 + $1.count }
        while gone + 1 < state.sealed.count {
            // Nothing behind a segment begins before the next one's first place.
            guard let next = state.sealed[gone + 1].runs.first?.place else { break }
            guard next <= lowest || held > limit else { break }
            held -= state.sealed[gone].count
            gone += 1
            if let places = state.places { state.places = min(next, places.upperBound) ..< places.upperBound }
        }
        state.sealed.removeFirst(gone)
    }

    /// Segments of a stretch that is not kept in memory.
    private func segments(
        _ places: Range<Int64>, _ queue: DatabaseQueue, _ stop: StopSign
    ) throws -> [ColumnSegment] {
        var state = State(segmentAlerts: segmentAlerts)
        var next = places.lowerBound
        while next < places.upperBound {
            next =
                try SegmentLoading.read(next ... places.upperBound - 1, newestFirst: false, queue, stop) { row in
                    Self.append(row, &state)
                } ?? places.upperBound
        }
        return state.open.isEmpty ? state.sealed : state.sealed + [state.open.segment]
    }
}

extension ColumnMemory {
    /// Segments of these blocks, which come in order of places.
    func segments(of blocks: [BlockRow]) -> [ColumnSegment] {
        var state = State(segmentAlerts: segmentAlerts)
        for block in blocks { Self.append(block, &state) }
        return state.open.isEmpty ? state.sealed : state.sealed + [state.open.segment]
    }
}

/// Reads blocks' columns from the file, look by look.
enum SegmentLoading {
    /// A look ends at whichever comes first: the write-ahead log cannot be folded further than a look's start.
    private static let rowsPerLook = 512
    private static let alertsPerLook = 1 << 16

    /// One look at the blocks in these places, in order; gives back the place where the next one begins (or, newest first,
    /// ends), nil when this was all.
    static func read(
        _ places: ClosedRange<Int64>, newestFirst: Bool, _ queue: DatabaseQueue, _ stop: StopSign,
        _ visit: (BlockRow) -> Void
    ) throws -> Int64? {
        guard !stop.isRaised else { throw QueryProblem.stopped }
        return try queue.read { db in
            let statement = try db.cachedStatement(
                sql: """
                    \(BlockRow.headSelection) WHERE e.place BETWEEN ?1 AND ?2 AND e.kind = 0
                    ORDER BY e.place \(newestFirst ? "DESC" : "ASC") LIMIT \(rowsPerLook)
                    """)
            let rows = try Row.fetchCursor(statement, arguments: [places.lowerBound, places.upperBound])
            var (seen, alerts) = (0, 0)
            while let row = try rows.next() {
                let block = try BlockRow(row, isWhole: false)
                visit(block)
                seen += 1
                alerts += block.count
                let next = newestFirst ? block.place - 1 : block.place + Int64(max(1, block.count))
                if seen == rowsPerLook || alerts >= alertsPerLook { return places.contains(next) ? next : nil }
            }
            return nil
        }
    }
}
