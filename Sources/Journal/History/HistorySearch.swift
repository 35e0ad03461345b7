// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Synchronization

/// What a search over history found, in the query's order.
public struct HistoryPage: Sendable {
    public internal(set) var alerts: [FoundAlert] = []
    /// Where the next page goes on (`AlertQuery.after`); nil when there is nothing more.
    public internal(set) var next: Int64?
    /// How many alerts match in all pages together; nil when only opening every block could tell.
    public internal(set) var matched: Int?
    /// Blocks that had to be left out because they are damaged.
    public internal(set) var unreadable: [Unreadable] = []
    public internal(set) var blocksOpened = 0
}

extension AlertHistory {
    /// One page of the alerts that match. Columns decide first; only blocks with a match are opened, and while texts or
    /// conditions are asked for, only until the page is full.
    public func search(_ query: AlertQuery, _ stop: StopSign = StopSign()) throws(QueryProblem) -> HistoryPage {
        try QueryProblem.wrapping {
            var search = HistorySearch(query, self)
            let isOfColumns = !search.needsAlerts
            try forEachSegment(query, stop) { segment, kept in
                try search.take(segment, kept, stop)
                return isOfColumns || !search.isFull
            }
            return try search.finish(stop)
        }
    }
}

/// One search under way.
struct HistorySearch: Sendable {
    /// Alerts of one page, whatever is asked for.
    private static let limit = 10_000
    private let query: AlertQuery
    private let history: AlertHistory
    private let filter: SegmentFilter
    private let columnFilter: ColumnFilter
    private let text: TextMatch?
    private var page = HistoryPage()
    /// Of a search that columns decide: what the page will hold, and how many match.
    private var chosen: [BlockWish] = []
    private var chosenCount = 0
    private var hasMore = false
    private var matched = 0

    init(_ query: AlertQuery, _ history: AlertHistory) {
        var bounded = query
        bounded.limit = max(0, min(query.limit, Self.limit))
        self.query = bounded
        self.history = history
        filter = SegmentFilter(query)
        columnFilter = ColumnFilter(query)
        text = TextMatch(query.text)
    }

    /// Columns alone cannot tell.
    var needsAlerts: Bool { text != nil || query.condition != nil || columnFilter.needsAlert }

    var isFull: Bool { page.next != nil }

    mutating func take(_ segment: ColumnSegment, _ kept: Range<Int>, _ stop: StopSign) throws {
        for lost in segment.unreadable where page.unreadable.count < 100 { page.unreadable.append(lost) }
        if needsAlerts {
            let found = filter.matches(segment, in: behind(segment, kept))
            try open(segment.wishes(found, newestFirst: query.newestFirst), stop)
            return
        }
        let found = filter.matches(segment, in: kept)
        matched += found.count
        let range = behind(segment, kept)
        let free = max(0, query.limit - chosenCount)
        guard !range.isEmpty, free > 0 || !hasMore else { return }
        let mine = found.filter(range.contains)
        if mine.count > free { hasMore = true }
        let wanted = query.newestFirst ? mine.suffix(free) : mine.prefix(free)
        chosenCount += wanted.count
        chosen += segment.wishes(Array(wanted), newestFirst: query.newestFirst)
    }

    /// The part of a segment that comes after the page before.
    private func behind(_ segment: ColumnSegment, _ kept: Range<Int>) -> Range<Int> {
        guard let after = query.after else { return kept }
        return query.newestFirst
            ? kept.clamped(to: 0 ..< segment.index(from: after))
            : kept.clamped(to: segment.index(from: after == .max ? after : after + 1) ..< segment.count)
    }

