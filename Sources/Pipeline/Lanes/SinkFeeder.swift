// SPDX-License-Identifier: Apache-2.0
import AlertModel
import AlertSinks
import Journal

/// Feeds one sink in order of output numbers, and keeps its place. The sink's thread only.
///
/// `SinkRetrying` has what happens when a call fails, `SinkShedding` what happens when too much waits, `SinkReplaying` how
/// dead letters are sent again.
final class SinkFeeder {
    /// Between two cursors that are handed to the journal while the sink works.
    static let cursorInterval = Duration.milliseconds(100)
    /// Refused records that wait for the journal to store them; the sink waits when there are more.
    static let unstoredLimit = 4_096

    let lane: SinkLane
    let sink: any AlertSink
    let isCut: @Sendable () -> Bool
    private let stored: SinkCursor?

    /// The first output that was not handed to the sink.
    var next: Int64
    /// While the sink is handed an entry: behind its last output.
    var handing: Int64 = 0
    /// What was published last; after a crash the sink goes on there.
    private(set) var cursor: SinkCursor
    private(set) var serial = 0
    private var hasFlushed = false
    private var publishedAt = ContinuousClock.now
    /// Refused records that are published, and the serial they went with.
    private var unstored: (count: Int, serial: Int) = (0, 0)
    /// Something was taken since the last flush; the first of it then.
    private var isDirty = false
    private var dirtySince = ContinuousClock.now
    private var held: DecidedEntry?
    /// A reopening that came while a call was being repeated.
    var mustReopen = false

    /// What is passed over: stored already.
    var shed: ShedOutputs
    var ledger: BacklogLedger
    var checkedAt = ContinuousClock.now
    var checkPause: Duration
    /// Of the call being made or repeated.
    var callBegan = ContinuousClock.now
    /// Of the order being worked on: the number of the last letter sent.
    var replayedThrough: Int64 = 0

    init(_ lane: SinkLane, _ sink: any AlertSink, from stored: SinkCursor?, isCut: @escaping @Sendable () -> Bool) {
        self.lane = lane
        self.sink = sink
        self.isCut = isCut
        self.stored = stored
        next = Int64(lane.counters.next.value)
        cursor = stored ?? SinkCursor(nextOutput: next)
        shed = cursor.shed
        ledger = BacklogLedger(from: next)
        checkPause = lane.pacing.check
        checkedAt -= checkPause
    }

    func run() {
        // A sink that was never open has a place all the same: what is decided from here on waits for it.
        if stored == nil { publish(cursor) }
        sink.whileWaiting { [weak self] in self?.lookWhileWaiting() ?? false }
        guard attempt(givingUp: false, { () throws(DeliveryError) in try sink.open(at: stored) }) else { return end() }
        while true {
            let ticket = lane.bell.ticket
            if mustReopen || lane.isReopening {
                mustReopen = false
                _ = lane.takeReopening()
                guard flush(), attempt(givingUp: false, { () throws(DeliveryError) in try sink.reopen() }) else {
                    break
                }
            }
            guard feedWaiting() else { break }
            let left = lane.delivery.batch.wait - (.now - dirtySince)
            if isDirty, left > .zero, !lane.isStopping, !isCut() {
                lane.bell.wait(for: ticket, timeout: left)
                continue
            }
            if isDirty || !hasFlushed || next != cursor.nextOutput || lane.order != nil && !lane.isStopping {
                guard flush() else { break }
                continue
            }
            if lane.isStopping, lane.isCaughtUp { break }
            lane.bell.wait(for: ticket)
        }
        end()
    }

    /// Everything in the ring, and from the journal what the ring missed. False when the sink is at its end.
    private func feedWaiting() -> Bool {
        while true {
            held = held ?? lane.nextOffer()
            guard let entry = held else {
                // The last offers may have found the ring full: then only the journal has them.
                guard lane.counters.offeredEnd.value > Int(next), lane.hasNoOffers else { return true }
                guard catchUp(to: Int64(lane.counters.offeredEnd.value)) else { return false }
                continue
            }
            if entry.firstOutput > next {
                guard catchUp(to: entry.firstOutput) else { return false }
            }
            guard feed(entry) else { return false }
            held = nil
            guard flushWhenDue() else { return false }
        }
    }

    private func flushWhenDue() -> Bool {
        guard .now - publishedAt >= Swift.max(Self.cursorInterval, lane.delivery.batch.wait) else { return true }
        return flush()
    }

    /// Hands the sink what is its own of the entry.
    private func feed(_ entry: DecidedEntry) -> Bool {
        guard entry.endOutput > next else { return true }
        guard let route = lane.route, next < shed.end else { return hand(entry) }
        while let gap = shed.gap(from: next), gap.output < entry.endOutput {
            // Looked for anew after every call: more may have been shed meanwhile.
            let isHanded =
                gap.output > next
                ? hand(entry.without(shed, for: route, before: gap.output))
                : handGap(gap.output, gap.since, gap.until)
            guard isHanded else { return false }
        }
        return next >= entry.endOutput || hand(entry.without(shed, for: route))
    }

