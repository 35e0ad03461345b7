// SPDX-License-Identifier: Apache-2.0
public import AlertModel
public import LockFree
import Synchronization

/// Where a source hands over what it read, and learns what was stored: the line between one source's lane and the
/// journal's.
///
/// The producing side belongs to one thread, the consuming side to the journal lane; what says "any thread" is safe
/// everywhere. Submissions are numbered 1, 2, 3 …; `committed` is the number of the last one that is stored.
public final class SourceIntake: Sendable {
    /// The source's name in the configuration: metric label, gap record, journal column.
    public let name: String
    /// What the source stored with its last committed submission in an earlier run; nil the first time.
    public let storedCheckpoint: [UInt8]?
    /// Rung when submissions were committed or refused, and when the source must stop. The source's lane parks here.
    public let bell = WaitWord()
    /// What happens to submissions while the journal cannot write (disk full).
    public let whenJournalFails: JournalFailurePolicy

    public enum JournalFailurePolicy: Sendable {
        /// They wait; the source stops reading on. For sources that can be slowed: gRPC, files, pipes.
        case wait
        /// They are refused at once, so that an HTTP sender gets its 503.
        case refuse
    }

    private let pool: BatchPool
    private let ring: Ring<IntakeItem>
    private let journalBell: WaitWord
    private let submitted = Counter()
    private let settled = Counter()
    private let stopping = Atomic<Bool>(false)
    /// Called by the journal lane after every settlement, with the outcome: for sources whose waiters are not threads.
    private let onSettled: (@Sendable (IntakeSettlement) -> Void)?
    public let counters = IntakeCounters()

    public init(
        name: String, pool: BatchPool, journalBell: WaitWord, storedCheckpoint: [UInt8]?, capacity: Int = 8,
        whenJournalFails: JournalFailurePolicy = .wait, onSettled: (@Sendable (IntakeSettlement) -> Void)? = nil
    ) {
        self.name = name
        self.pool = pool
        self.journalBell = journalBell
        self.storedCheckpoint = storedCheckpoint
        self.whenJournalFails = whenJournalFails
        self.onSettled = onSettled
        ring = Ring(capacity: capacity)
    }

    // MARK: The source's lane

    /// Memory for the next alerts.
    public func emptyBatch() -> AlertBatchBuilder { pool.take() }

    /// Hands over a batch; `checkpoint` is stored in the same transaction, so that it is never ahead of the alerts nor
    /// behind them. Parks while the ring is full. An empty batch with a checkpoint stores just that.
    @discardableResult
    public func submit(_ batch: consuming AlertBatchBuilder, checkpoint: [UInt8]? = nil) -> Int {
        let sealed = batch.seal()
        counters.received.add(sealed.count + sealed.rejectCount)
        counters.receivedBytes.add(sealed.byteCount)
        return put(.batch(sealed), bytes: sealed.byteCount, checkpoint: checkpoint)
    }

    /// Hands over a gap record. Its `source` must be `name`.
    @discardableResult
    public func submit(_ gap: Gap, checkpoint: [UInt8]? = nil) -> Int {
        precondition(gap.source == name)
        return put(.gap(gap), bytes: 0, checkpoint: checkpoint)
    }

    private func put(_ content: IntakeItem.Content, bytes: Int, checkpoint: [UInt8]?) -> Int {
        let number = submitted.value + 1
        var item = IntakeItem(number: number, content: content, bytes: bytes, checkpoint: checkpoint)
        submitted.set(number)
        while true {
            let ticket = bell.ticket
            guard let refused = ring.push(item) else { break }
            item = refused
            // The journal lane rings after it took items; the time-out only guards against a lane that died.
            bell.wait(for: ticket, timeout: .seconds(1))
        }
        journalBell.signal()
        return number
    }

    /// Parks until submission `number` is settled, the source must stop, or the time is over. True when it is settled.
    public func waitUntilSettled(_ number: Int, timeout: Duration) -> Bool {
        let deadline = ContinuousClock.now + timeout
        while settled.value < number {
            let ticket = bell.ticket
            if settled.value >= number { break }
            let left = deadline - .now
            if left <= .zero { return false }
            bell.wait(for: ticket, timeout: left)
        }
        return true
    }

    // MARK: Any thread

    /// The number of the last submission that was committed (or refused, which only `.refuse` sources see).
    public var settledNumber: Int { settled.value }
    public var submittedNumber: Int { submitted.value }
    /// Bytes handed over and not yet settled: what a crash now could take from a source that cannot resend.
    public var uncommittedBytes: Int { counters.receivedBytes.value - counters.settledBytes.value }

    /// The source must end: stop reading (after its clean leave), submit what it has, return from its lane.
    public var isStopping: Bool { stopping.load(ordering: .acquiring) }

    /// Acquire in `isStopping` pairs with this release: what was set up before the stop is seen after it.
    public func stop() {
        stopping.store(true, ordering: .releasing)
        bell.signal()
    }

    // MARK: The journal's lane

    /// The next submission; nil when there is none now.
    public func next() -> IntakeItem? { ring.pop() }

    /// Says that everything up to and including `item` is stored, or was refused.
    public func settle(_ item: IntakeItem, _ outcome: IntakeSettlement.Outcome) {
        counters.count(item, outcome)
        settled.set(item.number)
        onSettled?(IntakeSettlement(number: item.number, outcome: outcome))
        bell.signal()
    }
}

/// One submission on its way to the journal.
public struct IntakeItem: Sendable {
    public enum Content: Sendable {
        case batch(AlertBatch)
        case gap(Gap)
    }

    public let number: Int
    public let content: Content
    public let bytes: Int
    /// Stored with it; nil leaves the stored one as it is.
    public let checkpoint: [UInt8]?
}

/// What became of a submission.
public struct IntakeSettlement: Sendable {
    public enum Outcome: Sendable { case committed, refused }

    public let number: Int
    public let outcome: Outcome
}
