// SPDX-License-Identifier: Apache-2.0

/// A text to look for inside, at the start or at the end of others, or to compare with them whole.
///
/// Compiled once; searching allocates nothing. Texts may hold any bytes. Time: at worst the text's length times the
/// needle's, in practice a little more than the text's.
public struct SubstringSearch: Hashable, Sendable {
    /// The most bytes a needle may have; a longer one is cut nowhere, but refused by those who read rules.
    public static let lengthLimitBytes = 64 << 10

    public let letterCase: LetterCase
    /// Folded to lower case where case is ignored and the needle is ASCII.
    private let needle: [UInt8]
    /// For a needle with letters beyond ASCII whose case is ignored; nil for all others.
    private let letters: LetterSequence?

    public init(_ needle: [UInt8], _ letterCase: LetterCase = .exact) {
        self.letterCase = letterCase
        let isWide = letterCase == .ignored && needle.contains { $0 >= 128 }
        letters = isWide ? LetterSequence(needle) : nil
        self.needle = letterCase == .ignored ? needle.map(foldedASCII) : needle
    }

    public init(_ needle: String, _ letterCase: LetterCase = .exact) { self.init(Array(needle.utf8), letterCase) }

    /// The needle is somewhere in `text`. An empty needle is everywhere.
    public func occurs(in text: Span<UInt8>) -> Bool {
        if let letters {
            for start in text.indices where letters.end(in: text, from: start) != nil { return true }
            return false
        }
        return letterCase == .exact ? Scan.occurs(needle.span, in: text) : Scan.occursFolded(needle.span, in: text)
    }

    /// `text` starts with the needle.
    public func starts(_ text: Span<UInt8>) -> Bool {
        if let letters { return letters.end(in: text, from: 0) != nil }
        return needle.count <= text.count && matches(text, at: 0)
    }

    /// `text` ends with the needle.
    public func ends(_ text: Span<UInt8>) -> Bool {
        if let letters {
            // Case variants differ in length: `ⱥ` has three bytes, `Ⱥ` two.
            let longest = min(letters.greatestLength, text.count)
            let shortest = min(letters.leastLength, text.count)
            for start in (text.count - longest) ... (text.count - shortest)
            where letters.end(in: text, from: start) == text.count { return true }
            return false
        }
        return needle.count <= text.count && matches(text, at: text.count - needle.count)
    }

    /// `text` is the needle.
    public func equals(_ text: Span<UInt8>) -> Bool {
        if let letters { return letters.end(in: text, from: 0) == text.count }
        return needle.count == text.count && matches(text, at: 0)
    }

    private func matches(_ text: Span<UInt8>, at start: Int) -> Bool {
        letterCase == .exact
            ? Scan.matches(needle.span, text, at: start) : Scan.matchesFolded(needle.span, text, at: start)
    }
}

/// Byte loops over spans.
enum Scan {
    static func matches(_ needle: Span<UInt8>, _ text: Span<UInt8>, at start: Int) -> Bool {
        for index in needle.indices where needle[index] != text[start + index] { return false }
        return true
    }

    /// `needle` is in lower case.
    static func matchesFolded(_ needle: Span<UInt8>, _ text: Span<UInt8>, at start: Int) -> Bool {
        for index in needle.indices where needle[index] != foldedASCII(text[start + index]) { return false }
        return true
    }

    static func occurs(_ needle: Span<UInt8>, in text: Span<UInt8>) -> Bool {
        guard let first = needle.first else { return true }
        guard needle.count <= text.count else { return false }
        for start in 0 ... text.count - needle.count where text[start] == first {
            if matches(needle, text, at: start) { return true }
        }
        return false
    }

    static func occursFolded(_ needle: Span<UInt8>, in text: Span<UInt8>) -> Bool {
        guard let first = needle.first else { return true }
        guard needle.count <= text.count else { return false }
        for start in 0 ... text.count - needle.count where foldedASCII(text[start]) == first {
            if matchesFolded(needle, text, at: start) { return true }
        }
        return false
    }
}

extension Span<UInt8> {
    var first: UInt8? { isEmpty ? nil : self[0] }
}

extension Span<UInt8> {
    /// `needle` is somewhere inside; for needles that come with an alert and cannot be compiled. Case is ignored in ASCII.
    public func contains(_ needle: Span<UInt8>, _ letterCase: LetterCase) -> Bool {
        guard needle.count <= count else { return false }
        for start in 0 ... count - needle.count where matches(needle, at: start, letterCase) { return true }
        return false
    }

    /// Starts with `prefix`. Case is ignored in ASCII.
    public func starts(_ prefix: Span<UInt8>, _ letterCase: LetterCase) -> Bool {
        prefix.count <= count && matches(prefix, at: 0, letterCase)
    }

    /// Ends with `suffix`. Case is ignored in ASCII.
    public func ends(_ suffix: Span<UInt8>, _ letterCase: LetterCase) -> Bool {
        suffix.count <= count && matches(suffix, at: count - suffix.count, letterCase)
    }

    private func matches(_ other: Span<UInt8>, at start: Int, _ letterCase: LetterCase) -> Bool {
        if letterCase == .exact { return Scan.matches(other, self, at: start) }
        for index in other.indices where foldedASCII(other[index]) != foldedASCII(self[start + index]) { return false }
        return true
    }
}
