// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// Counts alerts of a segment by what its columns say.
struct SegmentCounting {
    /// Beyond so many possible groups of one segment they are looked up instead of counted in an array.
    private static let arrayLimit = 1 << 16

    /// One key's part: each alert's code, and how many codes there are.
    private enum Codes {
        case column([UInt16], Int)
        case priority
        case fate
        case time([Int32], [Int64])

        var count: Int {
            switch self {
            case .column(_, let count): count
            case .priority, .fate: 8
            case .time(_, let starts): starts.count
            }
        }
    }

    /// Adds the alerts at `found` to `table`, grouped by `keys`, none of which is a tag or a field.
    static func count(
        _ segment: ColumnSegment, _ found: [Int], by keys: [AggregateQuery.Key], into table: inout GroupTable
    ) throws(QueryProblem) {
        let codes = keys.map { Self.codes($0, segment, found) }
        let size = codes.reduce(1) { size, codes in
            let (product, overflow) = size.multipliedReportingOverflow(by: max(1, codes.count))
            return overflow ? Int.max : product
        }
        let times = segment.times.span
        var bytes = GroupBytes()
        if size <= arrayLimit {
            var counts = [GroupTable.Count](repeating: GroupTable.Count(), count: size)
            for position in found.indices {
                counts[code(codes, segment, found[position], position)].add(times[found[position]])
            }
            for code in counts.indices where counts[code].alerts > 0 {
                describe(code, codes, keys, segment, &bytes)
                try table.add(bytes.bytes, counts[code])
            }
        } else {
            var counts: [Int: GroupTable.Count] = [:]
            for position in found.indices {
                counts[code(codes, segment, found[position], position), default: GroupTable.Count()]
                    .add(times[found[position]])
            }
            for (code, count) in counts {
                describe(code, codes, keys, segment, &bytes)
                try table.add(bytes.bytes, count)
            }
        }
    }

    private static func codes(_ key: AggregateQuery.Key, _ segment: ColumnSegment, _ found: [Int]) -> Codes {
        switch key {
        case .column(let column): return .column(segment[column].indexes, segment[column].values.count + 1)
        case .priority: return .priority
        case .fate: return .fate
        case .time(let width):
            let buckets = TimeBuckets(width)
            var numbers: [Int64: Int32] = [:]
            var starts: [Int64] = []
            var last: (start: Int64, number: Int32)?
            let codes = found.map { index in
                let time = segment.times[index]
                if let last, time >= last.start,
                    time.subtractingReportingOverflow(last.start).partialValue < buckets.width
                {
                    return last.number
                }
                let start = buckets.start(of: time)
                let number = numbers[start] ?? Int32(starts.count)
                if number == starts.count {
                    numbers[start] = number
                    starts.append(start)
                }
                last = (start, number)
                return number
            }
            return .time(codes, starts)
        // Asked of opened alerts only.
        case .tag, .field: return .column([], 1)
        }
    }

    /// One number for an alert's group: the keys' codes in mixed radix. A product too large wraps around, where only the
    /// look-up by number is used: two groups of one segment could then share a number only with more than 2⁶⁴ possible.
    @inline(__always)
    private static func code(_ codes: [Codes], _ segment: ColumnSegment, _ index: Int, _ position: Int) -> Int {
        var code = 0
        for part in codes {
            switch part {
            case .column(let indexes, let count): code = code &* count &+ Int(indexes[index])
            case .priority: code = code &* 8 &+ Int(ColumnSegment.Mark.priority(segment.marks[index]))
            case .fate: code = code &* 8 &+ Int(segment.marks[index] >> 4)
            case .time(let numbers, let starts): code = code &* starts.count &+ Int(numbers[position])
            }
        }
        return code
    }

    private static func describe(
        _ code: Int, _ codes: [Codes], _ keys: [AggregateQuery.Key], _ segment: ColumnSegment, _ bytes: inout GroupBytes
    ) {
        var parts: [Int] = []
        var rest = code
        for part in codes.reversed() {
            parts.append(rest % max(1, part.count))
            rest /= max(1, part.count)
        }
        bytes.clear()
        for (part, (codes, key)) in zip(parts.reversed(), zip(codes, keys)) {
            switch (codes, key) {
            case (.column, .column(let column)):
                if part == 0 { bytes.appendNull() } else { bytes.append(text: segment[column].values[part - 1]) }
            case (.priority, _): bytes.append(priority: UInt8(part))
            case (.fate, _): bytes.append(fate: part == 0 ? nil : Fate(rawValue: UInt8(part - 1)))
            case (.time(_, let starts), _): bytes.append(time: starts[part])
            case (.column, _): bytes.appendNull()
            }
        }
    }
}
