// SPDX-License-Identifier: Apache-2.0

/// A set of bytes, as a bracket expression of a shell pattern names one.
struct ByteSet: Hashable, Sendable {
    private var words = (UInt64(0), UInt64(0), UInt64(0), UInt64(0))

    func contains(_ byte: UInt8) -> Bool {
        let word =
            switch byte >> 6 {
            case 0: words.0
            case 1: words.1
            case 2: words.2
            default: words.3
            }
        return word >> UInt64(byte & 63) & 1 != 0
    }

    mutating func insert(_ byte: UInt8) {
        let bit = UInt64(1) << UInt64(byte & 63)
        switch byte >> 6 {
        case 0: words.0 |= bit
        case 1: words.1 |= bit
        case 2: words.2 |= bit
        default: words.3 |= bit
        }
    }

    static func == (left: ByteSet, right: ByteSet) -> Bool { left.words == right.words }

    func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
        hasher.combine(words.1)
        hasher.combine(words.2)
        hasher.combine(words.3)
    }

    /// The set of the bracket expression whose `[` stands before `start`, and where it ends; nil when it does not end,
    /// and the `[` stands for itself.
    static func bracket(_ pattern: [UInt8], from start: Int, _ letterCase: LetterCase) -> (ByteSet, end: Int)? {
        var index = start
        var isNegated = false
        if index < pattern.count, pattern[index] == UInt8(ascii: "!") || pattern[index] == UInt8(ascii: "^") {
            isNegated = true
            index += 1
        }
        var set = ByteSet()
        var isFirst = true
        while index < pattern.count {
            if pattern[index] == UInt8(ascii: "]"), !isFirst {
                if letterCase == .ignored { set.closeOverCase() }
                if isNegated { set.negate() }
                return (set, index + 1)
            }
            isFirst = false
            if let (members, end) = characterClass(pattern, from: index) {
                for byte in UInt8.min ... UInt8.max where members(byte) { set.insert(byte) }
                index = end
                continue
            }
            guard let (first, next) = element(pattern, from: index) else { return nil }
            index = next
            let isRange =
                index + 1 < pattern.count && pattern[index] == UInt8(ascii: "-")
                && pattern[index + 1] != UInt8(ascii: "]")
            guard isRange else {
                set.insert(first)
                continue
            }
            guard let (last, end) = element(pattern, from: index + 1) else { return nil }
            if first <= last { for byte in first ... last { set.insert(byte) } }
            index = end
        }
        return nil
    }

    /// One byte, plain, behind a backslash, or as `[.x.]` or `[=x=]`.
    private static func element(_ pattern: [UInt8], from index: Int) -> (UInt8, end: Int)? {
        let byte = pattern[index]
        if byte == UInt8(ascii: "\\") { return index + 1 < pattern.count ? (pattern[index + 1], index + 2) : nil }
        if byte == UInt8(ascii: "["), index + 4 < pattern.count {
            let mark = pattern[index + 1]
            let isNamed = mark == UInt8(ascii: ".") || mark == UInt8(ascii: "=")
            if isNamed, pattern[index + 3] == mark, pattern[index + 4] == UInt8(ascii: "]") {
                return (pattern[index + 2], index + 5)
            }
        }
        return (byte, index + 1)
    }

    /// `[:digit:]` and its like (POSIX, the C locale).
    private static func characterClass(_ pattern: [UInt8], from index: Int) -> ((UInt8) -> Bool, end: Int)? {
        guard index + 1 < pattern.count, pattern[index] == UInt8(ascii: "["), pattern[index + 1] == UInt8(ascii: ":")
        else { return nil }
        var end = index + 2
        while end < pattern.count, pattern[end] >= 97, pattern[end] <= 122 { end += 1 }
        guard end + 1 < pattern.count, pattern[end] == UInt8(ascii: ":"), pattern[end + 1] == UInt8(ascii: "]"),
            let members = classes[String(decoding: pattern[index + 2 ..< end], as: UTF8.self)]
        else { return nil }
        return (members, end + 2)
    }

    private static let classes: [String: @Sendable (UInt8) -> Bool] = [
        "alpha": { ($0 | 32) &- 97 < 26 },
        "digit": { $0 &- 48 < 10 },
        "alnum": { ($0 | 32) &- 97 < 26 || $0 &- 48 < 10 },
        "upper": { $0 &- 65 < 26 },
        "lower": { $0 &- 97 < 26 },
        "space": { $0 == 32 || $0 &- 9 < 5 },
        "blank": { $0 == 32 || $0 == 9 },
        "punct": { $0 > 32 && $0 < 127 && !(($0 | 32) &- 97 < 26 || $0 &- 48 < 10) },
        "print": { $0 >= 32 && $0 < 127 },
        "graph": { $0 > 32 && $0 < 127 },
        "cntrl": { $0 < 32 || $0 == 127 },
        "xdigit": { $0.hexadecimalDigit != nil },
    ]

    private mutating func closeOverCase() {
        for lower in UInt8(ascii: "a") ... UInt8(ascii: "z") where contains(lower) || contains(lower - 32) {
            insert(lower)
            insert(lower - 32)
        }
    }

    private mutating func negate() { words = (~words.0, ~words.1, ~words.2, ~words.3) }
}
