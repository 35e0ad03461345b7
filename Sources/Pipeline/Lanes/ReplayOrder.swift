// SPDX-License-Identifier: Apache-2.0
import Journal
import LockFree
import Synchronization

/// Dead letters that one sink is to be sent again, and what became of them. Any thread.
final class ReplayOrder: Sendable {
    /// Letters in one go; the sink's own records come between.
    static let step = 64

    enum Wanted: Sendable {
        /// In order of their numbers.
        case letters([RefusedLetter])
        /// All of the sink's up to this number.
        case through(Int64)
    }

    struct Tally: Hashable, Sendable {
        var arrived = 0
        var refused = 0
        /// Whose records are no longer in the journal.
        var gone = 0
        var isDone = false
    }

    let wanted: Wanted
    private let state = Mutex(Tally())
    private let changed = WaitWord()

    init(_ wanted: Wanted) { self.wanted = wanted }

    /// As far as it is stored.
    var tally: Tally { state.withLock { $0 } }

    func add(_ more: Tally) {
        state.withLock { tally in
            tally.arrived += more.arrived
            tally.refused += more.refused
            tally.gone += more.gone
            tally.isDone = tally.isDone || more.isDone
        }
        changed.signal()
    }

    /// Waits for the end, or for the limit.
    func wait(_ limit: Duration) -> Tally {
        let deadline = ContinuousClock.now + limit
        while true {
            let ticket = changed.ticket
            let now = tally
            let left = deadline - .now
            guard !now.isDone, left > .zero else { return now }
            changed.wait(for: ticket, timeout: left)
        }
    }
}
