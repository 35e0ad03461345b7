// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// The forms in which domains and hashes are compared.
enum IndicatorText {
    /// Small letters, no dot at the end.
    static func normalizeDomain(_ text: inout [UInt8]) {
        lowercase(&text)
        if let last = text.last, last == UInt8(ascii: ".") { text.removeLast() }
        if text.count > 2, text[0] == UInt8(ascii: "*"), text[1] == UInt8(ascii: ".") { text.removeSubrange(0 ..< 2) }
    }

    /// Small letters; without `sha256:` and what stands before it.
    static func normalizeHash(_ text: inout [UInt8]) {
        lowercase(&text)
        var start = text.count
        while start > 0, text[start - 1] != UInt8(ascii: ":") { start -= 1 }
        if start > 0 { text.removeSubrange(0 ..< start) }
    }

    static func isDomain(_ text: Span<UInt8>) -> Bool {
        guard text.count >= 1, text.count <= 253, text[0] != UInt8(ascii: ".") else { return false }
        for index in text.indices {
            switch text[index] {
            case UInt8(ascii: "a") ... UInt8(ascii: "z"), UInt8(ascii: "0") ... UInt8(ascii: "9"), UInt8(ascii: "-"),
                UInt8(ascii: "_"), UInt8(ascii: "."), 0x80...:
                continue
            default: return false
            }
        }
        return true
    }

    /// MD5, SHA-1, SHA-224, SHA-256, SHA-384, SHA-512 in hexadecimal.
    static func isHash(_ text: Span<UInt8>) -> Bool {
        guard [32, 40, 56, 64, 96, 128].contains(text.count) else { return false }
        for index in text.indices {
            switch text[index] {
            case UInt8(ascii: "a") ... UInt8(ascii: "f"), UInt8(ascii: "0") ... UInt8(ascii: "9"): continue
            default: return false
            }
        }
        return true
    }

    /// Whether a domain, in any letters, is `domain` or below it.
    static func isDomain(_ text: Span<UInt8>, in domain: Span<UInt8>) -> Bool {
        var end = text.count
        if end > 0, text[end - 1] == UInt8(ascii: ".") { end -= 1 }
        guard end >= domain.count, end == domain.count || text[end - domain.count - 1] == UInt8(ascii: ".") else {
            return false
        }
        return isSame(text.extracting(end - domain.count ..< end), domain)
    }

    /// Whether a digest, with or without its algorithm in front, is `hash`.
    static func isHash(_ text: Span<UInt8>, equalTo hash: Span<UInt8>) -> Bool {
        guard text.count >= hash.count else { return false }
        let start = text.count - hash.count
        guard start == 0 || text[start - 1] == UInt8(ascii: ":") else { return false }
        return isSame(text.extracting(start...), hash)
    }

    /// Letters of `text` in either case.
    private static func isSame(_ text: Span<UInt8>, _ small: Span<UInt8>) -> Bool {
        for index in small.indices {
            let letter = text[index] >= 65 && text[index] <= 90 ? text[index] | 0x20 : text[index]
            guard letter == small[index] else { return false }
        }
        return true
    }

    private static func lowercase(_ text: inout [UInt8]) {
        for index in text.indices where text[index] >= 65 && text[index] <= 90 { text[index] = text[index] | 0x20 }
    }
}
