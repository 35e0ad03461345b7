// SPDX-License-Identifier: Apache-2.0

/// An IPv6 address in 128 bits; an IPv4 address as the IPv6 address that maps it, ::ffff:0:0/96.
public struct NetworkAddress: Hashable, Sendable {
    public let high: UInt64
    public let low: UInt64

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    public init(ipv4: UInt32) { self.init(high: 0, low: 0xffff_0000_0000 | UInt64(ipv4)) }

    public var isIPv4: Bool { high == 0 && low >> 32 == 0xffff }

    /// Reads dotted decimals without leading zeros, or RFC 4291, section 2.2, all three forms; a zone behind `%` is left out.
    public init?(_ text: Span<UInt8>) {
        guard text.count >= 2, text.count <= 64 else { return nil }
        var end = text.count
        var hasColon = false
        for index in text.indices {
            if text[index] == UInt8(ascii: ":") { hasColon = true }
            if text[index] == UInt8(ascii: "%") {
                end = index
                break
            }
        }
        if hasColon {
            self.init(ipv6: text.extracting(..<end))
        } else if let number = Self.ipv4(text) {
            self.init(ipv4: number)
        } else {
            return nil
        }
    }

    private init?(ipv6 text: Span<UInt8>) {
        var (high, low): (UInt64, UInt64) = (0, 0)
        var groups = 0
        // How many groups stand before `::`.
        var gap: Int?
        var place = 0
        if text.count >= 2, text[0] == UInt8(ascii: ":") {
            guard text[1] == UInt8(ascii: ":") else { return nil }
            gap = 0
            place = 2
        }
        func push(_ group: UInt64, bits: UInt64) {
            high = high << bits | low >> (64 - bits)
            low = low << bits | group
        }
        while place < text.count {
            var group: UInt64 = 0
            let start = place
            while place < text.count, let digit = Self.hexadecimal(text[place]) {
                group = group << 4 | digit
                place += 1
                guard place - start <= 4 else { return nil }
            }
            if place < text.count, text[place] == UInt8(ascii: ".") {
                guard groups <= 6, let tail = Self.ipv4(text.extracting(start...)) else { return nil }
                push(UInt64(tail), bits: 32)
                groups += 2
                place = text.count
                break
            }
            guard place > start, groups < 8 else { return nil }
            push(group, bits: 16)
            groups += 1
            guard place < text.count else { break }
            guard text[place] == UInt8(ascii: ":") else { return nil }
            place += 1
            guard place < text.count else { return nil }
            if text[place] == UInt8(ascii: ":") {
                guard gap == nil else { return nil }
                gap = groups
                place += 1
            }
        }
        if let gap {
            guard groups < 8 else { return nil }
            // What stands behind the gap is already in its place; what stands before it moves up.
            let behind = UInt64(16 * (groups - gap))
            let tail = Self.lowest(behind, high, low)
            let front = Self.shifted(high, low, right: behind)
            let moved = Self.shifted(front.high, front.low, left: UInt64(128 - 16 * gap))
            self.init(high: moved.high | tail.high, low: moved.low | tail.low)
        } else {
            guard groups == 8 else { return nil }
            self.init(high: high, low: low)
        }
    }

    /// The first `bits` bits, the rest zero.
    public func prefix(_ bits: Int) -> NetworkAddress {
        let highMask: UInt64 = bits <= 0 ? 0 : bits >= 64 ? .max : ~(UInt64.max >> UInt64(bits))
        let lowMask: UInt64 = bits <= 64 ? 0 : bits >= 128 ? .max : ~(UInt64.max >> UInt64(bits - 64))
        return NetworkAddress(high: high & highMask, low: low & lowMask)
    }

