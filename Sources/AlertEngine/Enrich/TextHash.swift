// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// A 64-bit hash that places texts in this stage's tables, keyed by the installation's secret.
///
/// It only chooses slots: entries are compared byte by byte, so a collision costs a step and decides nothing. Folded
/// multiplication as in wyhash (Wang Yi, public domain).
struct TextHash {
    private var state: UInt64
    private let secret: UInt64

    /// Two words that only this installation knows.
    struct Seed: Sendable {
        let first: UInt64
        let second: UInt64

        init(_ key: HashKey) {
            var hasher = KeyedHasher(key: key)
            hasher.combine(byte: UInt8(ascii: "e"))
            let words = hasher.finalize()
            first = words.low
            second = words.high | 1
        }
    }

    init(_ seed: Seed) {
        state = seed.first
        secret = seed.second
    }

    mutating func combine(_ text: Span<UInt8>) {
        let (bytes, count) = unsafe (text.bytes, text.count)
        var place = 0
        var tail: UInt64 = 0
        // Every load ends within `count`; the last one may read bytes a second time.
        if count >= 8 {
            while count - place > 8 {
                mix(unsafe bytes.unsafeLoadUnaligned(fromByteOffset: place, as: UInt64.self))
                place += 8
            }
            tail = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: count - 8, as: UInt64.self)
        } else if count >= 4 {
            let first = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: 0, as: UInt32.self)
            let last = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: count - 4, as: UInt32.self)
            tail = UInt64(first) | UInt64(last) << 32
        } else if count > 0 {
            tail = UInt64(text[0]) | UInt64(text[count / 2]) << 8 | UInt64(text[count - 1]) << 16
        }
        // Texts of other lengths are other texts, also where their bytes read the same.
        mix(tail &+ UInt64(truncatingIfNeeded: count) &* 0x9e37_79b9_7f4a_7c15)
    }

    mutating func combine(_ first: UInt64, _ second: UInt64) {
        mix(first)
        mix(second)
    }

    var value: UInt64 { state ^ state >> 32 }

    private mutating func mix(_ word: UInt64) {
        let (high, low) = (state ^ word).multipliedFullWidth(by: secret ^ 0x9e37_79b9_7f4a_7c15)
        state = high ^ low ^ secret
    }
}