    /// Opens blocks on several threads, a chunk at a time, until the page is full.
    private mutating func open(_ wishes: [BlockWish], _ stop: StopSign) throws {
        var rest = wishes[...]
        while !rest.isEmpty, !isFull {
            let room = max(0, history.settings.blockLimit - page.blocksOpened)
            guard room > 0 else {
                page.next = query.newestFirst ? Self.last(rest).advanced(by: 1) : rest[rest.startIndex].block - 1
                return
            }
            // Small first: the page may be full soon.
            let size = min(room, max(8, min(512, page.blocksOpened)))
            let chunk = rest.prefix(size)
            let opened = try history.inParts(chunk, stop) { [self] part, opening, lost in
                try find(part, opening, stop, lost: lost)
            }
            page.blocksOpened += chunk.count
            page.unreadable += opened.lost
            for found in opened.results.joined() {
                guard page.alerts.count < query.limit else {
                    page.next = page.alerts.last?.id.place ?? query.after
                    return
                }
                page.alerts.append(found)
            }
            rest = rest.dropFirst(chunk.count)
        }
    }

    /// The place of the newest alert that a page of newest first would go on with.
    private static func last(_ wishes: ArraySlice<BlockWish>) -> Int64 {
        guard let wish = wishes.first else { return 0 }
        return wish.block + Int64(wish.wanted.last ?? 0)
    }

    private func find(
        _ wishes: ArraySlice<BlockWish>, _ opening: BlockOpening, _ stop: StopSign, lost: (Unreadable) -> Void
    ) throws -> [FoundAlert] {
        var found: [FoundAlert] = []
        let names = try opening.reader.sourceNames()
        try opening.open(
            wishes, withNotes: query.condition != nil, stop, lost: lost
        ) { block in
            var matching: [Int] = []
            for position in block.wanted.indices where matches(block, position) {
                matching.append(block.wanted[position])
            }
            if query.newestFirst { matching.reverse() }
            // One more than fits says that there are more.
            matching = Array(matching.prefix(query.limit + 1 - found.count))
            guard !matching.isEmpty else { return true }
            // Again, without the alerts that nobody wants: what was found stays in memory until it is shown.
            let kept = try opening.open(block.row, matching)
            for (position, index) in matching.enumerated() {
                found.append(
                    FoundAlert(
                        id: RecordID(
                            installation: history.reader.installation, epoch: block.row.epoch,
                            place: block.row.place + Int64(index)),
                        receivedFrom: names[block.row.source] ?? "", fate: SearchBlock.fate(block.row.decision, index),
                        batch: kept.batch, index: position, notes: kept.notes))
            }
            return found.count <= query.limit
        }
        return found
    }

    private func matches(_ block: OpenedBlock, _ position: Int) -> Bool {
        let alert = block.batch.alert(at: position)
        if columnFilter.needsAlert, !columnFilter.matches(alert) { return false }
        if let text, !text.matches(alert) { return false }
        guard let condition = query.condition else { return true }
        return condition(AlertFacts(alert, block.notes.added, at: position))
    }

    mutating func finish(_ stop: StopSign) throws -> HistoryPage {
        guard !needsAlerts else { return page }
        page.matched = matched
        let opened = try history.inParts(chosen[...], stop) { [self] part, opening, lost in
            try find(part, opening, stop, lost: lost)
        }
        page.alerts = Array(opened.results.joined())
        page.unreadable += opened.lost
        page.blocksOpened = chosen.count
        if hasMore { page.next = chosen.last.map { query.newestFirst ? $0.first : $0.last } }
        return page
    }
}

extension BlockWish {
    var first: Int64 { block + Int64(wanted.first ?? 0) }
    var last: Int64 { block + Int64(wanted.last ?? 0) }
}

extension ColumnSegment {
    /// Indexes in ascending order as wishes for blocks, in the wanted order of blocks.
    func wishes(_ indexes: [Int], newestFirst: Bool) -> [BlockWish] {
        var wishes: [BlockWish] = []
        var next = 0
        var run = indexes.first.map { self.run(at: $0) } ?? 0
        while next < indexes.count {
            while run + 1 < runs.count, Int(runs[run + 1].start) <= indexes[next] { run += 1 }
            let end = run + 1 < runs.count ? Int(runs[run + 1].start) : count
            var wanted: [Int] = []
            while next < indexes.count, indexes[next] < end {
                wanted.append(indexes[next] - Int(runs[run].start) + Int(runs[run].offset))
                next += 1
            }
            wishes.append(BlockWish(block: runs[run].block, wanted: wanted))
        }
        return newestFirst ? wishes.reversed() : wishes
    }
}
