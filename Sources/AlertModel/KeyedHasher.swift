// SPDX-License-Identifier: Apache-2.0

/// SipHash-2-4 with a 128-bit result (Aumasson, Bernstein: "SipHash: a fast short-input PRF"), fed piece by piece.
///
/// Keyed by the installation's secret: who controls a command line but not the key cannot make two alerts collide.
/// Takes eight bytes at a time wherever a piece begins at a multiple of eight. Pieces are not delimited here; callers
/// prefix lengths.
public struct KeyedHasher: Sendable {
    @usableFromInline var v0: UInt64
    @usableFromInline var v1: UInt64
    @usableFromInline var v2: UInt64
    @usableFromInline var v3: UInt64
    @usableFromInline var tail: UInt64 = 0
    @usableFromInline var byteCount = 0

    @inlinable
    public init(key: HashKey) {
        v0 = key.low ^ 0x736f_6d65_7073_6575
        v1 = key.high ^ 0x646f_7261_6e64_6f6d ^ 0xee
        v2 = key.low ^ 0x6c79_6765_6e65_7261
        v3 = key.high ^ 0x7465_6462_7974_6573
    }

    @inlinable
    public mutating func combine(byte: UInt8) {
        tail |= UInt64(byte) << UInt64(8 * (byteCount & 7))
        byteCount &+= 1
        if byteCount & 7 == 0 { absorbTail() }
    }

    @inlinable @inline(__always)
    public mutating func combine(_ word: UInt64) {
        let shift = UInt64(8 * (byteCount & 7))
        byteCount &+= 8
        if shift == 0 { return absorb(word) }
        absorb(tail | word &<< shift)
        tail = word &>> (64 &- shift)
    }

    @inlinable
    public mutating func combine(_ bytes: Span<UInt8>) {
        let words = bytes.count / 8
        for index in 0 ..< words { combine(bytes.word(at: index &* 8)) }
        for index in words &* 8 ..< bytes.count { combine(byte: bytes[index]) }
    }

    @inlinable @inline(__always)
    public mutating func combine(half: UInt32) {
        let shift = UInt64(8 * (byteCount & 7))
        byteCount &+= 4
        tail |= UInt64(half) &<< shift
        guard shift >= 32 else { return }
        absorb(tail)
        // Nothing is left over of a half that began in the middle of a word.
        tail = shift == 32 ? 0 : UInt64(half) &>> (64 &- shift)
    }

    /// The bytes, filled up with zeros to a multiple of four: what follows begins at half a word again. The caller has
    /// told the length before.
    @inlinable @inline(__always)
    public mutating func combine(padded bytes: Span<UInt8>) {
        let words = bytes.count / 8
        for index in 0 ..< words { combine(bytes.word(at: index &* 8)) }
        let left = bytes.count & 7
        if left > 4 {
            combine(bytes.lastWord)
        } else if left > 0 {
            combine(half: UInt32(truncatingIfNeeded: bytes.lastWord))
        }
    }

    @inlinable
    public consuming func finalize() -> Fingerprint {
        tail |= UInt64(truncatingIfNeeded: byteCount) << 56
        absorbTail()
        v2 ^= 0xee
        for _ in 0 ..< 4 { round() }
        let low = v0 ^ v1 ^ v2 ^ v3
        v1 ^= 0xdd
        for _ in 0 ..< 4 { round() }
        return Fingerprint(low: low, high: v0 ^ v1 ^ v2 ^ v3)
    }

    @inlinable
    mutating func absorbTail() {
        absorb(tail)
        tail = 0
    }

    @inlinable @inline(__always)
    mutating func absorb(_ word: UInt64) {
        v3 ^= word
        round()
        round()
        v0 ^= word
    }

    @inlinable @inline(__always)
    mutating func round() {
        v0 &+= v1
        v2 &+= v3
        v1 = Self.rotate(v1, 13) ^ v0
        v3 = Self.rotate(v3, 16) ^ v2
        v0 = Self.rotate(v0, 32)
        v2 &+= v1
        v0 &+= v3
        v1 = Self.rotate(v1, 17) ^ v2
        v3 = Self.rotate(v3, 21) ^ v0
        v2 = Self.rotate(v2, 32)
    }

    @inlinable @inline(__always)
    static func rotate(_ word: UInt64, _ count: UInt64) -> UInt64 { word &<< count | word &>> (64 &- count) }
}

extension Span where Element == UInt8 {
    /// Eight bytes, the first in the lowest place.
    @inlinable @inline(__always)
    func word(at place: Int) -> UInt64 {
        precondition(place >= 0 && place <= count &- 8)
        return unsafe UInt64(littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: place, as: UInt64.self))
    }

    /// What is left over beyond whole words of eight, with zeros above.
    @inlinable @inline(__always)
    var lastWord: UInt64 {
        let left = count & 7
        if count >= 8 { return word(at: count &- 8) &>> UInt64(8 &* (8 &- left)) }
        var word: UInt64 = 0
        for index in 0 ..< left { word |= UInt64(self[index]) &<< UInt64(8 &* index) }
        return word
    }
}

/// The installation's secret. It only places entries in tables: no id, order or output depends on it.
public struct HashKey: Hashable, Sendable {
    public let low: UInt64
    public let high: UInt64

    @inlinable
    public init(low: UInt64, high: UInt64) {
        self.low = low
        self.high = high
    }
}

/// What makes two alerts the same to deduplication, as a keyed 128-bit hash.
public struct Fingerprint: Hashable, Sendable {
    public let low: UInt64
    public let high: UInt64

    @inlinable
    public init(low: UInt64, high: UInt64) {
        self.low = low
        self.high = high
    }
}
