// SPDX-License-Identifier: Apache-2.0

/// SipHash-1-3 with a 128-bit result (Aumasson, Bernstein: "SipHash: a fast short-input PRF"; one round a word and three at
/// the end, as the tables of Rust and Swift have it), fed word by word.
///
/// Keyed by the installation's secret: who controls a command line but not the key cannot make two alerts collide.
/// Everything takes whole words of eight bytes, so nothing is shifted together; a text takes its length first, or its
/// caller has told it. A text and a number that give the same words are not told
/// apart here.
public struct KeyedHasher: Sendable {
    @usableFromInline var v0: UInt64
    @usableFromInline var v1: UInt64
    @usableFromInline var v2: UInt64
    @usableFromInline var v3: UInt64
    @usableFromInline var wordCount: UInt64 = 0

    @inlinable
    public init(key: HashKey) {
        v0 = key.low ^ 0x736f_6d65_7073_6575
        v1 = key.high ^ 0x646f_7261_6e64_6f6d ^ 0xee
        v2 = key.low ^ 0x6c79_6765_6e65_7261
        v3 = key.high ^ 0x7465_6462_7974_6573
    }

    @inlinable
    public mutating func combine(byte: UInt8) { combine(UInt64(byte)) }

    @inlinable @inline(__always)
    public mutating func combine(_ word: UInt64) {
        var (a, b, c, d) = (v0, v1, v2, v3 ^ word)
        Self.round(&a, &b, &c, &d)
        (v0, v1, v2, v3) = (a ^ word, b, c, d)
        wordCount &+= 1
    }

    /// A text, its length first.
    @inlinable @inline(__always)
    public mutating func combine(_ bytes: Span<UInt8>) {
        combine(UInt64(bytes.count))
        combine(padded: bytes)
    }

    /// The bytes, filled up with zeros to whole words. The caller has told the length before.
    public mutating func combine(padded bytes: Span<UInt8>) {
        if bytes.count >= Self.folded { return combine(folded: bytes) }
        var (a, b, c, d) = (v0, v1, v2, v3)
        let count = bytes.count
        let raw = unsafe bytes.bytes
        var place = 0
        // Every load ends within `count`.
        while count &- place >= 8 {
            let word = unsafe raw.unsafeLoadUnaligned(fromByteOffset: place, as: UInt64.self)
            d ^= word
            Self.round(&a, &b, &c, &d)
            a ^= word
            place &+= 8
        }
        if place < count {
            let word = bytes.lastWord
            d ^= word
            Self.round(&a, &b, &c, &d)
            a ^= word
        }
        (v0, v1, v2, v3) = (a, b, c, d)
        wordCount &+= UInt64(truncatingIfNeeded: (count &+ 7) / 8)
    }

    /// From this length on a text is folded first, in bytes.
    @usableFromInline static let folded = 48

    /// A long text as two words: two chains of folded multiplications (as in wyhash; Wang Yi, public domain), which begin
    /// with what the state is here, so with four words that nobody knows who does not know the key.
    private mutating func combine(folded bytes: Span<UInt8>) {
        let (count, raw) = unsafe (bytes.count, bytes.bytes)
        let (first, second) = (v0 ^ v2, v1 &+ v3)
        var (left, right) = (v1, v3)
        var place = 0
        // Every load ends within `count`; the last two may read bytes a second time.
        while count &- place > 16 {
            let one = unsafe raw.unsafeLoadUnaligned(fromByteOffset: place, as: UInt64.self)
            let other = unsafe raw.unsafeLoadUnaligned(fromByteOffset: place &+ 8, as: UInt64.self)
            left = Self.fold(one ^ first, other ^ left)
            right = Self.fold(one ^ right, other ^ second)
            place &+= 16
        }
        let one = unsafe raw.unsafeLoadUnaligned(fromByteOffset: count &- 16, as: UInt64.self)
        let other = unsafe raw.unsafeLoadUnaligned(fromByteOffset: count &- 8, as: UInt64.self)
        combine(Self.fold(one ^ first, other ^ left))
        combine(Self.fold(one ^ right, other ^ second))
    }

    @inline(__always)
    private static func fold(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let (high, low) = left.multipliedFullWidth(by: right)
        return high ^ low
    }

    /// What `combine` would take of the two texts as one, its length first.
    public mutating func combine(_ first: Span<UInt8>, followedBy second: Span<UInt8>) {
        let whole = first.count + second.count
        combine(UInt64(whole))
        if whole >= Self.folded {
            var bytes: [UInt8] = []
            bytes.reserveCapacity(whole)
            bytes.append(_span: first)
            bytes.append(_span: second)
            return combine(padded: bytes.span)
        }
        var word: UInt64 = 0
        var filled = 0
        for index in 0 ..< first.count + second.count {
            let byte = index < first.count ? first[index] : second[index - first.count]
            word |= UInt64(byte) &<< UInt64(8 * filled)
            filled += 1
            if filled == 8 {
                combine(word)
                (word, filled) = (0, 0)
            }
        }
        if filled > 0 { combine(word) }
    }

    @inlinable
    public consuming func finalize() -> Fingerprint {
        // The length in bytes, as SipHash ends every text.
        combine(wordCount &<< 59)
        var (a, b, c, d) = (v0, v1, v2 ^ 0xee, v3)
        for _ in 0 ..< 3 { Self.round(&a, &b, &c, &d) }
        let low = a ^ b ^ c ^ d
        b ^= 0xdd
        for _ in 0 ..< 3 { Self.round(&a, &b, &c, &d) }
        return Fingerprint(low: low, high: a ^ b ^ c ^ d)
    }

    @inlinable @inline(__always)
    static func round(_ v0: inout UInt64, _ v1: inout UInt64, _ v2: inout UInt64, _ v3: inout UInt64) {
        v0 &+= v1
        v2 &+= v3
        v1 = rotate(v1, 13) ^ v0
        v3 = rotate(v3, 16) ^ v2
        v0 = rotate(v0, 32)
        v2 &+= v1
        v0 &+= v3
        v1 = rotate(v1, 17) ^ v2
        v3 = rotate(v3, 21) ^ v0
        v2 = rotate(v2, 32)
    }

    @inlinable @inline(__always)
    static func rotate(_ word: UInt64, _ count: UInt64) -> UInt64 { word &<< count | word &>> (64 &- count) }
}

extension Span where Element == UInt8 {
    /// What is left over beyond whole words of eight, with zeros above.
    @inline(__always)
    fileprivate var lastWord: UInt64 {
        let raw = unsafe bytes
        let left = count & 7
        if count >= 8 {
            let word = unsafe raw.unsafeLoadUnaligned(fromByteOffset: count &- 8, as: UInt64.self)
            return word &>> UInt64(8 &* (8 &- left))
        }
        if count >= 4 {
            // Two halves that overlap.
            let first = unsafe raw.unsafeLoadUnaligned(fromByteOffset: 0, as: UInt32.self)
            let last = unsafe raw.unsafeLoadUnaligned(fromByteOffset: count &- 4, as: UInt32.self)
            return UInt64(first) | UInt64(last) &<< UInt64(8 &* (count &- 4))
        }
        guard count > 0 else { return 0 }
        let middle = count / 2
        return UInt64(self[0]) | UInt64(self[middle]) &<< UInt64(8 &* middle)
            | UInt64(self[count &- 1]) &<< UInt64(8 &* (count &- 1))
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
