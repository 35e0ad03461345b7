// SPDX-License-Identifier: Apache-2.0

/// A text whose letters may stand in either case, beyond ASCII too: for each scalar the UTF-8 forms that match it.
///
///     positions[ first variant · variant count ]    one per scalar
///     variants [ slice of `bytes` ]
struct LetterSequence: Hashable, Sendable {
    private var positions: [Range<Int>] = []
    private var variants: [Range<Int>] = []
    private var bytes: [UInt8] = []
    /// Of the texts that match, in bytes.
    private(set) var leastLength = 0
    private(set) var greatestLength = 0

    /// Bytes that are no UTF-8 match themselves only.
    init(_ text: [UInt8]) {
        var index = 0
        while index < text.count {
            let (scalar, length) = text.span.scalar(at: index)
            let first = variants.count
            if let scalar {
                for variant in CaseVariants.of(scalar) { append(Array(String(variant).utf8)) }
            } else {
                append(Array(text[index ..< index + length]))
            }
            let lengths = variants[first...].map(\.count)
            leastLength += lengths.min() ?? 0
            greatestLength += lengths.max() ?? 0
            positions.append(first ..< variants.count)
            index += length
        }
    }

    private mutating func append(_ form: [UInt8]) {
        variants.append(bytes.count ..< bytes.count + form.count)
        bytes += form
    }

    /// Where the match that starts at `start` ends; nil when none does. UTF-8 forms of different scalars are never
    /// prefixes of one another, so at most one variant fits.
    func end(in text: Span<UInt8>, from start: Int) -> Int? {
        var place = start
        for position in positions {
            var length: Int?
            for variant in position {
                let form = variants[variant]
                guard form.count <= text.count - place else { continue }
                if Scan.matches(bytes.span.extracting(form), text, at: place) {
                    length = form.count
                    break
                }
            }
            guard let length else { return nil }
            place += length
        }
        return place
    }
}

extension Span<UInt8> {
    /// The scalar whose UTF-8 starts at `index`, and its length; nil and 1 where there is none.
    func scalar(at index: Int) -> (Unicode.Scalar?, Int) {
        let lead = self[index]
        if lead < 128 { return (Unicode.Scalar(lead), 1) }
        let length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2
        guard lead >= 0xc2, lead < 0xf5, length <= count - index else { return (nil, 1) }
        var value = UInt32(lead) & (0x7f >> UInt32(length))
        for offset in 1 ..< length {
            let byte = self[index + offset]
            guard byte & 0xc0 == 0x80 else { return (nil, 1) }
            value = value << 6 | UInt32(byte & 0x3f)
        }
        let least: UInt32 = length == 2 ? 0x80 : length == 3 ? 0x800 : 0x10000
        guard value >= least, let scalar = Unicode.Scalar(value) else { return (nil, 1) }
        return (scalar, length)
    }

    /// The same text, letters in either case.
    public func equalsIgnoringCase(_ other: Span<UInt8>) -> Bool {
        var left = 0
        var right = 0
        while left < count, right < other.count {
            let one = self[left]
            let another = other[right]
            if one < 128, another < 128 {
                guard foldedASCII(one) == foldedASCII(another) else { return false }
                left += 1
                right += 1
                continue
            }
            let (first, firstLength) = scalar(at: left)
            let (second, secondLength) = other.scalar(at: right)
            if let first, let second {
                guard first == second || Self.isSameLetter(first, second) else { return false }
            } else if first != nil || second != nil || one != another {
                return false
            }
            left += firstLength
            right += secondLength
        }
        return left == count && right == other.count
    }

    /// Strings of one scalar are kept in place: no allocation.
    private static func isSameLetter(_ first: Unicode.Scalar, _ second: Unicode.Scalar) -> Bool {
        let one = first.properties
        let another = second.properties
        return one.lowercaseMapping == another.lowercaseMapping || one.uppercaseMapping == another.uppercaseMapping
    }
}
