// SPDX-License-Identifier: Apache-2.0
import AlertModel
import AlertSinks
import Journal
import LockFree
import Logging
import Synchronization

/// The thread of one sink: feeds it in order of output numbers, and keeps its place.
///
/// The journal's lane offers every decided entry after its commit. An offer that finds the ring full is dropped: the lane
/// sees the hole in the numbers and reads what it missed from the journal. So a slow sink costs disk reads, a dead one
/// nothing but disk, and neither delays anyone else.
final class SinkLane: Sendable {
    /// Between two cursors that are handed to the journal while the sink works.
    static let cursorInterval = Duration.milliseconds(100)

    let name: String
    let typeName: String
    /// Goes on after a restart where it stood; otherwise with what comes then.
    let keepsPlace: Bool
    /// What routes call it; nil: every output is its own.
    private let route: String?
    /// How long the first record of a batch may wait for more.
    private let batchWait: Duration
    private let ring = Ring<DecidedEntry>(capacity: 64)
    private let bell = WaitWord()
    private let journalBell: WaitWord
    private let log: Logger
    /// Reads the page that begins with an output number.
    private let readJournal: @Sendable (Int64) throws(JournalError) -> DecidedPage
    private let cursor = Mutex<(latest: SinkCursor?, isNew: Bool)>((nil, false))
    private let failed = Mutex<String?>(nil)
    private let stopping = Atomic<Bool>(false)
    private let reopening = Atomic<Bool>(false)
    let counters = SinkCounters()
    /// What the journal has of the sink's position.
    let stored = StoredCursor()

    /// `routedBacklog`: how many of the outputs from `firstOutput` to `committedEnd` are its own; nil for all of them.
    init(
        name: String, typeName: String, keepsPlace: Bool = true, route: String? = nil, batchWait: Duration = .zero,
        journalBell: WaitWord, log: Logger, firstOutput: Int64, committedEnd: Int64, routedBacklog: Int? = nil,
        readJournal: @escaping @Sendable (Int64) throws(JournalError) -> DecidedPage
    ) {
        self.name = name
        self.typeName = typeName
        self.keepsPlace = keepsPlace
        self.route = route
        self.batchWait = batchWait
        self.journalBell = journalBell
        self.log = log
        self.readJournal = readJournal
        counters.next.set(Int(firstOutput))
        counters.first.set(Int(firstOutput))
        counters.fed.set(Int(firstOutput))
        counters.offeredEnd.set(Int(committedEnd))
        let backlog = Int(committedEnd - firstOutput)
        counters.routed.add(routedBacklog ?? backlog)
        counters.passedBy.add(backlog - (routedBacklog ?? backlog))
    }

    // MARK: The journal's lane

    /// A decided entry whose decision is committed. Never waits.
    func offer(_ entry: DecidedEntry) {
        let (end, count) = (Int(entry.endOutput), entry.routedCount(to: route))
        // A full ring drops the offer: the lane will read it from the journal.
        _ = ring.push(entry)
        // After the push: a lane that sees the new end and an empty ring knows that the ring missed something.
        counters.routed.add(count)
        counters.passedBy.add(entry.outputCount - count)
        counters.offeredEnd.set(end)
        bell.signal()
    }

    /// The newest cursor, once.
    func takeCursor() -> SinkCursor? {
        cursor.withLock { state in
            guard state.isNew, keepsPlace else { return nil }
            state.isNew = false
            return state.latest
        }
    }

    /// A cursor is committed.
    func noteStored(_ cursor: SinkCursor) { stored.note(cursor.position) }

    // MARK: Any thread

    /// Why the sink delivers nothing now; nil when all is well.
    var failure: String? { failed.withLock { $0 } }

    /// Open files anew at the next opportunity.
    func reopen() {
        // Acquire-release exchange in `run` pairs with this release.
        reopening.store(true, ordering: .releasing)
        bell.signal()
    }

    /// No further offers will come: deliver what there is, then end.
    func stop() {
        stopping.store(true, ordering: .releasing)
        bell.signal()
    }

    /// Everything offered is delivered.
    var isCaughtUp: Bool { counters.next.value >= counters.offeredEnd.value }

    // MARK: The lane

    /// The lane's whole life. `isCut` true: end now, whatever is left (the drain limit is over).
    func run(_ sink: any AlertSink, from stored: SinkCursor?, isCut: @escaping @Sendable () -> Bool) {
        var feeding = Feeding(next: Int64(counters.next.value))
        guard retrying(isCut, { () throws(DeliveryError) in try sink.open(at: stored) }) else {
            return end(sink, &feeding)
        }
        while true {
            let ticket = bell.ticket
            if reopening.exchange(false, ordering: .acquiringAndReleasing) {
                guard flush(sink, &feeding, isCut), retrying(isCut, { () throws(DeliveryError) in try sink.reopen() })
                else { break }
            }
            guard feedWaiting(sink, &feeding, isCut) else { break }
            let left = batchWait - (.now - feeding.dirtySince)
            if feeding.isDirty, left > .zero, !stopping.load(ordering: .acquiring), !isCut() {
                bell.wait(for: ticket, timeout: left)
                continue
            }
            if feeding.isDirty || feeding.next != feeding.published {
                guard flush(sink, &feeding, isCut) else { break }
                continue
            }
            if stopping.load(ordering: .acquiring), isCaughtUp { break }
            bell.wait(for: ticket)
        }
        end(sink, &feeding)
    }

    /// Where the lane stands: its own thread only.
    private struct Feeding {
        var next: Int64
        var published: Int64 = -1
        var publishedAt = ContinuousClock.now
        var isDirty = false
        /// When the first of what is not flushed was taken.
        var dirtySince = ContinuousClock.now
        var held: DecidedEntry?
    }

