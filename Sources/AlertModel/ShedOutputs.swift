// SPDX-License-Identifier: Apache-2.0

/// Which outputs a sink will not get because more waited for it than its backlog allows: in a few stretches of output
/// numbers, those of some priorities.
///
/// Stored with the sink's cursor before the first of them is passed over, so that every start passes over the same.
public struct ShedOutputs: Hashable, Sendable {
    /// Of each priority the outputs of one range.
    public struct Stretch: Hashable, Sendable {
        /// By `Priority.rawValue`: the first that may go, and one past the last. Equal where none goes.
        public fileprivate(set) var starts: [Int64]
        public fileprivate(set) var ends: [Int64]
        /// The last output that was the sink's own; its number goes to the gap record. 0: none was.
        public fileprivate(set) var last: Int64 = 0
        /// Arrivals of what was the sink's own, about.
        public fileprivate(set) var since = EventTime(nanoseconds: .max)
        public fileprivate(set) var until = EventTime(nanoseconds: .min)

        fileprivate init(base: Int64) {
            starts = [Int64](repeating: base, count: Priority.allCases.count)
            ends = starts
        }

        /// One past the last output that the stretch says anything about.
        public var end: Int64 { ends.max() ?? 0 }
        /// The outputs that go whatever their priority.
        var whole: Range<Int64> {
            let start = starts.max() ?? 0
            guard zip(starts, ends).allSatisfy({ $0 < $1 }) else { return start ..< start }
            return start ..< max(start, ends.min() ?? start)
        }

        /// Can take these ends in without saying anything about what the sink was given, or keeps.
        fileprivate func takes(_ more: [Int64], from base: Int64) -> Bool {
            guard last == 0 || last >= base else { return false }
            return more.indices.allSatisfy { place in
                let (end, start, known) = (more[place], starts[place], ends[place])
                return end <= base || start == known || base >= start && base <= known || base < start && end >= start
            }
        }

        fileprivate mutating func take(_ more: [Int64], from base: Int64) {
            for place in more.indices where more[place] > base {
                if starts[place] == ends[place] { (starts[place], ends[place]) = (base, base) }
                starts[place] = min(starts[place], base)
                ends[place] = max(ends[place], more[place])
            }
        }
    }

    /// More are not kept apart: the newest one grows instead.
    static let stretchLimit = 16
    private static let version: UInt8 = 1

    public private(set) var stretches: [Stretch] = []

    public init() {}

    public var isEmpty: Bool { stretches.isEmpty }
    /// One past the last output that this says anything about.
    public var end: Int64 { stretches.reduce(0) { max($0, $1.end) } }
    /// Nothing before this one waits for the sink but what it has in its hands; 0: no such number.
    public var floor: Int64 { stretches.reduce(0) { $1.whole.isEmpty ? $0 : max($0, $1.whole.upperBound) } }

    public func contains(_ output: Int64, _ priority: Priority) -> Bool {
        let place = Int(priority.rawValue)
        return stretches.contains { output >= $0.starts[place] && output < $0.ends[place] }
    }

    /// The number up to which nothing more comes from `output` on; nil when `output` itself may come.
    public func floor(from output: Int64) -> Int64? { stretches.first { $0.whole.contains(output) }?.whole.upperBound }

    /// The first gap record due at or behind `output`: its number, and the time it is about.
    public func gap(from output: Int64) -> (output: Int64, since: EventTime, until: EventTime)? {
        stretches.filter { $0.last > 0 && $0.last >= output }.min { $0.last < $1.last }.map {
            ($0.last, $0.since, $0.until)
        }
    }

    /// Sheds more.
    ///
    /// - Parameters:
    ///   - ends: by `Priority.rawValue`, before which output they go; 0 for priorities that stay.
    ///   - base: the sink has everything before it in its hands already.
    ///   - last: the last output among them that was the sink's own, 0 without any; `since` and `until` are arrivals.
    public mutating func add(ends: [Int64], base: Int64, last: Int64, since: EventTime, until: EventTime) {
        guard ends.count == Priority.allCases.count, ends.contains(where: { $0 > base }) else { return }
        let takes = stretches.last?.takes(ends, from: base) ?? false
        if !takes, stretches.count < Self.stretchLimit { stretches.append(Stretch(base: base)) }
        var newest = stretches.removeLast()
        newest.take(ends, from: base)
        if last > 0 {
            newest.last = max(newest.last, last)
            newest.since = min(newest.since, since)
            newest.until = max(newest.until, until)
        }
        stretches.append(newest)
    }

    /// What lies before `output` is over.
    public mutating func forget(before output: Int64) { stretches.removeAll { $0.end <= output } }

    public var bytes: [UInt8] {
        guard !isEmpty else { return [] }
        var writer = ByteWriter()
        writer.put(Self.version)
        writer.put(stretches) { writer, stretch in
            for number in stretch.starts + stretch.ends { writer.put(number) }
            writer.put(stretch.last)
            writer.put(stretch.since)
            writer.put(stretch.until)
        }
        return writer.bytes
    }

    /// nil: not what `bytes` gives.
    public init?(_ bytes: [UInt8]) {
        guard !bytes.isEmpty else { return }
        var reader = ByteReader(bytes)
        do {
            guard try reader.take(UInt8.self) == Self.version else { return nil }
            let count = try reader.take(UInt32.self)
            guard count <= Self.stretchLimit else { return nil }
            for _ in 0 ..< count {
                var stretch = Stretch(base: 0)
                for place in stretch.starts.indices { stretch.starts[place] = try reader.take(Int64.self) }
                for place in stretch.ends.indices { stretch.ends[place] = try reader.take(Int64.self) }
                stretch.last = try reader.take(Int64.self)
                stretch.since = EventTime(nanoseconds: try reader.take(Int64.self))
                stretch.until = EventTime(nanoseconds: try reader.take(Int64.self))
                stretches.append(stretch)
            }
            guard reader.isAtEnd else { return nil }
        } catch { return nil }
    }
}
