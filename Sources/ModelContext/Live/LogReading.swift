// SPDX-License-Identifier: Apache-2.0
public import AlertModel
public import Journal

/// One output that was wanted.
public struct LogItem: Sendable {
    public let entry: DecidedEntry
    public let output: EntryOutput
    public let number: Int64

    /// What comes behind it.
    public var cursor: AlertCursor { AlertCursor(epoch: entry.epoch, output: number) }
}

/// What somebody wants of the log, and how long that may take.
public struct LogRequest: Sendable {
    public var start: LogStart
    public var selection: LogSelection
    /// At most so many items; at least one.
    public var limit = 20
    /// Once there is something: so long for more to come.
    public var settle = Duration.milliseconds(250)
    /// So long for the first; also the time a look at history may take.
    public var patience = Duration.seconds(25)
    /// `LogReading.heldBack` is wanted.
    public var countsHeldBack = true

    public init(_ start: LogStart, _ selection: LogSelection) {
        self.start = start
        self.selection = selection
    }
}

/// What came of it.
public struct LogReading: Sendable {
    /// In order.
    public var items: [LogItem] = []
    /// Behind the last output that was looked at.
    public var next: AlertCursor
    /// More outputs were there already, wanted or not.
    public var hasMore = false
    public var gap: LogGap?
    /// Alerts held back since the request's cursor: repeats, silenced, inhibited, held by storm control.
    public var heldBack = 0

    public init(next: AlertCursor) { self.next = next }
}

extension AlertLog {
    /// Looks from `request.start` on, and waits where nothing is there yet. A gap is told at once, with what there is
    /// behind it. A task that is cancelled gets what was found so far.
    ///
    /// - Parameter tick: called about every ten seconds of waiting with how long it has been.
    public func read(
        _ request: LogRequest, tick: @Sendable (Duration) -> Void = { _ in }
    ) async throws(JournalError) -> LogReading {
        let begin = ContinuousClock.now
        let deadline = begin + request.patience
        try await refresh()
        let generation = self.generation
        var walk = LogWalk(try await position(request.start), limit: Swift.max(1, request.limit), request.selection)
        let first = walk.seen
        var settled: ContinuousClock.Instant?
        while !Task.isCancelled, !walk.isFull {
            let page = try await page(from: walk.seen + 1)
            walk.take(page)
            if walk.isFull { break }
            if !walk.items.isEmpty, settled == nil { settled = Swift.min(deadline, .now + request.settle) }
            let isAtEnd = walk.seen + 1 >= end
            let now = ContinuousClock.now
            if self.generation != generation {
                walk.lose()
                break
            }
            if isAtEnd, walk.gap != nil || settled.map({ $0 <= now }) ?? false || isClosed { break }
            guard now < deadline else { break }
            guard isAtEnd else { continue }
            let pause = Swift.min(settled ?? deadline, now + .seconds(10))
            await wait(behind: walk.seen, until: pause)
            if settled == nil, ContinuousClock.now >= now + .seconds(10) { tick(ContinuousClock.now - begin) }
        }
        var reading = LogReading(next: try await next(walk))
        reading.items = walk.items
        reading.gap = walk.gap
        reading.hasMore = walk.seen + 1 < end
        guard request.countsHeldBack else { return reading }
        let looked = first + 1 ..< Swift.max(first, walk.seen) + 1
        reading.heldBack = try await self.reading { (reader) throws(JournalError) in
            try reader.heldBackCount(in: looked)
        }
        return reading
    }

    private func next(_ walk: LogWalk) async throws(JournalError) -> AlertCursor {
        if let cursor = walk.cursor, cursor.output == walk.seen { return cursor }
        return try await cursor(behind: walk.seen)
    }

    private var generation: Int { state.withLock { $0.generation } }
    private var isClosed: Bool { state.withLock { $0.isClosed } }
}

/// Goes through pages in order, keeps what is wanted and counts what is missing. Pure.
struct LogWalk {
    private(set) var items: [LogItem] = []
    /// The last output that was looked at, or is known to be lost.
    private(set) var seen: Int64
    /// Of `seen`, where it is known.
    private(set) var cursor: AlertCursor?
    private(set) var gap: LogGap?
    private let limit: Int
    private let selection: LogSelection

    init(_ position: AlertLog.Position, limit: Int, _ selection: LogSelection) {
        seen = position.seen
        cursor = position.cursor
        gap = position.gap
        self.limit = limit
        self.selection = selection
    }

    var isFull: Bool { items.count >= limit }

    mutating func take(_ page: LogPage) {
        let reason: LogGap.Reason = page.isDamaged ? .damaged : .retention
        for entry in page.entries {
            miss(through: entry.firstOutput - 1, reason)
            var number = entry.firstOutput
            for output in OutputWalk(entry) {
                defer { number += 1 }
                guard number > seen else { continue }
                seen = number
                cursor = AlertCursor(epoch: entry.epoch, output: number)
                guard selection.contains(output, of: entry) else { continue }
                items.append(LogItem(entry: entry, output: output, number: number))
                if isFull { return }
            }
        }
        miss(through: page.next - 1, reason)
    }

    /// Another journal stands in the place of the one that was read.
    mutating func lose() {
        gap = LogGap(.historyLost, missed: nil)
        seen = 0
        cursor = nil
    }

    /// Outputs through this one are not there.
    private mutating func miss(through last: Int64, _ reason: LogGap.Reason) {
        guard last > seen else { return }
        let count = last - seen
        seen = last
        cursor = nil
        if gap == nil { gap = LogGap(reason, missed: 0) }
        if let missed = gap?.missed { gap?.missed = missed + count }
    }
}
