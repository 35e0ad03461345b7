// SPDX-License-Identifier: Apache-2.0

/// SplitMix64: the same numbers for the same seed, everywhere.
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var word = state
        word = (word ^ word >> 30) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ word >> 27) &* 0x94d0_49bb_1331_11eb
        return word ^ word >> 31
    }

    /// Up to `limit` bytes of an alphabet.
    mutating func bytes(of alphabet: String, upTo limit: Int) -> [UInt8] {
        let letters = Array(alphabet.utf8)
        return (0 ..< Int.random(in: 0 ... limit, using: &self)).map { _ in letters.randomElement(using: &self) ?? 0 }
    }
}
