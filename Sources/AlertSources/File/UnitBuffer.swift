// SPDX-License-Identifier: Apache-2.0

/// Bytes that were read and are not yet done with, in one piece of memory that grows with the longest unit.
///
///     | done with | held | room |
@safe
struct UnitBuffer: ~Copyable, @unchecked Sendable {
    private var memory: UnsafeMutableRawBufferPointer
    private var start = 0
    private var end = 0
    private let smallest: Int

    /// `capacity` bytes at first, and again when little is held.
    init(capacity: Int) {
        smallest = max(capacity, 1)
        unsafe memory = .allocate(byteCount: smallest, alignment: 64)
    }

    deinit { unsafe memory.deallocate() }

    var count: Int { end - start }

    var held: Span<UInt8> {
        @_lifetime(borrow self)
        get {
            let bytes = unsafe UnsafeRawBufferPointer(rebasing: memory[start ..< end]).assumingMemoryBound(
                to: UInt8.self)
            return unsafe _overrideLifetime(Span(_unsafeElements: bytes), borrowing: self)
        }
    }

    mutating func consume(_ count: Int) {
        precondition(count >= 0 && count <= self.count)
        start += count
        if start == end { (start, end) = (0, 0) }
    }

    /// Calls `read` with room for at least `least` bytes; it returns how many it wrote there.
    mutating func append(atLeast least: Int, _ read: (UnsafeMutableRawBufferPointer) throws -> Int) rethrows -> Int {
        makeRoom(max(least, 1))
        let count = try unsafe read(UnsafeMutableRawBufferPointer(rebasing: memory[end...]))
        precondition(unsafe count >= 0 && count <= memory.count - end)
        end += count
        return count
    }

    private mutating func makeRoom(_ least: Int) {
        let held = count
        var capacity = unsafe memory.count
        while capacity - held < least { capacity *= 2 }
        // What one huge unit needed is given back.
        if capacity > smallest * 4, held + least <= smallest { capacity = smallest }
        guard unsafe capacity != memory.count || memory.count - end < least else { return }
        if unsafe capacity == memory.count {
            unsafe memory.baseAddress!.copyMemory(from: memory.baseAddress! + start, byteCount: held)
        } else {
            let moved = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 64)
            unsafe moved.copyMemory(from: UnsafeRawBufferPointer(rebasing: memory[start ..< end]))
            unsafe memory.deallocate()
            unsafe memory = moved
        }
        (start, end) = (0, held)
    }
}
