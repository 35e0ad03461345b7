// SPDX-License-Identifier: Apache-2.0

/// What belongs together in time, and when a group is due. All in ns of event time; closed intervals.
struct GroupTimes: Sendable {
    let quiet: Int64
    let maxOpen: Int64
    /// An update comes every so often if the group grew.
    static let updateEvery: Int64 = 600_000_000_000
    /// New variants beyond the limit are listed at most so often.
    static let listEvery: Int64 = 60_000_000_000

    init(_ settings: DeduplicateSettings) {
        quiet = max(settings.quiet.wholeNanoseconds, 1_000_000_000)
        maxOpen = max(settings.maxOpen.wholeNanoseconds, 1_000_000_000)
    }

    /// An alert belongs to a group when it is at most `quiet` away from it and the whole spans at most `maxOpen`.
    func accepts(_ group: Group, _ time: Int64) -> Bool {
        Self.distance(from: time, to: group.first) <= quiet && Self.distance(from: group.last, to: time) <= quiet
            && Self.distance(from: min(group.first, time), to: max(group.last, time)) <= maxOpen
    }

    /// Whether the later of two groups continues the earlier one, now that the earlier one has grown towards it.
    func joins(_ earlier: Group, _ later: Group) -> Bool {
        Self.distance(from: earlier.last, to: later.first) <= quiet
            && Self.distance(from: earlier.first, to: max(earlier.last, later.last)) <= maxOpen
    }

    /// The watermark at which nothing can belong to the group any more. For alerts behind the watermark, which have it
    /// behind them already, the watermark they came at stands for their time.
    func close(_ group: Group) -> Int64 {
        min(Self.sum(group.clock, quiet), Self.sum(group.openClock, maxOpen))
    }

    /// When the next update may be due, whole parts of the timer wheel.
    func update(_ tally: Tally) -> Int64 {
        var time = Self.sum(tally.updated, Self.updateEvery)
        if tally.unlisted > 0 { time = min(time, Self.sum(max(tally.listed, 0), Self.listEvery)) }
        let part = TimerWheel.part(of: time)
        return part == TimerWheel.part(of: .max) ? .max : TimerWheel.start(of: part + 1)
    }

    /// How much later `end` is than `start`; saturates.
    static func distance(from start: Int64, to end: Int64) -> Int64 {
        let (distance, overflow) = end.subtractingReportingOverflow(start)
        return overflow ? (end > start ? .max : .min) : distance
    }

    static func sum(_ time: Int64, _ distance: Int64) -> Int64 {
        let (sum, overflow) = time.addingReportingOverflow(distance)
        return overflow ? .max : sum
    }
}
