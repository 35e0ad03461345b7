// SPDX-License-Identifier: Apache-2.0
import GRDB
import Synchronization

/// Answers questions over all alerts that a journal keeps: searches with exact numbers, counts by groups.
///
/// Columns of decided alerts are held in memory once they were read, so a question that columns can answer costs
/// milliseconds; others open blocks on several threads. Any thread; calls run beside each other. A call blocks its thread
/// for as long as it takes, up to seconds: not for the pool that tasks run on.
public final class AlertHistory: Sendable {
    /// How much memory and how many threads questions may take.
    public struct Settings: Sendable {
        /// Alerts whose columns are held, about thirty bytes each.
        public var heldAlerts = 1_500_000
        /// Threads that open blocks for one question.
        public var threads = 2
        /// Blocks that one page of a search opens at most for texts and conditions.
        public var blockLimit = 1 << 20
        /// Different groups that one aggregation counts at most.
        public var groupLimit = 200_000
        /// Alerts of one stretch of columns: small ones in tests only.
        var segmentAlerts = ColumnSegment.alertLimit

        public init() {}
    }

    public let reader: JournalReader
    let settings: Settings
    private let memory: ColumnMemory
    /// Readers that nobody uses right now.
    private let idle = Mutex<[JournalReader]>([])

    public init(_ reader: JournalReader, _ settings: Settings = Settings()) {
        self.reader = reader
        self.settings = settings
        memory = ColumnMemory(limit: max(0, settings.heldAlerts), segmentAlerts: settings.segmentAlerts)
    }

    /// Gives the memory back; the next question reads the columns again.
    public func forget() { memory.forget() }

    /// Reads the columns that questions will need, so that the first one need not. As much memory as any question leaves
    /// held; as long as the first question would take. Ends early when `stop` is raised, and keeps what it has read.
    public func load(_ stop: StopSign = StopSign()) throws(QueryProblem) { _ = try memory.view(reader.queue, stop) }

    /// Runs `body` with an opener of its own.
    func withOpening<Result>(_ body: (BlockOpening) throws -> Result) throws -> Result {
        let free = idle.withLock { $0.popLast() }
        let reader = try free ?? JournalReader(path: reader.path, decoder: reader.makeDecoder)
        defer { idle.withLock { if $0.count < 4 { $0.append(reader) } } }
        return try body(BlockOpening(reader))
    }

    /// Calls `visit` with each segment of the journal, in the query's order, and the indexes of its alerts that are kept,
    /// until it returns false.
    func forEachSegment(
        _ query: AlertQuery, _ stop: StopSign, _ visit: (ColumnSegment, Range<Int>) throws -> Bool
    ) throws {
        let view = try memory.view(reader.queue, stop)
        func show(_ segment: ColumnSegment) throws -> Bool {
            guard !stop.isRaised else { throw QueryProblem.stopped }
            let start = segment.index(from: view.lowest)
            return try visit(segment, start ..< max(start, segment.count))
        }
        if query.newestFirst {
            for index in view.segments.indices.reversed() where try !show(view.segments[index]) { return }
            try older(view, newestFirst: true, stop, show)
        } else {
            guard try older(view, newestFirst: false, stop, show) else { return }
            for segment in view.segments where try !show(segment) { return }
        }
    }

    /// The segments that memory does not hold. False: `visit` had enough.
    @discardableResult
    private func older(
        _ view: ColumnMemory.View, newestFirst: Bool, _ stop: StopSign, _ visit: (ColumnSegment) throws -> Bool
    ) throws -> Bool {
        var (low, high) = (view.lowest, view.first - 1)
        while low <= high {
            var blocks: [BlockRow] = []
            let next = try SegmentLoading.read(low ... high, newestFirst: newestFirst, reader.queue, stop) {
                blocks.append($0)
            }
            if newestFirst { blocks.reverse() }
            let segments = memory.segments(of: blocks)
            for segment in newestFirst ? segments.reversed() : segments where try !visit(segment) { return false }
            guard let next else { return true }
            if newestFirst { high = next } else { low = next }
        }
        return true
    }
}
