// SPDX-License-Identifier: Apache-2.0

/// SipHash-2-4 with a 128-bit result (Aumasson, Bernstein: "SipHash: a fast short-input PRF"), fed piece by piece.
///
/// Keyed by the installation's secret: who controls a command line but not the key cannot make two alerts collide.
/// Pieces are not delimited here; callers prefix lengths.
public struct KeyedHasher: Sendable {
    private var v0: UInt64
    private var v1: UInt64
    private var v2: UInt64
    private var v3: UInt64
    private var tail: UInt64 = 0
    private var byteCount = 0

    public init(key: HashKey) {
        v0 = key.low ^ 0x736f_6d65_7073_6575
        v1 = key.high ^ 0x646f_7261_6e64_6f6d ^ 0xee
        v2 = key.low ^ 0x6c79_6765_6e65_7261
        v3 = key.high ^ 0x7465_6462_7974_6573
    }

    public mutating func combine(byte: UInt8) {
        tail |= UInt64(byte) << UInt64(8 * (byteCount & 7))
        byteCount += 1
        if byteCount & 7 == 0 { absorbTail() }
    }

    public mutating func combine(_ bytes: Span<UInt8>) {
        for index in bytes.indices { combine(byte: bytes[index]) }
    }

    public mutating func combine(_ word: UInt64) {
        for shift in stride(from: 0, to: 64, by: 8) { combine(byte: UInt8(truncatingIfNeeded: word >> UInt64(shift))) }
    }

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

    private mutating func absorbTail() {
        v3 ^= tail
        round()
        round()
        v0 ^= tail
        tail = 0
    }

    private mutating func round() {
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

    private static func rotate(_ word: UInt64, _ count: UInt64) -> UInt64 { word << count | word >> (64 - count) }
}

/// The installation's secret. It only places entries in tables: no id, order or output depends on it.
public struct HashKey: Hashable, Sendable {
    public let low: UInt64
    public let high: UInt64

    public init(low: UInt64, high: UInt64) {
        self.low = low
        self.high = high
    }
}

/// What makes two alerts the same to deduplication, as a keyed 128-bit hash.
public struct Fingerprint: Hashable, Sendable {
    public let low: UInt64
    public let high: UInt64
}
