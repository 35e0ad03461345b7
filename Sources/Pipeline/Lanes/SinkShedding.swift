// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Journal

extension SinkFeeder {
    /// Looks at what waits for the sink in the journal, and has what is too much passed over. False when the drain limit
    /// is over.
    func checkBacklog() -> Bool {
        guard lane.route != nil, lane.keepsPlace, !lane.isStopping, .now - checkedAt >= checkPause else { return true }
        let started = ContinuousClock.now
        defer {
            checkedAt = .now
            checkPause = Swift.max(lane.pacing.check, (checkedAt - started) * 10)
        }
        // What the sink has in its hands is past shedding.
        let base = Swift.max(next, handing)
        let end = Int64(lane.counters.offeredEnd.value)
        guard end > base else { return true }
        let (limits, now) = (lane.delivery.backlog, lane.clock.now())
        do {
            ledger.drop(before: base)
            guard try survey(to: end) else { return false }
            if let oldest = ledger.oldestArrival, lane.counters.oldest.value == 0 {
                lane.counters.oldest.set(Int(oldest.nanoseconds))
            }
            guard ledger.isOver(limits, historyBytes: lane.historyBytes, now: now) else { return true }
            if !ledger.isExact {
                ledger = BacklogLedger(from: base)
                guard try survey(to: end) else { return false }
            }
        } catch {
            lane.log.warning("what waits cannot be counted: \(error)")
            return true
        }
        return adopt(ledger.shed(limits, historyBytes: lane.historyBytes, now: now), base: base)
    }

    private func survey(to end: Int64) throws(JournalError) -> Bool {
        while ledger.end < end {
            if isCut() { return false }
            let entries = try lane.journal.backlog(ledger.end ..< end, shed)
            if entries.isEmpty { ledger.reach(end) }
            for entry in entries { ledger.add(entry) }
        }
        return true
    }

    /// Nothing is passed over before it is stored that it will be: every start passes over the same.
    private func adopt(_ shedding: BacklogLedger.Shedding, base: Int64) -> Bool {
        guard !shedding.isEmpty else { return true }
        var proposed = shed
        proposed.add(
            ends: shedding.ends, base: base, last: shedding.last, since: shedding.since, until: shedding.until)
        publish(SinkCursor(nextOutput: cursor.nextOutput, position: cursor.position, shed: proposed))
        guard waitUntilStored(serial) else {
            // A stop came first. What is not counted as shed is not to be stored as shed.
            publish(SinkCursor(nextOutput: cursor.nextOutput, position: cursor.position, shed: shed))
            return !isCut()
        }
        shed = proposed
        let counters = lane.counters
        for (counter, count) in zip(counters.shed, shedding.counts) where count > 0 { counter.add(count) }
        counters.passedBy.add(shedding.count)
        guard shedding.count > 0 else { return true }
        let parts = Priority.allCases.filter { shedding.counts[Int($0.rawValue)] > 0 }.map {
            "\(shedding.counts[Int($0.rawValue)]) \($0.name)"
        }
        lane.log.warning("more waits than `backlog` allows: shed \(parts.joined(separator: ", "))")
        return true
    }
}
