// SPDX-License-Identifier: Apache-2.0

/// A text ready to be shown: visible, without secrets, and no longer than it may be.
public struct Excerpt: Sendable, Equatable {
    /// What stands behind a text that was cut.
    public struct Whole: Sendable, Equatable {
        /// Bytes of UTF-8 of the whole text, secrets already replaced: its length tells nothing about them.
        public let bytes: Int
        /// SHA-256 of those bytes, 64 hexadecimal digits.
        public let sha256: String
    }

    public let text: String
    /// Nil when the text is whole.
    public let whole: Whole?
}

/// How many characters of a text are shown.
public enum TextLimit {
    /// In lists.
    public static let brief = 160
    /// Of one thing.
    public static let detail = 1024
    /// Of raw text.
    public static let raw = 8192
}

extension Excerpt {
    /// Makes valid UTF-8 visible and cuts it between characters; at most `limit` of what is seen, the `…` of a cut included.
    init(of text: [UInt8], limit: Int) {
        let limit = max(limit, 1)
        var visible: [UInt8] = []
        visible.reserveCapacity(min(text.count, limit * 4) + 16)
        var shown = 0
        var place = 0
        // Where to cut if the text turns out to be too long: the last place with room for the mark.
        var cut = 0
        while place < text.count {
            let (value, length) = Scalars.read(text, at: place)
            let before = visible.count
            VisibleText.append(value, of: text, at: place, length, to: &visible)
            let width = visible.count - before
            shown += width == length ? 1 : width
            if shown > limit {
                visible.removeLast(visible.count - cut)
                visible.append(contentsOf: [0xE2, 0x80, 0xA6])
                self.text = String(decoding: visible, as: UTF8.self)
                whole = Whole(bytes: text.count, sha256: TextDigest.hexadecimal(of: text.span))
                return
            }
            if shown < limit { cut = visible.count }
            place += length
        }
        self.text = String(decoding: visible, as: UTF8.self)
        whole = nil
    }
}
