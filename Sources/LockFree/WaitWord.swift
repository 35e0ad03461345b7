// SPDX-License-Identifier: Apache-2.0
internal import CWait

/// What an idle lane parks on: any thread signals, one lane waits.
///
/// Use: take a `ticket`, look at all inputs once more, and only then `wait(for:)` with it: a signal between the two makes
/// the wait return at once, so no wake-up is lost.
@safe
public final class WaitWord: @unchecked Sendable {
    private let word: OpaquePointer

    public init() { unsafe word = cwait_create() }
    deinit { unsafe cwait_destroy(word) }

    public var ticket: UInt32 { unsafe cwait_ticket(word) }

    /// Wakes the waiting lane. Costs an atomic addition when nobody waits.
    public func signal() { unsafe cwait_signal(word) }

    /// Spins a little, yields nothing, then sleeps until a signal after `ticket` or the end of `timeout` (nil: for ever).
    /// Returns false when the time was over. May return early without a reason.
    @discardableResult
    public func wait(for ticket: UInt32, timeout: Duration? = nil, spins: Int = 50) -> Bool {
        for _ in 0 ..< spins {
            if self.ticket != ticket { return true }
            cwait_relax()
        }
        guard let timeout else { return unsafe cwait_sleep(word, ticket, -1) }
        let (seconds, attoseconds) = timeout.components
        let limit = min(max(seconds, 0), 86_400) * 1_000_000_000 + max(attoseconds, 0) / 1_000_000_000
        return unsafe cwait_sleep(word, ticket, limit)
    }
}
