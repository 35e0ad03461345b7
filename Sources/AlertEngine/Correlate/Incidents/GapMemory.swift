// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// The gaps of late, for the incidents whose time they fall into (falco-outputs.md, 6).
///
/// A gap costs O(1) however many incidents are open, because Falco can report drops with every other alert: it is
/// remembered, each record of an incident is held against what is remembered, and open incidents that have no record to
/// make are gone through at most once in `sweepEvery`. Gaps closer together than `near` are one, and when there are more
/// than `limit`, the oldest that no sweep has seen become one: an incident can be marked for a gap just beside it, never
/// the other way round.
struct GapMemory: Sendable {
    static let limit = 64
    static let sweepEvery = Duration.seconds(60)
    static let near = Duration.seconds(1)

    /// In the order in which they came.
    private(set) var gaps: [Gap] = []
    /// So many of the first have been held against every incident that was open.
    private var swept = 0
    /// The engine's present then.
    private var sweptAt = EventTime(nanoseconds: .min)

    init() {}

    mutating func add(_ gap: Gap) {
        if let last = gaps.last, Self.isNear(last, gap) {
            gaps[gaps.count - 1] = Self.hull(last, gap)
            swept = min(swept, gaps.count - 1)
            return
        }
        gaps.append(gap)
        guard gaps.count > Self.limit else { return }
        if swept > 0 {
            swept -= 1
        } else {
            gaps[1] = Self.hull(gaps[0], gaps[1])
        }
        gaps.removeFirst()
    }

    /// Whether an incident may lack alerts of its time, `hold` after its last one included.
    func touches(_ incident: OpenIncident, hold: Int64) -> Bool {
        let end = incident.until.advanced(byNanoseconds: hold)
        return gaps.contains { $0.to >= incident.first && $0.from <= end }
    }

    /// True when open incidents have to be gone through now; they are then taken to have been.
    mutating func takeSweep(at now: EventTime) -> Bool {
        guard swept < gaps.count, sweptAt.advanced(by: Self.sweepEvery) <= now else { return false }
        swept = gaps.count
        sweptAt = now
        return true
    }

    /// When `takeSweep` will next have something to do.
    var nextSweep: Int64 {
        swept < gaps.count ? sweptAt.advanced(by: Self.sweepEvery).nanoseconds : .max
    }

    private static func isNear(_ one: Gap, _ other: Gap) -> Bool {
        other.from <= one.to.advanced(by: near) && one.from <= other.to.advanced(by: near)
    }

    /// Only the times are asked for.
    private static func hull(_ one: Gap, _ other: Gap) -> Gap {
        Gap(source: one.source, from: min(one.from, other.from), to: max(one.to, other.to), reason: one.reason)
    }
}

extension GapMemory {
    func write(to writer: inout ByteWriter) {
        writer.put(gaps) { writer, gap in
            writer.put(gap.source)
            writer.put(gap.from)
            writer.put(gap.to)
            writer.put(gap.reason.rawValue)
        }
        writer.put(UInt32(swept))
        writer.put(sweptAt)
    }

    init(from reader: inout ByteReader) throws(MalformedBytes) {
        gaps = try reader.takeList { (reader) throws(MalformedBytes) in
            let source = try reader.takeString()
            let (from, to) = (try reader.takeTime(), try reader.takeTime())
            guard let reason = Gap.Reason(rawValue: try reader.takeString()) else { throw MalformedBytes() }
            return Gap(source: source, from: from, to: to, reason: reason)
        }
        swept = Int(try reader.take(UInt32.self))
        sweptAt = try reader.takeTime()
        guard gaps.count <= Self.limit, swept <= gaps.count else { throw MalformedBytes() }
    }
}
