// SPDX-License-Identifier: Apache-2.0

/// Records of one size in one flat array of words, with a free list: what groups and recent alerts live in.
///
/// Word 0 of every record holds its place in a `SlabList` (two 32-bit indexes), or the next free record. Grows by
/// doubling; in steady state it gives out what was given back, without allocation.
struct Slab: Sendable {
    let stride: Int
    var words: [UInt64] = []
    private var freeHead = -1
    private(set) var liveCount = 0

    /// `stride` in words, at least 1.
    init(stride: Int) { self.stride = stride }

    /// Bytes of the records in use.
    var liveBytes: Int { liveCount * stride * 8 }

    @inline(__always)
    subscript(index: Int, word: Int) -> UInt64 {
        get { words[index * stride + word] }
        set { words[index * stride + word] = newValue }
    }

    @inline(__always)
    func time(_ index: Int, _ word: Int) -> Int64 { Int64(bitPattern: words[index * stride + word]) }

    @inline(__always)
    mutating func setTime(_ index: Int, _ word: Int, _ time: Int64) {
        words[index * stride + word] = UInt64(bitPattern: time)
    }

    /// A record of zeros.
    mutating func take() -> Int {
        liveCount += 1
        if freeHead >= 0 {
            let index = freeHead
            freeHead = Int(Int64(bitPattern: self[index, 0]))
            for word in 0 ..< stride { self[index, word] = 0 }
            return index
        }
        let index = words.count / stride
        for _ in 0 ..< stride { words.append(0) }
        return index
    }

    mutating func give(_ index: Int) {
        liveCount -= 1
        self[index, 0] = UInt64(bitPattern: Int64(freeHead))
        freeHead = index
    }

    /// Copies words between two slabs.
    @inline(__always)
    mutating func copy(
        _ count: Int, to index: Int, _ word: Int, from other: borrowing Slab, _ source: Int, _ first: Int
    ) {
        let target = index * stride + word
        let origin = source * other.stride + first
        for offset in 0 ..< count { words[target + offset] = other.words[origin + offset] }
    }
}

/// A doubly linked list through word 0 of a slab's records; -1 is no record.
struct SlabList: Sendable {
    private(set) var head = -1
    private(set) var tail = -1

    var isEmpty: Bool { head < 0 }

    init() {}

    init(head: Int, tail: Int) {
        self.head = head
        self.tail = tail
    }

    @inline(__always)
    static func next(_ slab: borrowing Slab, _ index: Int) -> Int { Int(UInt32(slab[index, 0] & 0xffff_ffff)) - 1 }
    @inline(__always)
    static func previous(_ slab: borrowing Slab, _ index: Int) -> Int { Int(UInt32(slab[index, 0] >> 32)) - 1 }

    private static func set(_ slab: inout Slab, _ index: Int, previous: Int, next: Int) {
        slab[index, 0] = UInt64(UInt32(previous + 1)) << 32 | UInt64(UInt32(next + 1))
    }

    mutating func append(_ index: Int, _ slab: inout Slab) { insert(index, after: tail, &slab) }

    /// Puts a record behind another; behind -1: in front of all.
    mutating func insert(_ index: Int, after previous: Int, _ slab: inout Slab) {
        let next = previous < 0 ? head : Self.next(slab, previous)
        Self.set(&slab, index, previous: previous, next: next)
        if previous < 0 {
            head = index
        } else {
            Self.set(&slab, previous, previous: Self.previous(slab, previous), next: index)
        }
        if next < 0 {
            tail = index
        } else {
            Self.set(&slab, next, previous: index, next: Self.next(slab, next))
        }
    }

    mutating func remove(_ index: Int, _ slab: inout Slab) {
        let previous = Self.previous(slab, index)
        let next = Self.next(slab, index)
        if previous < 0 {
            head = next
        } else {
            Self.set(&slab, previous, previous: Self.previous(slab, previous), next: next)
        }
        if next < 0 { tail = previous } else { Self.set(&slab, next, previous: previous, next: Self.next(slab, next)) }
    }
}
