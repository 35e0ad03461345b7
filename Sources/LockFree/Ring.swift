// SPDX-License-Identifier: Apache-2.0
public import Synchronization

/// A bounded queue between exactly one producer thread and one consumer thread, without locks.
///
/// The producer owns `tail` and a cached copy of `head`, the consumer the reverse: in a steady stream each side touches the
/// other's cache line once per lap, not once per element. Elements are moved in and out, never copied.
@safe
public final class Ring<Element: ~Copyable>: @unchecked Sendable {
    @usableFromInline let slots: UnsafeMutablePointer<Element>
    @usableFromInline let mask: Int
    @usableFromInline let producer = Side()
    @usableFromInline let consumer = Side()

    /// One side's own position, and what it last saw of the other's; alone on its cache lines.
    @usableFromInline
    final class Side: @unchecked Sendable {
        @usableFromInline let front = Padding()
        @usableFromInline let position = Atomic<Int>(0)
        /// Touched only by the side's own thread.
        @usableFromInline var seen = 0
        @usableFromInline let back = Padding()
        @usableFromInline init() {}
    }

    @usableFromInline
    struct Padding: Sendable {
        let words: InlineArray<16, UInt64>
        @usableFromInline init() { words = InlineArray(repeating: 0) }
    }

    /// `capacity` is rounded up to a power of two, at least 2.
    public init(capacity: Int) {
        var size = 2
        while size < capacity { size *= 2 }
        mask = size - 1
        unsafe slots = .allocate(capacity: size)
    }

    deinit {
        // No thread is left: what was pushed and never popped dies here.
        var index = consumer.position.load(ordering: .acquiring)
        let end = producer.position.load(ordering: .acquiring)
        while index != end {
            unsafe (slots + (index & mask)).deinitialize(count: 1)
            index += 1
        }
        unsafe slots.deallocate()
    }

    public var capacity: Int { mask + 1 }

    /// Elements inside, as seen from outside: a moment's guess for metrics.
    public var count: Int {
        max(0, producer.position.load(ordering: .relaxed) - consumer.position.load(ordering: .relaxed))
    }

    /// Producer only. Gives the element back when the ring is full.
    @inlinable
    public func push(_ element: consuming Element) -> Element? {
        let tail = producer.position.load(ordering: .relaxed)
        if tail - producer.seen > mask {
            // Acquire pairs with the release in `pop`: the consumer has moved the element out of the slot.
            producer.seen = consumer.position.load(ordering: .acquiring)
            if tail - producer.seen > mask { return element }
        }
        unsafe (slots + (tail & mask)).initialize(to: element)
        // Release pairs with the acquire in `pop`: the slot is written before the consumer may see it.
        producer.position.store(tail + 1, ordering: .releasing)
        return nil
    }

    /// Consumer only. Nil when the ring is empty.
    @inlinable
    public func pop() -> Element? {
        let head = consumer.position.load(ordering: .relaxed)
        if head == consumer.seen {
            // Acquire pairs with the release in `push`: the producer has finished writing the slot.
            consumer.seen = producer.position.load(ordering: .acquiring)
            if head == consumer.seen { return nil }
        }
        let element = unsafe (slots + (head & mask)).move()
        // Release pairs with the acquire in `push`: the slot is empty before the producer may use it again.
        consumer.position.store(head + 1, ordering: .releasing)
        return element
    }

    /// Consumer only.
    @inlinable
    public var isEmpty: Bool {
        consumer.position.load(ordering: .relaxed) == producer.position.load(ordering: .acquiring)
    }
}
