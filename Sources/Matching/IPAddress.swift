// SPDX-License-Identifier: Apache-2.0

/// An IPv4 or IPv6 address. An IPv4 address inside IPv6 (`::ffff:10.1.2.3`) is the IPv4 address.
public struct IPAddress: Hashable, Sendable {
    /// 4 or 6.
    public let version: UInt8
    /// The address as a number, left-aligned: an IPv4 address fills the upper half of `high`.
    public let high: UInt64
    public let low: UInt64

    private init(version: UInt8, high: UInt64, low: UInt64) {
        self.version = version
        self.high = high
        self.low = low
    }

    private init(ipv4: UInt32) { self.init(version: 4, high: UInt64(ipv4) << 32, low: 0) }

    /// Reads `10.1.2.3` and the text forms of RFC 4291, without a zone. nil for anything else. Allocates nothing.
    public init?(_ text: Span<UInt8>) {
        var hasColon = false
        for index in text.indices where text[index] == UInt8(ascii: ":") {
            hasColon = true
            break
        }
        if !hasColon {
            guard let address = Self.ipv4(text) else { return nil }
            self.init(ipv4: address)
            return
        }
        guard let (high, low) = Self.ipv6(text) else { return nil }
        if high == 0, low >> 32 == 0xffff {
            self.init(ipv4: UInt32(truncatingIfNeeded: low))
        } else {
            self.init(version: 6, high: high, low: low)
        }
    }

    public init?(_ text: String) { self.init(Array(text.utf8).span) }

    /// Four decimal numbers without leading zeros.
    private static func ipv4(_ text: Span<UInt8>) -> UInt32? {
        guard text.count >= 7, text.count <= 15 else { return nil }
        var address: UInt32 = 0
        var parts = 0
        var part: UInt32 = 0
        var digits = 0
        for index in text.indices {
            let byte = text[index]
            if byte &- 48 < 10 {
                if digits > 0, part == 0 { return nil }
                part = part * 10 + UInt32(byte &- 48)
                digits += 1
                guard part < 256 else { return nil }
            } else {
                guard byte == UInt8(ascii: "."), digits > 0, parts < 3 else { return nil }
                address = address << 8 | part
                parts += 1
                part = 0
                digits = 0
            }
        }
        return parts == 3 && digits > 0 ? address << 8 | part : nil
    }

    private static func ipv6(_ text: Span<UInt8>) -> (UInt64, UInt64)? {
        guard text.count >= 2, text.count <= 45 else { return nil }
        var groups = InlineArray<8, UInt16>(repeating: 0)
        var count = 0
        var gap: Int?
        var index = 0
        if text[0] == UInt8(ascii: ":") {
            guard text[1] == UInt8(ascii: ":") else { return nil }
            gap = 0
            index = 2
        }
        while index < text.count {
            guard count < 8 else { return nil }
            var end = index
            while end < text.count, text[end] != UInt8(ascii: ":") { end += 1 }
            let part = text.extracting(index ..< end)
            if end == text.count, count <= 6, let tail = ipv4(part) {
                groups[count] = UInt16(truncatingIfNeeded: tail >> 16)
                groups[count + 1] = UInt16(truncatingIfNeeded: tail)
                count += 2
                break
            }
            guard let group = hexadecimal(part) else { return nil }
            groups[count] = group
            count += 1
            index = end
            guard index < text.count else { break }
            index += 1
            guard index < text.count else { return nil }
            if text[index] == UInt8(ascii: ":") {
                guard gap == nil else { return nil }
                gap = count
                index += 1
            }
        }
        guard gap == nil ? count == 8 : count < 8 else { return nil }
        return joined(groups, count: count, gap: gap ?? 8)
    }

    /// One to four hexadecimal digits.
    private static func hexadecimal(_ text: Span<UInt8>) -> UInt16? {
        guard !text.isEmpty, text.count <= 4 else { return nil }
        var value: UInt16 = 0
        for index in text.indices {
            guard let digit = text[index].hexadecimalDigit else { return nil }
            value = value << 4 | UInt16(digit)
        }
        return value
    }

    /// The groups behind the gap move to the end.
    private static func joined(_ groups: InlineArray<8, UInt16>, count: Int, gap: Int) -> (UInt64, UInt64) {
        var high: UInt64 = 0
        var low: UInt64 = 0
        for place in 0 ..< 8 {
            let source = place < gap ? place : place - (8 - count)
            let group = place < gap ? (place < count ? groups[place] : 0) : (source >= gap ? groups[source] : 0)
            if place < 4 { high = high << 16 | UInt64(group) } else { low = low << 16 | UInt64(group) }
        }
        return (high, low)
    }
}

extension UInt8 {
    /// The value of an ASCII hexadecimal digit.
    public var hexadecimalDigit: UInt8? {
        switch self {
        case 48 ... 57: self - 48
        case 65 ... 70: self - 55
        case 97 ... 102: self - 87
        default: nil
        }
    }
}
