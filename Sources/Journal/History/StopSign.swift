// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// Ends a query early: whoever waits for it raises the sign, from any thread, or its time comes, and the query ends at its
/// next block.
public final class StopSign: Sendable {
    private let raised = Atomic(false)
    private let end: ContinuousClock.Instant?

    /// - Parameter end: when it goes up by itself.
    public init(at end: ContinuousClock.Instant? = nil) { self.end = end }

    /// Its time has come.
    public var isOver: Bool { end.map { .now >= $0 } ?? false }
    // Relaxed: nothing else is told by it.
    public var isRaised: Bool { raised.load(ordering: .relaxed) || isOver }
    public func raise() { raised.store(true, ordering: .relaxed) }
}
