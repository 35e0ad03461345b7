// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// Ends a query early: whoever waits for it raises the sign, from any thread, and the query ends at its next block.
public final class StopSign: Sendable {
    private let raised = Atomic(false)

    public init() {}

    // Relaxed: nothing else is told by it.
    public var isRaised: Bool { raised.load(ordering: .relaxed) }
    public func raise() { raised.store(true, ordering: .relaxed) }
}
