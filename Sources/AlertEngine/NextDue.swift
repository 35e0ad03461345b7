// SPDX-License-Identifier: Apache-2.0
public import AlertModel

/// When something next waits to happen: in the engine's present, or when the watermark has passed a time. Both are lower
/// bounds: what is due may have gone or moved meanwhile, and looking at it then is all that comes of it.
struct NextDue: Hashable, Sendable {
    /// Of the engine's present, in nanoseconds.
    var now = Int64.max
    /// Of the watermark, in nanoseconds.
    var watermark = Int64.max

    func union(_ other: NextDue) -> NextDue {
        NextDue(now: min(now, other.now), watermark: min(watermark, other.watermark))
    }

    /// The same of what sees a watermark that far behind.
    func lagging(_ lag: Int64) -> NextDue { NextDue(now: now, watermark: watermark.addingClamped(lag)) }
}

extension AlertEngine {
    /// No record leaves at a tick before this time: what a replay of a long pause goes by (semantics.md, 1). A lower bound,
    /// because a host that spoke last holds the watermark until it counts as idle. nil: nothing waits.
    public var nextDue: EventTime? {
        let due = stages.nextDue
        let byWatermark = due.watermark.addingClamped(settings.time.allowedLateness.wholeNanoseconds)
        let earliest = min(due.now, due.watermark == .max ? .max : byWatermark)
        return earliest == .max ? nil : EventTime(nanoseconds: earliest)
    }
}

extension Deduplicator {
    var nextDue: NextDue {
        guard groups.used > 0 else { return NextDue() }
        for ahead in 0 ..< TimerWheel.slotCount {
            let part = wheel.cursor.addingClamped(ahead)
            let head = wheel.head(ofPart: part)
            guard head != 0 else { continue }
            return NextDue(watermark: ahead == 0 ? groups[head].due : TimerWheel.start(of: part))
        }
        return NextDue()
    }
}

extension Correlator {
    var nextDue: NextDue {
        rules.indices.reduce(incidents.nextDue) { due, rule in
            due.union(NextDue(watermark: states.nextDue(rule)).lagging(order.lags[rule]))
        }
    }
}

extension IncidentTable {
    var nextDue: NextDue {
        guard orphans.isEmpty else { return NextDue(now: .min) }
        var due = NextDue(now: updates.firstDue, watermark: closes.firstDue)
        if openCount > 0 { due.now = min(due.now, gaps.nextSweep) }
        return due
    }
}
