// SPDX-License-Identifier: Apache-2.0

/// A pattern with wildcards that a whole text has to match; case-insensitive if wished.
///
/// Compiled once; matching allocates nothing and takes, at worst, the text's length times the pattern's: only the last
/// run of any length (`*`) is ever tried again.
public struct Glob: Hashable, Sendable {
    /// One part of a pattern, for callers with a pattern syntax of their own.
    public enum Part: Hashable, Sendable {
        /// Exactly these bytes; their case as the pattern says.
        case text([UInt8])
        /// Any bytes, also none.
        case anyRun
        /// One UTF-8 scalar, or one byte that belongs to none.
        case anyScalar
        /// One byte.
        case anyByte
    }

    enum Step: Hashable, Sendable {
        case literal(Range<Int>)
        /// One scalar in one of its cases: an index into `letters`.
        case letters(Int)
        case anyRun
        case anyScalar
        case anyByte
        /// One byte of a set: an index into `sets`.
        case set(Int)
    }

    public let letterCase: LetterCase
    private var steps: [Step] = []
    private var bytes: [UInt8] = []
    private var letters: [LetterSequence] = []
    private var sets: [ByteSet] = []

    public init(_ parts: [Part], _ letterCase: LetterCase = .exact) {
        self.letterCase = letterCase
        for part in parts {
            switch part {
            case .text(let text): append(text)
            case .anyRun: appendAnyRun()
            case .anyScalar: steps.append(.anyScalar)
            case .anyByte: steps.append(.anyByte)
            }
        }
    }

    /// A pattern of fnmatch(3) without flags, as Falco's `glob` has it: `*`, `?`, `[a-z]`, `[!a]`, `[[:digit:]]`, and
    /// `\` before a character that stands for itself. `*` and `?` match `/` and a leading dot. Bytes count as characters.
    public init(shell pattern: [UInt8], _ letterCase: LetterCase = .exact) {
        self.letterCase = letterCase
        var index = 0
        // Bytes that stand for themselves, until something else comes: letters beyond ASCII have several.
        var literal: [UInt8] = []
        func isSpecial(_ byte: UInt8) -> Bool { "*?[\\".utf8.contains(byte) }
        while index < pattern.count {
            let byte = pattern[index]
            index += 1
            guard isSpecial(byte) else {
                literal.append(byte)
                continue
            }
            if byte == UInt8(ascii: "\\"), index < pattern.count {
                literal.append(pattern[index])
                index += 1
                continue
            }
            let bracket = byte == UInt8(ascii: "[") ? ByteSet.bracket(pattern, from: index, letterCase) : nil
            if byte == UInt8(ascii: "["), bracket == nil {
                literal.append(byte)
                continue
            }
            append(literal)
            literal = []
            switch byte {
            case UInt8(ascii: "*"): appendAnyRun()
            case UInt8(ascii: "?"): steps.append(.anyByte)
            default:
                // To fnmatch a pattern that ends in a lone backslash matches nothing: the empty set.
                sets.append(bracket?.0 ?? ByteSet())
                steps.append(.set(sets.count - 1))
                index = bracket?.end ?? index
            }
        }
        append(literal)
    }

    private mutating func appendAnyRun() { if steps.last != .anyRun { steps.append(.anyRun) } }

    private mutating func append(_ text: [UInt8]) {
        var index = 0
        while index < text.count {
            let (scalar, length) = text.span.scalar(at: index)
            if letterCase == .ignored, length > 1, let scalar, CaseVariants.of(scalar).count > 1 {
                letters.append(LetterSequence(Array(text[index ..< index + length])))
                steps.append(.letters(letters.count - 1))
            } else {
                for byte in text[index ..< index + length] {
                    appendByte(letterCase == .ignored ? foldedASCII(byte) : byte)
                }
            }
            index += length
        }
    }

    private mutating func appendByte(_ byte: UInt8) {
        bytes.append(byte)
        if case .literal(let range)? = steps.last, range.upperBound == bytes.count - 1 {
            steps[steps.count - 1] = .literal(range.lowerBound ..< bytes.count)
        } else {
            steps.append(.literal(bytes.count - 1 ..< bytes.count))
        }
    }

    /// The whole text matches.
    public func matches(_ text: Span<UInt8>) -> Bool {
        var step = 0
        var place = 0
        // Behind the last `*`, and where in the text what follows it was tried last.
        var retryStep: Int?
        var retryPlace = 0
        while true {
            if step < steps.count, steps[step] == .anyRun {
                step += 1
                if step == steps.count { return true }
                retryStep = step
                retryPlace = place
                continue
            }
            if step == steps.count, place == text.count { return true }
            if step < steps.count, let next = end(of: steps[step], in: text, from: place) {
                step += 1
                place = next
                continue
            }
            guard let retry = retryStep, retryPlace < text.count else { return false }
            retryPlace += 1
            step = retry
            place = retryPlace
        }
    }

    /// Where a step that starts at `place` ends; nil when it does not match there.
    private func end(of step: Step, in text: Span<UInt8>, from place: Int) -> Int? {
        switch step {
        case .literal(let range):
            guard range.count <= text.count - place else { return nil }
            let literal = bytes.span.extracting(range)
            let isEqual =
                letterCase == .exact
                ? Scan.matches(literal, text, at: place) : Scan.matchesFolded(literal, text, at: place)
            return isEqual ? place + range.count : nil
        case .letters(let index): return letters[index].end(in: text, from: place)
        case .anyRun: return place
        case .anyScalar: return place < text.count ? place + text.scalar(at: place).1 : nil
        case .anyByte: return place < text.count ? place + 1 : nil
        case .set(let index): return place < text.count && sets[index].contains(text[place]) ? place + 1 : nil
        }
    }
}