    /// Everything in the ring, and from the journal what the ring missed. False when the sink is at its end.
    private func feedWaiting(_ sink: any AlertSink, _ feeding: inout Feeding, _ isCut: @Sendable () -> Bool) -> Bool {
        while true {
            feeding.held = feeding.held ?? ring.pop()
            guard let entry = feeding.held else {
                // The last offers may have found the ring full: then only the journal has them.
                guard counters.offeredEnd.value > Int(feeding.next), ring.isEmpty else { return true }
                guard catchUp(sink, &feeding, to: Int64(counters.offeredEnd.value), isCut) else { return false }
                continue
            }
            if entry.firstOutput > feeding.next {
                guard catchUp(sink, &feeding, to: entry.firstOutput, isCut) else { return false }
            }
            guard feed(entry, sink, &feeding, isCut) else { return false }
            feeding.held = nil
            if ContinuousClock.now - feeding.publishedAt >= max(Self.cursorInterval, batchWait) {
                guard flush(sink, &feeding, isCut) else { return false }
            }
        }
    }

    private func feed(
        _ entry: DecidedEntry, _ sink: any AlertSink, _ feeding: inout Feeding, _ isCut: @Sendable () -> Bool
    ) -> Bool {
        guard entry.endOutput > feeding.next else { return true }
        let first = feeding.next
        let count = entry.routedCount(to: route, from: first)
        guard
            count == 0 || retrying(isCut, { () throws(DeliveryError) in try sink.write(entry, from: first) })
        else { return false }
        counters.accepted.add(count)
        counters.skipped.add(Int(entry.endOutput - Swift.max(first, entry.firstOutput)) - count)
        feeding.next = entry.endOutput
        counters.fed.set(Int(feeding.next))
        if count > 0 {
            if !feeding.isDirty { feeding.dirtySince = .now }
            feeding.isDirty = true
        }
        if case .alerts(let batch) = entry.content {
            counters.currentUpTo.set(
                Swift.max(counters.currentUpTo.value, Int(batch.alert(at: 0).arrivalTime.nanoseconds)))
        }
        return true
    }

    private func catchUp(
        _ sink: any AlertSink, _ feeding: inout Feeding, to end: Int64, _ isCut: @Sendable () -> Bool
    ) -> Bool {
        while feeding.next < end {
            if isCut() { return false }
            do {
                let page = try readJournal(feeding.next)
                for lost in page.unreadable { log.error("\(lost)") }
                for entry in page.entries {
                    // Damaged entries between readable ones.
                    lose(Int(Swift.max(0, entry.firstOutput - feeding.next)))
                    guard feed(entry, sink, &feeding, isCut) else { return false }
                }
                // A damaged entry is skipped, and so is a hole that retention left: what cannot be read cannot be sent.
                let behind = Swift.max(feeding.next, page.isEmpty ? end : page.nextOutput)
                lose(Int(behind - feeding.next))
                feeding.next = behind
                counters.fed.set(Int(behind))
            } catch {
                log.warning("outputs cannot be read back: \(error)")
                bell.wait(for: bell.ticket, timeout: .seconds(1))
            }
        }
        return true
    }

    /// Outputs that cannot be read back. Whose they were is lost with them: they count as the sink's own as far as it still
    /// waits for any.
    private func lose(_ count: Int) {
        guard count > 0 else { return }
        let waiting = counters.routed.value - counters.accepted.value - counters.lost.value
        let own = Swift.min(count, Swift.max(0, waiting))
        counters.lost.add(own)
        counters.skipped.add(count - own)
    }

    private func flush(_ sink: any AlertSink, _ feeding: inout Feeding, _ isCut: @Sendable () -> Bool) -> Bool {
        guard retrying(isCut, { () throws(DeliveryError) in try sink.flush() }) else { return false }
        feeding.isDirty = false
        for remark in sink.takeRemarks() { log.warning("\(remark)") }
        publish(sink, &feeding)
        return true
    }

    private func publish(_ sink: any AlertSink, _ feeding: inout Feeding) {
        let latest = SinkCursor(nextOutput: feeding.next, position: sink.position)
        cursor.withLock { $0 = (latest, true) }
        counters.delivered.set(counters.accepted.value)
        counters.next.set(Int(feeding.next))
        feeding.published = feeding.next
        feeding.publishedAt = .now
        if isCaughtUp { counters.currentUpTo.set(Int(WallClock.system.now().nanoseconds)) }
        journalBell.signal()
    }

    private func end(_ sink: any AlertSink, _ feeding: inout Feeding) {
        sink.close()
        if feeding.published >= 0 { counters.next.set(Int(feeding.published)) }
    }

    /// Repeats `attempt` until it succeeds; false when the sink gave up or the drain limit is over.
    private func retrying(_ isCut: @Sendable () -> Bool, _ attempt: () throws(DeliveryError) -> Void) -> Bool {
        while true {
            do {
                try attempt()
                if failed.withLock({ failure in
                    defer { failure = nil }; return failure != nil
                }) {
                    log.notice("delivers again")
                }
                return true
            } catch {
                counters.failures.add(1)
                switch error {
                case .reject(let reason):
                    failed.withLock { $0 = reason }
                    log.error("gives up: \(reason)")
                    return false
                case .retry(let pause, let reason):
                    if failed.withLock({ failure in
                        defer { failure = reason }; return failure != reason
                    }) {
                        log.warning("cannot deliver and tries again: \(reason)")
                    }
                    if isCut() { return false }
                    bell.wait(for: bell.ticket, timeout: pause)
                }
            }
        }
    }
}
