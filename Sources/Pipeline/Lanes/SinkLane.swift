// SPDX-License-Identifier: Apache-2.0
import AlertModel
import AlertSinks
import Journal
import LockFree
import Logging
import Synchronization

/// The thread of one sink, as others see it: `SinkFeeder` is what it does.
///
/// The journal's lane offers every decided entry after its commit. An offer that finds the ring full is dropped: the lane
/// sees the hole in the numbers and reads what it missed from the journal. So a slow sink costs disk reads, a dead one
/// nothing but disk, and neither delays anyone else.
final class SinkLane: Sendable {
    /// Orders to send dead letters again that wait for their turn.
    static let orderLimit = 64

    let name: String
    let typeName: String
    /// Goes on after a restart where it stood; otherwise with what comes then.
    let keepsPlace: Bool
    /// What routes call it; nil: every output is its own.
    let route: String?
    let delivery: DeliveryKeys
    /// What the journal keeps anyway: only beyond it does what waits for this sink cost disk.
    let historyBytes: Int
    let journal: SinkJournal
    let clock: WallClock
    let pacing: Pacing
    /// 0 … 1, for the pauses between tries.
    let chance: @Sendable () -> Double
    let log: Logger
    let bell = WaitWord()
    let counters = SinkCounters()
    private let tally = Mutex<(any SinkTally)?>(nil)
    private let ring = Ring<DecidedEntry>(capacity: 64)
    private let journalBell: WaitWord
    private let outbox = Mutex<Outbox>(Outbox())
    private let current = Mutex<SinkState>(.delivering)
    private let orders = Mutex<[ReplayOrder]>([])
    private let stopping = Atomic<Bool>(false)
    private let reopening = Atomic<Bool>(false)
    private let storedThrough = Atomic<Int>(0)
    /// What the journal has of the sink's position.
    let stored = StoredCursor()

    /// How often the lane looks beyond its next call.
    struct Pacing: Sendable {
        /// Between two looks at what waits; a look that takes long is made seldom.
        var check = Duration.seconds(1)
        /// What fails for longer lets go of the entries in its ring, which the journal has as well: a dead sink costs no
        /// memory.
        var patience = Duration.seconds(2)
    }

    private struct Outbox {
        var waiting: SinkProgress?
    }

    /// `routedBacklog`: how many of the outputs from `firstOutput` to `committedEnd` are its own and not shed; nil for all.
    init(
        name: String, typeName: String, keepsPlace: Bool = true, route: String? = nil,
        delivery: DeliveryKeys = DeliveryKeys(), historyBytes: Int = 0, journal: SinkJournal, journalBell: WaitWord,
        clock: WallClock = .system, pacing: Pacing = Pacing(),
        chance: @escaping @Sendable () -> Double = { .random(in: 0 ... 1) }, log: Logger,
        firstOutput: Int64, committedEnd: Int64, routedBacklog: Int? = nil
    ) {
        self.name = name
        self.typeName = typeName
        self.keepsPlace = keepsPlace
        self.route = route
        self.delivery = delivery
        self.historyBytes = historyBytes
        self.journal = journal
        self.journalBell = journalBell
        self.clock = clock
        self.pacing = pacing
        self.chance = chance
        self.log = log
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

    /// What is to be stored, once.
    func takeProgress() -> SinkProgress? {
        guard keepsPlace else { return nil }
        return outbox.withLock { outbox in
            defer { outbox.waiting = nil }
            return outbox.waiting
        }
    }

    /// This progress is committed, and all before it.
    func noteStored(_ progress: SinkProgress) {
        stored.note(progress.cursor.position)
        // Release pairs with the acquire in `storedSerial`.
        storedThrough.store(progress.serial, ordering: .releasing)
        bell.signal()
    }

    // MARK: Any thread

    var state: SinkState { current.withLock { $0 } }

    /// What only sinks of this kind count; nothing before the lane runs.
    var ownCounts: [(count: SinkCount, value: Int)] { tally.withLock { $0 }?.counts ?? [] }

    /// Why the sink delivers nothing now; nil when all is well.
    var failure: String? {
        switch state {
        case .delivering: nil
        case .retrying(let reason, _), .failed(let reason): reason
        }
    }

    /// Open files anew at the next opportunity.
    func reopen() {
        // Release pairs with the exchange in `takeReopening`.
        reopening.store(true, ordering: .releasing)
        bell.signal()
    }

    /// No further offers will come: deliver what there is, then end.
    func stop() {
        stopping.store(true, ordering: .releasing)
        bell.signal()
    }

    /// Send dead letters again, behind the orders before. False: too many wait already, or the sink has ended.
    func replay(_ order: ReplayOrder) -> Bool {
        if case .failed = state { return false }
        let isTaken = orders.withLock { orders in
            guard orders.count < Self.orderLimit else { return false }
            orders.append(order)
            return true
        }
        bell.signal()
        return isTaken
    }

    /// Everything offered is delivered.
    var isCaughtUp: Bool { counters.next.value >= counters.offeredEnd.value }

    // MARK: The lane

    /// The lane's whole life. `isCut` true: end now, whatever is left (the drain limit is over).
    func run(_ sink: any AlertSink, from stored: SinkCursor?, isCut: @escaping @Sendable () -> Bool) {
        tally.withLock { [own = sink.tally] in $0 = own }
        SinkFeeder(self, sink, from: stored, isCut: isCut).run()
    }

    var isStopping: Bool { stopping.load(ordering: .acquiring) }
    func takeReopening() -> Bool { reopening.exchange(false, ordering: .acquiringAndReleasing) }
    var isReopening: Bool { reopening.load(ordering: .acquiring) }
    // Acquire pairs with the release in `noteStored`.
    var storedSerial: Int { storedThrough.load(ordering: .acquiring) }

    func nextOffer() -> DecidedEntry? { ring.pop() }
    var hasNoOffers: Bool { ring.isEmpty }
    var order: ReplayOrder? { orders.withLock { $0.first } }
    func finishOrder() { orders.withLock { if !$0.isEmpty { $0.removeFirst() } } }

    /// Hands progress to the journal's lane.
    func publish(_ progress: SinkProgress) {
        outbox.withLock { outbox in
            if outbox.waiting == nil { outbox.waiting = progress } else { outbox.waiting?.add(progress) }
        }
        journalBell.signal()
    }

    /// Returns the state before.
    @discardableResult
    func note(_ new: SinkState) -> SinkState {
        current.withLock { state in
            defer { state = new }
            return state
        }
    }
}
