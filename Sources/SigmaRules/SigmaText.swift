// SPDX-License-Identifier: Apache-2.0
import Matching

/// A text value with Sigma's wildcards: `*` any run, `?` one character, a backslash before either takes it as it is.
struct SigmaText: Hashable, Sendable {
    typealias Part = Glob.Part

    private(set) var parts: [Part]

    init(parts: [Part]) { self.parts = Self.joined(parts) }

    /// Reads the escapes of the Sigma specification: a backslash escapes `*`, `?` and itself, and is plain before
    /// anything else.
    init(_ text: String) {
        var parts: [Part] = []
        var literal: [UInt8] = []
        var bytes = Array(text.utf8)[...]
        while let byte = bytes.popFirst() {
            switch byte {
            case UInt8(ascii: "\\"):
                if let next = bytes.first, "*?\\".utf8.contains(next) {
                    literal.append(next)
                    bytes.removeFirst()
                } else {
                    literal.append(byte)
                }
            case UInt8(ascii: "*"), UInt8(ascii: "?"):
                parts.append(.text(literal))
                literal = []
                parts.append(byte == UInt8(ascii: "*") ? .anyRun : .anyScalar)
            default: literal.append(byte)
            }
        }
        self.init(parts: parts + [.text(literal)])
    }

    var isPlain: Bool { plainBytes != nil }

    /// The bytes of a text without wildcards.
    var plainBytes: [UInt8]? {
        switch parts.count {
        case 0: []
        case 1: if case .text(let bytes) = parts[0] { bytes } else { nil }
        default: nil
        }
    }

    func surrounded(_ anchor: Anchor) -> SigmaText {
        let before: [Part] = anchor == .end || anchor == .anywhere ? [.anyRun] : []
        let after: [Part] = anchor == .start || anchor == .anywhere ? [.anyRun] : []
        return SigmaText(parts: before + parts + after)
    }

    /// The test that a value passes when it matches this text as a whole.
    func test(_ letterCase: LetterCase) -> Outcome {
        var middle = parts[...]
        let opensFree = middle.first == .anyRun
        if opensFree { middle.removeFirst() }
        guard let first = middle.first else { return opensFree ? .anything : .nothing }
        let endsFree = middle.last == .anyRun
        if endsFree { middle.removeLast() }
        let anchor: Anchor = opensFree ? endsFree ? .anywhere : .end : endsFree ? .start : .whole
        if middle.count == 1, case .text(let bytes) = first,
            letterCase == .exact || bytes.allSatisfy({ $0 < 128 })
        {
            return .test(
                .literals([
                    Literal(
                        bytes: letterCase == .exact ? bytes : bytes.map(foldedASCII), anchor: anchor,
                        letterCase: letterCase)
                ]))
        }
        return .test(.glob(Glob(parts, letterCase), hint: hint(letterCase)))
    }

    /// The longest run of bytes that a match must hold; none shorter than two.
    private func hint(_ letterCase: LetterCase) -> [UInt8]? {
        var best: [UInt8] = []
        for case .text(let bytes) in parts {
            // Where case is ignored, letters beyond ASCII have other bytes in the other case.
            let runs = letterCase == .exact ? [bytes[...]] : bytes.split { $0 >= 128 }
            for run in runs where run.count > best.count { best = Array(run) }
        }
        return best.count >= 2 ? best.map(foldedASCII) : nil
    }

    enum Outcome {
        case test(ValueTest)
        /// `*`: any value that is not null.
        case anything
        /// The empty text, which is null to Falco's fields.
        case nothing
    }

    /// Neighbouring texts become one, repeated runs one, empty texts none.
    private static func joined(_ parts: [Part]) -> [Part] {
        var result: [Part] = []
        for part in parts {
            switch (result.last, part) {
            case (_, .text([])), (.anyRun, .anyRun): continue
            case (.text(let before), .text(let after)): result[result.count - 1] = .text(before + after)
            default: result.append(part)
            }
        }
        return result
    }
}
