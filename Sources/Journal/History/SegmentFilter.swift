// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// A query's conditions on what the columns of a segment say.
struct SegmentFilter: Sendable {
    private let from: Int64
    private let through: Int64
    private let allowedMarks: [Bool]
    private let values: [(column: AlertQuery.Column, values: Set<[UInt8]>)]
    /// Nothing is asked but times.
    private let allowsEveryMark: Bool

    init(_ query: AlertQuery) {
        from = query.from?.nanoseconds ?? .min
        through = query.through?.nanoseconds ?? .max
        let leastSevere = query.atLeast?.rawValue ?? .max
        let fates = query.fates
        allowedMarks = (UInt8.min ... .max).map { mark in
            ColumnSegment.Mark.priority(mark) <= leastSevere
                && (fates.isEmpty || ColumnSegment.Mark.fate(mark).map(fates.contains) ?? false)
        }
        allowsEveryMark = query.atLeast == nil && fates.isEmpty
        values = AlertQuery.Column.allCases.compactMap { column in
            guard let values = query.values[column], !values.isEmpty else { return nil }
            return (column, Set(values.map { Array($0.utf8.prefix(ColumnDictionary.valueLimit)) }))
        }
    }

    /// Whether any alert of the segment can match.
    func mayMatch(_ segment: ColumnSegment) -> Bool { segment.latest >= from && segment.earliest <= through }

    /// The indexes in `range` that match, in ascending order. Values as long as columns hold are only likely to match.
    func matches(_ segment: ColumnSegment, in range: Range<Int>) -> [Int] {
        guard mayMatch(segment) else { return [] }
        var wanted: [(indexes: [UInt16], allowed: [Bool])] = []
        for (column, values) in values {
            let column = segment[column]
            let allowed = [false] + column.values.map(values.contains)
            guard allowed.contains(true) else { return [] }
            wanted.append((column.indexes, allowed))
        }
        let allTimes = segment.earliest >= from && segment.latest <= through
        if allTimes, allowsEveryMark, wanted.isEmpty { return Array(range) }
        var found: [Int] = []
        let (times, marks) = (segment.times.span, segment.marks.span)
        for index in range where allTimes || (times[index] >= from && times[index] <= through) {
            if allowedMarks[Int(marks[index])] { found.append(index) }
        }
        for (indexes, allowed) in wanted { found.removeAll { !allowed[Int(indexes[$0])] } }
        return found
    }
}