    /// Nobody's address in the Internet: private, shared, loopback, link-local, multicast, unspecified, reserved
    /// (RFC 1918, 4193, 6598, 6890). Addresses set aside for documentation and benchmarks count as public: they are no
    /// private network, and a database that has them means it.
    public var isPrivate: Bool {
        guard isIPv4 else {
            return high >> 57 == 0xfc >> 1 || high >> 54 == 0xfe80 >> 6 || high >> 56 == 0xff || high == 0 && low <= 1
        }
        let address = UInt32(truncatingIfNeeded: low)
        switch address >> 24 {
        case 0, 10, 127, 224...: return true
        case 100: return address >> 22 == 0x6440 >> 6
        case 169: return address >> 16 == 0xa9fe
        case 172: return address >> 20 == 0xac1
        case 192: return address >> 16 == 0xc0a8 || address >> 8 == 0xc00000
        default: return false
        }
    }

    private static func ipv4(_ text: Span<UInt8>) -> UInt32? {
        guard text.count >= 7, text.count <= 15 else { return nil }
        var address: UInt32 = 0
        var part: UInt32 = 0
        var (digits, dots) = (0, 0)
        for index in text.indices {
            let byte = text[index]
            if byte == UInt8(ascii: ".") {
                guard digits > 0, dots < 3 else { return nil }
                address = address << 8 | part
                (part, digits, dots) = (0, 0, dots + 1)
            } else {
                let digit = byte &- UInt8(ascii: "0")
                guard digit < 10, digits == 0 || part > 0 else { return nil }
                part = part * 10 + UInt32(digit)
                digits += 1
                guard part < 256 else { return nil }
            }
        }
        return digits > 0 && dots == 3 ? address << 8 | part : nil
    }

    private static func hexadecimal(_ byte: UInt8) -> UInt64? {
        switch byte {
        case UInt8(ascii: "0") ... UInt8(ascii: "9"): UInt64(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a") ... UInt8(ascii: "f"): UInt64(byte - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A") ... UInt8(ascii: "F"): UInt64(byte - UInt8(ascii: "A") + 10)
        default: nil
        }
    }

    // Swift's smart shifts: by 64 and more they give 0.
    private static func lowest(_ bits: UInt64, _ high: UInt64, _ low: UInt64) -> (high: UInt64, low: UInt64) {
        let keep = NetworkAddress(high: .max, low: .max).prefix(128 - Int(bits))
        return (high & ~keep.high, low & ~keep.low)
    }

    private static func shifted(_ high: UInt64, _ low: UInt64, right bits: UInt64) -> (high: UInt64, low: UInt64) {
        bits >= 64
            ? (0, high >> (bits - 64)) : bits == 0 ? (high, low) : (high >> bits, low >> bits | high << (64 - bits))
    }

    private static func shifted(_ high: UInt64, _ low: UInt64, left bits: UInt64) -> (high: UInt64, low: UInt64) {
        bits >= 64
            ? (low << (bits - 64), 0) : bits == 0 ? (high, low) : (high << bits | low >> (64 - bits), low << bits)
    }
}

/// A network: an address and how many of its first bits count, 0 … 128 (of IPv4, 96 and more).
public struct NetworkRange: Hashable, Sendable {
    public let first: NetworkAddress
    public let bits: Int

    /// `10.0.0.0/8`, `2001:db8::/32`, or a single address. Bits behind the prefix are left out.
    public init?(_ text: Span<UInt8>) {
        var slash = text.count
        for index in text.indices where text[index] == UInt8(ascii: "/") { slash = min(slash, index) }
        guard let address = NetworkAddress(text.extracting(..<slash)) else { return nil }
        var bits = 128
        if slash < text.count {
            let digits = text.extracting((slash + 1)...)
            guard digits.count >= 1, digits.count <= 3 else { return nil }
            bits = 0
            for index in digits.indices {
                let digit = digits[index] &- UInt8(ascii: "0")
                guard digit < 10 else { return nil }
                bits = bits * 10 + Int(digit)
            }
            // An address written as IPv4 counts its own 32 bits.
            var hasColon = false
            for index in 0 ..< slash where text[index] == UInt8(ascii: ":") { hasColon = true }
            if !hasColon { bits += bits <= 32 ? 96 : 128 }
            guard bits <= 128 else { return nil }
        }
        first = address.prefix(bits)
        self.bits = bits
    }

    public func contains(_ address: NetworkAddress) -> Bool { address.prefix(bits) == first }
}
