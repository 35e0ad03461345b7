// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// What time brings: updates, and the end of groups.
extension Deduplicator {
    /// Goes on to a watermark: closes what is due, in order of when it was due, then of opening.
    public mutating func advance(_ moment: EngineMoment, _ outbox: inout Outbox) {
        settle(&outbox)
        guard moment.watermark.nanoseconds > watermark else { return }
        watermark = moment.watermark.nanoseconds
        let target = TimerWheel.part(of: watermark)
        if GroupTimes.distance(from: wheel.cursor, to: target) >= TimerWheel.slotCount {
            turn(to: target, &outbox)
        } else {
            while wheel.cursor < target {
                fire(&outbox)
                enter(wheel.cursor + 1)
            }
            fire(&outbox)
        }
    }

    /// Closes every group with its summary, in order of when it would be due, then of opening.
    public mutating func closeAll(_ outbox: inout Outbox) {
        let end = EventTime(nanoseconds: .max)
        advance(EngineMoment(watermark: end, now: end), &outbox)
    }

    /// When the group is next looked at, and whether it ends then. An update in the part of time in which the group
    /// ends is left to the last record.
    func due(_ group: Group) -> (time: Int64, closes: Bool) {
        let close = times.close(group)
        guard group.tally != 0, close > watermark else { return (close, true) }
        let update = times.update(tallies[group.tally])
        return close < GroupTimes.sum(update, 1 << TimerWheel.shift) ? (close, true) : (update, false)
    }

    /// Makes a part of time the one under way: hangs up again what is due later, and sorts the rest.
    private mutating func enter(_ part: Int64) {
        wheel.cursor = part
        var rest = wheel.takeList(ofPart: part)
        var list: UInt32 = 0
        while rest != 0 {
            let name = rest
            rest = groups[name].next
            groups[name].due = due(groups[name]).time
            if TimerWheel.part(of: groups[name].due) > part {
                wheel.hang(name, &groups)
            } else {
                groups[name].next = list
                list = name
            }
        }
        wheel.setList(GroupSorting.sort(list, &groups), ofPart: part, &groups)
    }

    /// Hangs a group up by when it is due now.
    mutating func hang(_ name: UInt32) {
        groups[name].due = due(groups[name]).time
        wheel.hang(name, &groups)
    }

    /// Takes from the part under way what is due.
    private mutating func fire(_ outbox: inout Outbox) {
        while true {
            let name = wheel.head(ofPart: wheel.cursor)
            guard name != 0 else { return }
            let (time, closes) = due(groups[name])
            if time != groups[name].due {
                // Repeats came meanwhile: it has another place.
                wheel.takeDown(name, &groups)
                hang(name)
            } else if time <= watermark {
                fire(name, closes: closes, &outbox)
            } else {
                return
            }
        }
    }

    private mutating func fire(_ name: UInt32, closes: Bool, _ outbox: inout Outbox) {
        if closes {
            close(name, &outbox)
            return
        }
        let tally = groups[name].tally
        if tallies[tally].total > tallies[tally].updatedTotal || tallies[tally].unlisted > 0,
            tallies[tally].suppressed > 0
        {
            update(name, &outbox)
        }
        tallies[tally].updated = watermark
        wheel.takeDown(name, &groups)
        hang(name)
    }

    /// A leap of more than a turn of the wheel: everything that is due, in one list.
    private mutating func turn(to target: Int64, _ outbox: inout Outbox) {
        var list: UInt32 = 0
        var later: UInt32 = 0
        for part in 0 ..< TimerWheel.slotCount {
            var rest = wheel.takeList(ofPart: part)
            while rest != 0 {
                let name = rest
                rest = groups[name].next
                groups[name].due = due(groups[name]).time
                if groups[name].due <= watermark {
                    groups[name].next = list
                    list = name
                } else {
                    groups[name].next = later
                    later = name
                }
            }
        }
        wheel.cursor = target
        var current: UInt32 = 0
        while later != 0 {
            let name = later
            later = groups[name].next
            if TimerWheel.part(of: groups[name].due) == target {
                groups[name].next = current
                current = name
            } else {
                wheel.hang(name, &groups)
            }
        }
        wheel.setList(GroupSorting.sort(current, &groups), ofPart: target, &groups)
        var sorted = GroupSorting.sort(list, &groups)
        while sorted != 0 {
            let name = sorted
            sorted = groups[name].next
            // Before everything else of the part under way, and taken from it at once.
            wheel.hang(name, &groups)
            fire(name, closes: due(groups[name]).closes, &outbox)
        }
    }

    private mutating func close(_ name: UInt32, _ outbox: inout Outbox) {
        let tally = groups[name].tally
        if tally != 0, tallies[tally].suppressed > 0 {
            outbox.add(.summary(summary(name, .close, outbox)), followsAlert: false)
            counts.summaries += 1
        }
        counts.closedGroups += 1
        remove(name)
    }

    mutating func update(_ name: UInt32, _ outbox: inout Outbox) {
        let tally = groups[name].tally
        let record = summary(name, .update, outbox)
        if tallies[tally].unlisted > 0 { tallies[tally].listed = max(groups[name].clock, watermark) }
        removeLines(of: tally)
        tallies[tally].revision &+= 1
        tallies[tally].updatedTotal = tallies[tally].total
        outbox.add(.summary(record), followsAlert: false)
        counts.updates += 1
    }

    private func summary(_ name: UInt32, _ state: RecordState, _ outbox: borrowing Outbox) -> GroupSummary {
        let group = groups[name]
        let tally = tallies[group.tally]
        var lines: [String] = []
        var line = tally.lineHead
        while line != 0 {
            lines.append(String(decoding: arena.text(line), as: UTF8.self))
            line = arena.next(line)
        }
        return GroupSummary(
            group: group.subject, opened: EventTime(nanoseconds: tally.opened), state: state,
            revision: Int(tally.revision) + 1, fields: CanonicalKey.fields(of: arena.text(group.key)),
            total: Int(clamping: tally.total), suppressed: Int(clamping: tally.suppressed),
            variants: Int(clamping: tally.variantCount), first: EventTime(nanoseconds: group.first),
            last: EventTime(nanoseconds: group.last), byPriority: (0 ..< 8).map { Int(clamping: tally.counts[$0]) },
            samples: samples(group, tally).map { outbox.id(of: AlertReference(packed: $0)) }, newVariants: lines)
    }

    /// The first three, first alerts of further variants, and the last; each once.
    private func samples(_ group: Group, _ tally: Tally) -> [UInt64] {
        var samples = [group.opener]
        for place in 0 ..< Int(tally.earlyCount) { samples.append(tally.early[place]) }
        for place in 0 ..< Int(tally.variantSampleCount) where !samples.contains(tally.variantSamples[place]) {
            samples.append(tally.variantSamples[place])
        }
        if !samples.contains(tally.lastReference) { samples.append(tally.lastReference) }
        return samples
    }
}
