// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// What the columns of a stretch of alerts say, one array per column, ready to be asked many times.
///
/// Alerts stand in order of their places. About twenty bytes an alert, and the distinct values of each column.
struct ColumnSegment: Sendable {
    /// Alerts of one segment: an index into a column's values fits sixteen bits.
    static let alertLimit = 1 << 15

    /// Successive alerts of one block.
    struct Run: Sendable {
        /// The block's place.
        let block: Int64
        /// Of the run's first alert in its block, and in this segment.
        let offset: Int32
        let start: Int32

        var place: Int64 { block + Int64(offset) }
    }

    /// One column: its distinct values, and which of them each alert has. 0 is null, `i` stands for `values[i - 1]`.
    struct Column: Sendable {
        var values: [[UInt8]] = []
        var indexes: [UInt16] = []
    }

    var runs: [Run] = []
    /// Event times.
    var times: [Int64] = []
    /// `Mark` of each alert.
    var marks: [UInt8] = []
    /// In the order of `AlertQuery.Column.allCases`.
    var columns = [Column](repeating: Column(), count: AlertQuery.Column.allCases.count)
    var earliest = Int64.max
    var latest = Int64.min
    /// Blocks in this stretch that are there and cannot be read.
    var unreadable: [Unreadable] = []

    var count: Int { times.count }

    subscript(column: AlertQuery.Column) -> Column { columns[column.position] }

    /// The place of the alert at an index.
    func place(at index: Int) -> Int64 {
        let run = runs[run(at: index)]
        return run.place + Int64(index) - Int64(run.start)
    }

    /// The number of the run that holds the alert at an index.
    func run(at index: Int) -> Int {
        var (low, high) = (0, runs.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if Int(runs[middle].start) <= index { low = middle } else { high = middle }
        }
        return low
    }

    /// The index of the first alert whose place is `place` or behind it.
    func index(from place: Int64) -> Int {
        var (low, high) = (0, runs.count)
        // The first run behind `place`.
        while low < high {
            let middle = (low + high) / 2
            if runs[middle].place <= place { low = middle + 1 } else { high = middle }
        }
        guard low > 0 else { return 0 }
        let end = low < runs.count ? Int(runs[low].start) : count
        let run = runs[low - 1]
        let index = place.subtractingReportingOverflow(run.place).partialValue
        return index < Int64(end) - Int64(run.start) ? Int(run.start) + Int(index) : end
    }

    /// An alert's priority and fate in one byte.
    enum Mark {
        static func of(_ priority: UInt8, _ fate: Fate?) -> UInt8 {
            priority & 7 | (fate.map { $0.rawValue + 1 } ?? 0) << 4
        }

        static func priority(_ mark: UInt8) -> UInt8 { mark & 7 }
        static func fate(_ mark: UInt8) -> Fate? { mark >> 4 == 0 ? nil : Fate(rawValue: mark >> 4 - 1) }
    }
}

extension AlertQuery.Column {
    /// Its place in `allCases`.
    var position: Int {
        switch self {
        case .rule: 0
        case .source: 1
        case .hostname: 2
        case .container: 3
        case .namespace: 4
        }
    }
}
