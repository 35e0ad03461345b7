// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// A number that one lane adds to and anyone may read: for metrics and positions.
///
/// Padded, so that two counters never share a cache line.
public final class Counter: Sendable {
    private let front = InlineArray<16, UInt64>(repeating: 0)
    private let cell: Atomic<Int>
    private let back = InlineArray<16, UInt64>(repeating: 0)

    public init(_ value: Int = 0) { cell = Atomic(value) }

    /// Releases: who reads the new value with `value` also sees what was written before the addition.
    public func add(_ amount: Int) { cell.wrappingAdd(amount, ordering: .releasing) }

    /// Releases, as `add`.
    public func set(_ value: Int) { cell.store(value, ordering: .releasing) }

    /// Acquire pairs with the release in `add` and `set`.
    public var value: Int { cell.load(ordering: .acquiring) }
}
