// SPDX-License-Identifier: Apache-2.0
public import AlertModel
public import LockFree
import Synchronization

/// Changes on their way from the control socket into the journal: one thread submits and waits, the journal's lane takes
/// them into a transaction and says what became of it.
///
/// Bounded: what finds it full is refused. A change whose wait is over may be committed all the same; setting or lifting a
/// silence twice does no harm.
public final class ControlMailbox: Sendable {
    /// Changes not yet settled.
    public static let limit = 64

    /// A change with the number by which it is settled.
    public struct Letter: Sendable {
        public let number: UInt64
        public let change: SilenceChange
    }

    /// What became of a change.
    public enum Outcome: Hashable, Sendable {
        /// It is in the journal and will be decided by.
        case committed
        /// The journal could not be written.
        case failed
        /// No word in time.
        case late
        /// `limit` others wait.
        case full
        /// The lane has ended or is about to.
        case closed
    }

    private struct State {
        var waiting: [Letter] = []
        /// Of letters that were submitted and whose outcome nobody has fetched; nil: none yet.
        var outcomes: [UInt64: Outcome?] = [:]
        var nextNumber: UInt64 = 1
        var isClosed = false
    }

    private let state = Mutex(State())
    private let lane: WaitWord
    /// The submitting thread waits on it.
    private let settled = WaitWord()

    /// - Parameter lane: what the journal's lane parks on.
    public init(lane: WaitWord) { self.lane = lane }

    /// The control socket's thread: hands in a change and waits for its transaction.
    public func submit(_ change: SilenceChange, timeout: Duration) -> Outcome {
        let handedIn: (number: UInt64, refusal: Outcome?) = state.withLock { state in
            if state.isClosed { return (0, .closed) }
            guard state.outcomes.count < Self.limit else { return (0, .full) }
            let number = state.nextNumber
            state.nextNumber += 1
            state.waiting.append(Letter(number: number, change: change))
            state.outcomes[number] = .some(nil)
            return (number, nil)
        }
        if let refusal = handedIn.refusal { return refusal }
        lane.signal()
        let deadline = ContinuousClock.now + timeout
        while true {
            let ticket = settled.ticket
            if let outcome = fetch(handedIn.number) { return outcome }
            let left = deadline - .now
            guard left > .zero else {
                // What is still waiting is taken back; what is under way may yet be committed.
                return state.withLock { state in
                    state.waiting.removeAll { $0.number == handedIn.number }
                    return (state.outcomes.removeValue(forKey: handedIn.number) ?? nil) ?? .late
                }
            }
            settled.wait(for: ticket, timeout: left)
        }
    }

    private func fetch(_ number: UInt64) -> Outcome? {
        state.withLock { state in
            guard case .some(.some(let outcome)) = state.outcomes[number] else { return nil }
            state.outcomes[number] = nil
            return outcome
        }
    }

    /// The journal's lane: what waits, each given out once. Empty most of the time.
    public func take() -> [Letter] {
        state.withLock { state in
            guard !state.waiting.isEmpty else { return [] }
            defer { state.waiting.removeAll() }
            return state.waiting
        }
    }

    /// The journal's lane: the transaction with these letters is over.
    public func settle(_ letters: [Letter], _ outcome: Outcome) {
        guard !letters.isEmpty else { return }
        state.withLock { state in
            // One whose sender has stopped waiting has no entry any more.
            for letter in letters where state.outcomes[letter.number] != nil {
                state.outcomes[letter.number] = .some(outcome)
            }
        }
        settled.signal()
    }

    /// The journal's lane, at its end: nothing more is taken. Idempotent.
    public func close() {
        state.withLock { state in
            state.isClosed = true
            state.waiting.removeAll()
            for (number, outcome) in state.outcomes where outcome == nil { state.outcomes[number] = .some(.closed) }
        }
        settled.signal()
    }
}
