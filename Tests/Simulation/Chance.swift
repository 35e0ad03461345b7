// SPDX-License-Identifier: Apache-2.0

/// Everything random in a simulation: the same numbers from the same seed on every machine.
///
/// SplitMix64 of Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators".
public struct Chance: RandomNumberGenerator, Sendable {
    private var state: UInt64

    public init(_ seed: UInt64) { state = seed &* 0x9e37_79b9_7f4a_7c15 ^ 0x5851_f42d_4c95_7f2d }

    public mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var word = state
        word = (word ^ word >> 30) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ word >> 27) &* 0x94d0_49bb_1331_11eb
        return word ^ word >> 31
    }

    public mutating func below(_ bound: Int) -> Int { Int.random(in: 0 ..< bound, using: &self) }
    public mutating func upTo(_ bound: Int64) -> Int64 { bound <= 0 ? 0 : Int64.random(in: 0 ... bound, using: &self) }
    /// True once in `number` times.
    public mutating func oneIn(_ number: Int) -> Bool { below(number) == 0 }
    public mutating func pick<Element>(_ list: [Element]) -> Element { list[below(list.count)] }
}
