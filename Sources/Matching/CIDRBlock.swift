// SPDX-License-Identifier: Apache-2.0

/// A range of addresses, `10.0.0.0/8` or `2001:db8::/32`; an address alone is the range of itself.
public struct CIDRBlock: Hashable, Sendable {
    public let version: UInt8
    private let high: UInt64
    private let low: UInt64
    private let highMask: UInt64
    private let lowMask: UInt64

    /// nil for what is neither an address nor an address, a slash and a prefix length in decimal. Bits behind the
    /// prefix may be set; they do not count.
    public init?(_ text: Span<UInt8>) {
        var slash = text.count
        for index in text.indices where text[index] == UInt8(ascii: "/") {
            slash = index
            break
        }
        guard let address = IPAddress(text.extracting(0 ..< slash)) else { return nil }
        let width = address.version == 4 ? 32 : 128
        var length = width
        if slash < text.count {
            guard let number = Self.decimal(text.extracting(slash + 1 ..< text.count)) else { return nil }
            // `::ffff:10.0.0.0/104` is `10.0.0.0/8`.
            var isMapped = false
            for index in 0 ..< slash where text[index] == UInt8(ascii: ":") { isMapped = address.version == 4 }
            guard !isMapped || number >= 96 else { return nil }
            length = isMapped ? number - 96 : number
        }
        guard length <= width else { return nil }
        version = address.version
        highMask = length >= 64 ? .max : length == 0 ? 0 : UInt64.max << UInt64(64 - length)
        lowMask = length <= 64 ? 0 : length >= 128 ? .max : UInt64.max << UInt64(128 - length)
        high = address.high & highMask
        low = address.low & lowMask
    }

    public init?(_ text: String) { self.init(Array(text.utf8).span) }

    public func contains(_ address: IPAddress) -> Bool {
        address.version == version && address.high & highMask == high && address.low & lowMask == low
    }

    /// `text` is an address of the range.
    public func contains(_ text: Span<UInt8>) -> Bool {
        guard let address = IPAddress(text) else { return false }
        return contains(address)
    }

    private static func decimal(_ text: Span<UInt8>) -> Int? {
        guard !text.isEmpty, text.count <= 3 else { return nil }
        var value = 0
        for index in text.indices {
            guard text[index] &- 48 < 10 else { return nil }
            value = value * 10 + Int(text[index] &- 48)
        }
        return value
    }
}
