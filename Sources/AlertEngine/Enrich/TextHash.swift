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
        let bytes = unsafe text.bytes
        var place = 0
        // Every load ends within `count`.
        while text.count - place >= 8 {
            mix(unsafe bytes.unsafeLoadUnaligned(fromByteOffset: place, as: UInt64.self))
            place += 8
        }
        var rest = UInt64(truncatingIfNeeded: text.count) << 56
        var shift: UInt64 = 0
        while place < text.count {
            rest ^= UInt64(text[place]) << shift
            shift += 8
            place += 1
        }
        mix(rest)
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