    private func hand(_ entry: DecidedEntry) -> Bool {
        let first = next
        let count = entry.routedCount(to: lane.route, from: first)
        handing = entry.endOutput
        defer { handing = 0 }
        if count > 0 {
            if !isDirty { lane.counters.oldest.set(Int(entry.arrival.nanoseconds)) }
            guard attempt({ () throws(DeliveryError) in try sink.write(entry, from: first) }) else { return false }
        }
        lane.counters.accepted.add(count)
        lane.counters.skipped.add(Int(entry.endOutput - Swift.max(first, entry.firstOutput)) - count)
        reach(entry.endOutput, isDirtied: count > 0)
        return true
    }

    /// The gap record stands in the place of an output that was shed.
    private func handGap(_ output: Int64, _ since: EventTime, _ until: EventTime) -> Bool {
        let gap = Gap(source: lane.name, from: since, to: until, reason: .backlog)
        let entry = DecidedEntry.gap(gap, at: output, installation: lane.journal.installation)
        next = output
        handing = entry.endOutput
        defer { handing = 0 }
        guard attempt({ () throws(DeliveryError) in try sink.write(entry, from: output) }) else { return false }
        lane.counters.skipped.add(1)
        reach(output + 1, isDirtied: true)
        return true
    }

    private func reach(_ output: Int64, isDirtied: Bool) {
        next = output
        lane.counters.fed.set(Int(output))
        guard isDirtied else { return }
        if !isDirty { dirtySince = .now }
        isDirty = true
    }

    private func catchUp(to end: Int64) -> Bool {
        while next < end {
            if isCut() { return false }
            guard checkBacklog(), passOverShed(before: end) else { return false }
            guard next < end else { break }
            do {
                let page = try lane.journal.page(next)
                for lost in page.unreadable { lane.log.error("\(lost)") }
                for entry in page.entries {
                    // Damaged entries between readable ones.
                    lose(Int(Swift.max(0, entry.firstOutput - next)))
                    next = Swift.max(next, entry.firstOutput)
                    guard feed(entry), flushWhenDue() else { return false }
                }
                // A damaged entry is skipped, and so is a hole that retention left: what cannot be read cannot be sent.
                let behind = Swift.max(next, page.isEmpty ? end : page.nextOutput)
                lose(Int(behind - next))
                reach(behind, isDirtied: false)
            } catch {
                lane.log.warning("outputs cannot be read back: \(error)")
                lane.bell.wait(for: lane.bell.ticket, timeout: .seconds(1))
            }
        }
        return true
    }

    /// Where nothing of a stretch is left to be sent, nothing of it is read.
    private func passOverShed(before end: Int64) -> Bool {
        while next < end, let floor = shed.floor(from: next) {
            if let gap = shed.gap(from: next), gap.output < floor {
                lane.counters.skipped.add(Int(gap.output - next))
                guard handGap(gap.output, gap.since, gap.until) else { return false }
            } else {
                lane.counters.skipped.add(Int(floor - next))
                reach(floor, isDirtied: false)
            }
        }
        return true
    }

    /// Outputs that cannot be read back. Whose they were is lost with them: they count as the sink's own as far as it still
    /// waits for any.
    private func lose(_ count: Int) {
        guard count > 0 else { return }
        let counters = lane.counters
        let waiting = counters.routed.value - counters.accepted.value - counters.lost.value - counters.shedTotal
        let own = Swift.min(count, Swift.max(0, waiting))
        counters.lost.add(own)
        counters.skipped.add(count - own)
    }

    // MARK: Places

    /// Hands over what was taken, has the place stored, and sends dead letters again where somebody wants it. False when
    /// the sink is at its end.
    func flush() -> Bool {
        guard attempt({ () throws(DeliveryError) in try sink.flush() }) else { return false }
        isDirty = false
        hasFlushed = true
        for remark in sink.takeRemarks() { lane.log.warning("\(remark)") }
        let refused = sink.hasDeadLetters ? sink.takeRefused() : []
        let counters = lane.counters
        counters.refused.add(refused.count)
        counters.delivered.set(counters.accepted.value - counters.refused.value)
        counters.next.set(Int(next))
        shed.forget(before: next)
        publish(SinkCursor(nextOutput: next, position: sink.position, shed: shed), refused: refused)
        if lane.isCaughtUp { counters.oldest.set(0) }
        return waitForRoom() && replay()
    }

    func publish(_ cursor: SinkCursor, refused: [RefusedOutput] = [], replayed: [Int64] = []) {
        serial += 1
        self.cursor = cursor
        publishedAt = .now
        if !refused.isEmpty {
            unstored = (lane.storedSerial >= unstored.serial ? refused.count : unstored.count + refused.count, serial)
        }
        lane.publish(SinkProgress(cursor: cursor, refused: refused, replayed: replayed, serial: serial))
    }

    /// The journal may be unable to write while a destination refuses everything.
    private func waitForRoom() -> Bool {
        unstored.count <= Self.unstoredLimit || !lane.keepsPlace || waitUntilStored(unstored.serial) || !isCut()
    }

    /// False when a stop came first: what was published is then stored at the end.
    func waitUntilStored(_ serial: Int) -> Bool {
        while true {
            let ticket = lane.bell.ticket
            if lane.storedSerial >= serial { return true }
            if lane.isStopping || isCut() { return false }
            lane.bell.wait(for: ticket, timeout: .seconds(1))
        }
    }

    private func end() {
        sink.close()
        while let order = lane.order {
            lane.finishOrder()
            order.add(ReplayOrder.Tally(isDone: true))
        }
    }
}
