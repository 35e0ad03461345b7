// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// A piece of text to be found in alerts, whatever the case of its ASCII letters.
struct TextMatch: Sendable {
    private let needle: [UInt8]

    /// nil for no or empty text, which everything contains.
    init?(_ text: String?) {
        guard let text, !text.isEmpty else { return nil }
        needle = text.utf8.map(Self.folded)
    }

    func matches(_ alert: borrowing AlertView) -> Bool {
        if isIn(alert.output) || isIn(alert.rule) || isIn(alert.hostname) || isIn(alert.source) { return true }
        for index in 0 ..< alert.fieldCount where isIn(alert.field(at: index).text) { return true }
        for index in 0 ..< alert.tagCount where isIn(alert.tag(at: index)) { return true }
        return false
    }

    func isIn(_ text: Span<UInt8>) -> Bool {
        guard text.count >= needle.count else { return false }
        let first = needle[0]
        for start in 0 ... text.count - needle.count where Self.folded(text[start]) == first {
            var length = 1
            while length < needle.count, Self.folded(text[start + length]) == needle[length] { length += 1 }
            if length == needle.count { return true }
        }
        return false
    }

    private static func folded(_ byte: UInt8) -> UInt8 { byte >= 65 && byte <= 90 ? byte | 0x20 : byte }
}
