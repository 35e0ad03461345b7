// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// Fills a segment block by block. What was filled so far can be read at any time.
struct SegmentBuilder: Sendable {
    private(set) var segment = ColumnSegment()
    private let limit: Int
    private var known = [[[UInt8]: UInt16]](repeating: [:], count: AlertQuery.Column.allCases.count)

    /// At most `ColumnSegment.alertLimit` alerts.
    init(limit: Int) { self.limit = max(1, min(limit, ColumnSegment.alertLimit)) }

    var isFull: Bool { segment.count >= limit }
    var isEmpty: Bool { segment.count == 0 && segment.unreadable.isEmpty }

    mutating func append(_ unreadable: Unreadable) { segment.unreadable.append(unreadable) }

    /// Takes the alerts of a block from `offset` on, as many as there is room for, and gives back how many.
    ///
    /// - Parameter decision: nil before the engine decided.
    mutating func append(
        _ block: BlockColumns, place: Int64, from offset: Int, decision: EntryDecision?
    ) -> Int {
        let taken = min(block.count - offset, limit - segment.count)
        guard taken > 0 else { return 0 }
        let range = offset ..< offset + taken
        segment.runs.append(ColumnSegment.Run(block: place, offset: Int32(offset), start: Int32(segment.count)))
        for index in range {
            let time = block.eventTimes[index]
            segment.times.append(time)
            segment.earliest = min(segment.earliest, time)
            segment.latest = max(segment.latest, time)
            let fate = SearchBlock.fate(decision, index)
            segment.marks.append(ColumnSegment.Mark.of(block.priorities[index], fate))
        }
        for column in AlertQuery.Column.allCases { append(block[column], range, to: column.position) }
        return taken
    }

    private mutating func append(_ dictionary: BlockColumns.Dictionary, _ range: Range<Int>, to column: Int) {
        // Zero: not met in this block yet. Values that only other alerts of a split block have are not taken in.
        var numbers = [UInt16](repeating: 0, count: dictionary.values.count + 1)
        for index in range {
            let local = dictionary.index(at: index)
            if local > 0, numbers[local] == 0 { numbers[local] = number(of: dictionary.values[local - 1], column) }
            segment.columns[column].indexes.append(numbers[local])
        }
    }

    private mutating func number(of value: [UInt8], _ column: Int) -> UInt16 {
        if let number = known[column][value] { return number }
        segment.columns[column].values.append(value)
        // At most as many values as alerts.
        let number = UInt16(truncatingIfNeeded: segment.columns[column].values.count)
        known[column][value] = number
        return number
    }
}
