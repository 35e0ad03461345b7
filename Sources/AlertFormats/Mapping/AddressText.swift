// SPDX-License-Identifier: Apache-2.0

/// Whether text is an address that every reader of addresses takes: receivers refuse a whole record for one that is none.
enum AddressText {
    /// Four numbers 0…255 without leading zeros, or the forms of RFC 4291, section 2.2, without a zone.
    static func isAddress(_ text: Span<UInt8>) -> Bool { isFour(text) || isSix(text) }

    static func isFour(_ text: Span<UInt8>) -> Bool {
        guard text.count >= 7, text.count <= 15 else { return false }
        var (parts, digits, value) = (0, 0, 0)
        for place in text.indices {
            let byte = text[place]
            if byte == 0x2E {
                guard digits > 0 else { return false }
                parts += 1
                (digits, value) = (0, 0)
            } else {
                guard byte >= 0x30, byte <= 0x39, digits < 3, digits == 0 || value != 0 else { return false }
                value = value * 10 + Int(byte - 0x30)
                digits += 1
                guard value <= 255 else { return false }
            }
        }
        return parts == 3 && digits > 0
    }

    static func isSix(_ text: Span<UInt8>) -> Bool {
        guard text.count >= 2, text.count <= 45 else { return false }
        var (groups, digits, place) = (0, 0, 0)
        var isShort = false
        while place < text.count {
            let byte = text[place]
            if byte == 0x3A {
                if place + 1 < text.count, text[place + 1] == 0x3A {
                    guard !isShort else { return false }
                    isShort = true
                    groups += digits > 0 ? 1 : 0
                    place += 1
                } else {
                    // One colon stands between two groups.
                    guard digits > 0, place + 1 < text.count else { return false }
                    groups += 1
                }
                digits = 0
            } else if byte == 0x2E {
                guard isFour(text.extracting((place - digits)...)) else { return false }
                return groups <= 6 && (isShort ? groups < 6 : groups == 6)
            } else {
                let letter = byte | 0x20
                guard byte >= 0x30 && byte <= 0x39 || letter >= 0x61 && letter <= 0x66, digits < 4 else { return false }
                digits += 1
            }
            place += 1
        }
        groups += digits > 0 ? 1 : 0
        return isShort ? groups <= 7 : groups == 8
    }
}
