// SPDX-License-Identifier: Apache-2.0
import Matching

/// The modifiers that make other texts out of a text.
extension SigmaText {
    struct Refused: Error {
        let reason: String
        var suggestion: String?
    }

    /// - Returns: the texts it stands for, of which one has to match.
    func applying(_ transform: ValueModifiers.Transform) throws(Refused) -> [SigmaText] {
        switch transform {
        case .windash: try withDashes()
        case .base64: [SigmaText(parts: [.text(Self.base64(try plain("base64")))])]
        case .base64offset: try base64AtOffsets()
        case .utf16le: [encoded { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }]
        case .utf16be: [encoded { [UInt8($0 >> 8), UInt8(truncatingIfNeeded: $0)] }]
        case .utf16:
            [
                SigmaText(
                    parts: [.text([0xff, 0xfe])]
                        + encoded { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }.parts)
            ]
        case .expand: [self]
        }
    }

    private func plain(_ name: String) throws(Refused) -> [UInt8] {
        guard let bytes = plainBytes else { throw Refused(reason: "`\(name)` needs a text without wildcards") }
        return bytes
    }

    private func encoded(_ unit: (UInt16) -> [UInt8]) -> SigmaText {
        SigmaText(
            parts: parts.map { part in
                guard case .text(let bytes) = part else { return part }
                return .text(String(decoding: bytes, as: UTF8.self).utf16.flatMap(unit))
            })
    }

    // MARK: Base64 (RFC 4648, section 4)

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func base64(_ bytes: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start ..< min(start + 3, bytes.count)]
            let word = group.enumerated().reduce(UInt32(0)) { $0 | UInt32($1.element) << UInt32(16 - 8 * $1.offset) }
            for digit in 0 ..< 4 {
                text.append(
                    digit <= group.count ? alphabet[Int(word >> UInt32(18 - 6 * digit) & 63)] : UInt8(ascii: "="))
            }
        }
        return text
    }

    /// The digits that do not depend on what stands before and after, for the three places a text can have in a group.
    private func base64AtOffsets() throws(Refused) -> [SigmaText] {
        let bytes = try plain("base64offset")
        var texts: [SigmaText] = []
        for offset in 0 ..< 3 {
            let padded = [UInt8](repeating: 32, count: offset) + bytes
            let digits = Self.base64(padded)
            // A digit holds six bits: the first whole one after `offset` bytes, the last one before the end.
            let first = (offset * 8 + 5) / 6
            let last = padded.count * 8 / 6
            guard first < last else { throw Refused(reason: "`base64offset` needs a longer text") }
            texts.append(SigmaText(parts: [.text(Array(digits[first ..< last]))]))
        }
        return texts
    }

    // MARK: Dashes

    private static let dashes = ["-", "/", "–", "—", "―"]

    /// Every combination of dashes where one starts a word: not behind a letter, before one.
    private func withDashes() throws(Refused) -> [SigmaText] {
        var results: [[Part]] = [[]]
        for part in parts {
            guard case .text(let bytes) = part else {
                results = results.map { $0 + [part] }
                continue
            }
            let scalars = Array(String(decoding: bytes, as: UTF8.self).unicodeScalars)
            for (index, scalar) in scalars.enumerated() {
                let isDash = Self.dashes.contains { $0.unicodeScalars.first == scalar }
                let opens = index == 0 || !Self.isWord(scalars[index - 1])
                let leads = index + 1 < scalars.count && Self.isWord(scalars[index + 1])
                let forms = isDash && opens && leads ? Self.dashes : [String(scalar)]
                guard results.count * forms.count <= 3_125 else {
                    throw Refused(reason: "`windash` multiplies this value into more than 3125")
                }
                results = results.flatMap { result in forms.map { result + [.text(Array($0.utf8))] } }
            }
        }
        return results.map { SigmaText(parts: $0) }
    }

    private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "_" || scalar.properties.isAlphabetic || scalar.properties.numericType != nil
    }
}

/// What `expand` puts in place of `%name%`.
struct Expansions: Sendable {
    let values: [String: [String]]

    /// The texts with every `%name%` replaced, in all combinations; `\%` is a plain percent sign.
    func apply(to text: String) throws(SigmaText.Refused) -> [String] {
        var results = [""]
        var rest = Substring(text)
        while let character = rest.first {
            if character == "\\", rest.dropFirst().first == "%" {
                rest = rest.dropFirst(2)
                results = results.map { $0 + "%" }
                continue
            }
            guard character == "%", let end = rest.dropFirst().firstIndex(of: "%") else {
                rest.removeFirst()
                for index in results.indices { results[index].append(character) }
                continue
            }
            let name = String(rest[rest.index(after: rest.startIndex) ..< end])
            rest = rest[rest.index(after: end)...]
            guard let choices = values[name] else {
                throw SigmaText.Refused(
                    reason: "there are no values for \(quoted("%\(name)%"))",
                    suggestion: Spelling.closest(to: name, among: values.keys.sorted()).map { "%\($0)%" })
            }
            guard results.count * choices.count <= RuleLimit.values else {
                throw SigmaText.Refused(reason: "`expand` multiplies this value into more than \(RuleLimit.values)")
            }
            results = results.flatMap { result in choices.map { result + $0 } }
        }
        return results
    }
}
