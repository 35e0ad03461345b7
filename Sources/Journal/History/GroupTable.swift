// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// Counts alerts by the bytes that stand for their groups.
struct GroupTable: Sendable {
    struct Count: Sendable {
        var alerts = 0
        var first = Int64.max
        var last = Int64.min

        mutating func add(_ time: Int64) {
            alerts += 1
            first = min(first, time)
            last = max(last, time)
        }

        mutating func add(_ other: Count) {
            alerts += other.alerts
            first = min(first, other.first)
            last = max(last, other.last)
        }
    }

    /// Keys are bounded by their bytes, too.
    private static let byteLimit = 64 << 20

    private(set) var counts: [[UInt8]: Count] = [:]
    private var bytes = 0
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    mutating func add(_ key: [UInt8], _ count: Count) throws(QueryProblem) {
        if counts[key]?.add(count) != nil { return }
        bytes += key.count + 64
        guard counts.count < limit, bytes <= Self.byteLimit else { throw .tooManyGroups(limit: limit) }
        counts[key] = count
    }

    mutating func add(_ other: GroupTable) throws(QueryProblem) {
        for (key, count) in other.counts { try add(key, count) }
    }
}

/// A group as bytes: its values one behind the other, each a kind, and a length before text.
struct GroupBytes {
    private enum Kind: UInt8 { case null = 0, text, priority, fate, time }

    private(set) var bytes: [UInt8] = []

    mutating func clear() { bytes.removeAll(keepingCapacity: true) }

    /// Goes back to a length that `bytes` had before.
    mutating func shorten(to count: Int) { bytes.removeLast(max(0, bytes.count - count)) }

    mutating func appendNull() { bytes.append(Kind.null.rawValue) }

    mutating func append(text: [UInt8]) { append(text: text.span) }

    mutating func append(text: Span<UInt8>) {
        bytes.append(Kind.text.rawValue)
        bytes.appendVarint(UInt64(text.count))
        for index in text.indices { bytes.append(text[index]) }
    }

    mutating func append(priority: UInt8) {
        bytes.append(Kind.priority.rawValue)
        bytes.append(priority)
    }

    mutating func append(fate: Fate?) {
        guard let fate else { return appendNull() }
        bytes.append(Kind.fate.rawValue)
        bytes.append(fate.rawValue)
    }

    mutating func append(time: Int64) {
        bytes.append(Kind.time.rawValue)
        bytes.appendLittleEndian(time)
    }

    /// The way back.
    static func values(_ bytes: [UInt8]) -> [GroupValue] {
        var cursor = ByteCursor(bytes.span)
        var values: [GroupValue] = []
        while let kind = cursor.byte().flatMap(Kind.init(rawValue:)) {
            switch kind {
            case .null: values.append(.null)
            case .text: values.append(.text(cursor.varint().flatMap { cursor.bytes(Int($0)) } ?? []))
            case .priority: values.append(.priority(cursor.byte().flatMap(Priority.init(rawValue:)) ?? .debug))
            case .fate: values.append(cursor.byte().flatMap(Fate.init(rawValue:)).map(GroupValue.fate) ?? .null)
            case .time: values.append(.time(EventTime(nanoseconds: cursor.littleEndian(Int64.self) ?? 0)))
            }
        }
        return values
    }
}

/// Stretches of equal length, counted from 1970.
struct TimeBuckets: Sendable {
    let width: Int64

    /// At least a second.
    init(_ width: Duration) { self.width = max(1_000_000_000, width.wholeNanoseconds) }

    /// The start of the stretch that holds a time.
    func start(of time: Int64) -> Int64 {
        let rest = time % width
        // Saturates where the range of times begins.
        let (start, overflow) = time.subtractingReportingOverflow(rest < 0 ? rest + width : rest)
        return overflow ? .min : start
    }
}
