// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// Finds secrets in a folded text, from left to right and each byte a bounded number of times.
///
/// It is better to take a harmless word than to leave a secret; but what is taken is what an attacker can hide, so a rule
/// takes one word, not the rest of a line.
struct SecretScanner {
    struct Found {
        let range: Range<Int>
        let kind: SecretKind
        /// The same text is taken elsewhere in the alert too.
        let isDistinct: Bool
    }

    let text: [UInt8]
    private(set) var found: [Found] = []
    /// Steps taken over bytes, for the test that the work is linear.
    var work = 0
    var at = 0
    var program = Program.other
    /// The identifier before this one, in small letters without separators.
    var previousWord: [UInt8] = []
    /// An id of an AWS key came before: its secret has no mark of its own.
    private var hasAWSKey = false

    init(_ text: [UInt8]) { self.text = text }

    /// The program whose flags are read, until the command ends.
    enum Program {
        case other, curl, database, sshpass, redis, ldap, container, login, samba
    }

    mutating func scan() {
        while at < text.count {
            work += 1
            let byte = text[at]
            if Ascii.isAlphanumeric(byte) || byte == 0x5F {
                if isBoundary(at), takeToken() { continue }
                takeWord()
            } else {
                takeMark(byte)
            }
        }
    }

    /// What is no letter or digit.
    private mutating func takeMark(_ byte: UInt8) {
        switch byte {
        case 0x3A where starts(with: "://"): takeUserinfo()
        case 0x2D where starts(with: "-----BEGIN"): takePrivateKey()
        case 0x2D where at == 0 || Ascii.isSpace(text[at - 1]): takeFlag()
        case 0x7C, 0x3B, 0x26, 0x0A:
            program = .other
            at += 1
        default: at += 1
        }
    }

    // MARK: Reading

    func byte(_ place: Int) -> UInt8? { place >= 0 && place < text.count ? text[place] : nil }

    func starts(with prefix: StaticString, at place: Int? = nil) -> Bool {
        let place = place ?? at
        guard place >= 0, place < text.count else { return false }
        return text.span.extracting(place ..< text.count).startsWith(prefix)
    }

    /// Behind the bytes from `place` on that hold, `limit` of them at most.
    mutating func run(from place: Int, limit: Int = .max, while holds: (UInt8) -> Bool) -> Int {
        var end = place
        let last = limit < text.count - place ? place + limit : text.count
        while end < last, holds(text[end]) { end += 1 }
        work += end - place
        return end
    }

    /// No letter or digit comes before: the start, another character, `%20`, or `\n` as two characters.
    private func isBoundary(_ place: Int) -> Bool {
        guard let before = byte(place - 1), Ascii.isAlphanumeric(before) else { return true }
        if byte(place - 2) == 0x5C { return true }
        return byte(place - 3) == 0x25 && Ascii.isHexadecimal(before)
            && Ascii.isHexadecimal(text[place - 2])
    }

    // MARK: Taking

    /// Notes a secret and goes on behind it. A mark of an earlier redaction is no secret.
    mutating func take(_ range: Range<Int>, _ kind: SecretKind, distinct: Bool = true) {
        at = max(at + 1, range.upperBound)
        guard !range.isEmpty, !isMark(range) else { return }
        found.append(Found(range: range, kind: kind, isDistinct: distinct))
    }

    private func isMark(_ range: Range<Int>) -> Bool {
        let start = SecretKind.markStart
        guard range.count > start.count, range.count < 32, text[range.upperBound - 1] == 0x5D,
            text[range].starts(with: start)
        else { return false }
        return text[range].dropFirst(start.count).dropLast().allSatisfy { Ascii.isLower($0) || $0 == 0x5F }
    }

    /// A token by its prefix, a JWT, or the secret of an AWS key.
    mutating func takeToken() -> Bool {
        for shape in TokenShape.byFirst[Int(text[at])] where text[at...].starts(with: shape.prefix) {
            work += shape.prefix.count
            let start = at + shape.prefix.count
            // Runs that are no secret are walked no further than this, however many prefixes are in them.
            var end = run(from: start, limit: 64, while: shape.alphabet.contains)
            guard end - start >= shape.least, !shape.isMixed || isMixed(start ..< end) else { continue }
            end = run(from: end, while: shape.alphabet.contains)
            if shape.kind == .awsKey { hasAWSKey = true }
            take(at ..< end, shape.kind)
            return true
        }
        if starts(with: "eyJ"), let end = endOfJWT() {
            take(at ..< end, .jwt)
            return true
        }
        return hasAWSKey && takeAWSSecret()
    }

    /// `header.payload`, base64url, with or without more parts. A run is walked once: inside it there is no boundary but
    /// behind `.`, `_` and `-`, so it begins anew only behind what is no part of base64url.
    private mutating func endOfJWT() -> Int? {
        if let before = byte(at - 1), TokenShape.Alphabet.word.contains(before) { return nil }
        let header = run(from: at, while: TokenShape.Alphabet.word.contains)
        guard header - at >= 10, byte(header) == 0x2E else { return nil }
        let payload = run(from: header + 1, while: TokenShape.Alphabet.word.contains)
        guard payload - header > 4 else { return nil }
        return run(from: payload, while: TokenShape.Alphabet.wordAndDot.contains)
    }

    private mutating func takeAWSSecret() -> Bool {
        func isPart(_ byte: UInt8) -> Bool { Ascii.isAlphanumeric(byte) || byte == 0x2B || byte == 0x2F }
        if let before = byte(at - 1), isPart(before) { return false }
        let end = run(from: at, while: isPart)
        guard end - at == 40, isMixed(at ..< end) else { return false }
        take(at ..< end, .awsKey)
        return true
    }

    private func isMixed(_ range: Range<Int>) -> Bool {
        let bytes = text[range]
        return bytes.contains(where: Ascii.isUpper) && bytes.contains(where: Ascii.isLower)
            && bytes.contains(where: Ascii.isDigit)
    }

    /// `-----BEGIN … PRIVATE KEY-----` up to its end, or to the end of the text.
    private mutating func takePrivateKey() {
        let label = text[at ..< min(at + 64, text.count)]
        guard Self.contains(label, "PRIVATE KEY") else {
            at += 10
            return
        }
        var place = at + 10
        while place < text.count, !starts(with: "-----END", at: place) { place += 1 }
        work += place - at
        if place < text.count {
            place += 8
            let limit = min(place + 64, text.count)
            while place < limit, !starts(with: "-----", at: place) { place += 1 }
            place = min(place + 5, text.count)
        }
        take(at ..< place, .privateKey)
    }

    private static func contains(_ bytes: ArraySlice<UInt8>, _ part: String) -> Bool {
        let part = Array(part.utf8)
        return bytes.indices.contains { bytes[$0...].starts(with: part) }
    }
}
