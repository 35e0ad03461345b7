// SPDX-License-Identifier: Apache-2.0

/// Random numbers from a seed (SplitMix64), and texts of the kinds that break things.
struct Seeded: RandomNumberGenerator {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }

    mutating func pick<T>(_ from: [T]) -> T { from[Int.random(in: 0 ..< from.count, using: &self)] }

    /// Bytes, characters of all planes, and pieces of what is looked for.
    mutating func bytes(upTo limit: Int) -> [UInt8] {
        let pieces = [
            "password=", "--token ", "://", "@", "AKIA", "-----BEGIN PRIVATE KEY-----", "eyJ", "\\u{", "}", "ignore ",
            "<|im_start|>", "\u{1b}[", "\"", "'", "\\", "sk-", "Bearer ", "[redacted:password]",
        ]
        var bytes: [UInt8] = []
        let count = Int.random(in: 0 ... limit, using: &self)
        while bytes.count < count {
            switch Int.random(in: 0 ..< 6, using: &self) {
            case 0: bytes.append(UInt8.random(in: 0 ... 255, using: &self))
            case 1: bytes.append(contentsOf: pick(pieces).utf8)
            case 2:
                let scalar = Unicode.Scalar(UInt32.random(in: 0 ... 0x10FFFF, using: &self)) ?? "?"
                bytes.append(contentsOf: String(Character(scalar)).utf8)
            case 3: bytes.append(contentsOf: pick(["\u{200b}", "\u{202e}", "\u{e0041}", "\u{fe0f}", "\u{2028}"]).utf8)
            default: bytes.append(UInt8.random(in: 0x20 ... 0x7E, using: &self))
            }
        }
        return bytes
    }
}
