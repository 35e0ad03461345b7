// SPDX-License-Identifier: Apache-2.0

/// Secrets in a text, replaced by `[redacted:kind]`.
///
/// Looked for are cloud keys (AWS, Google, Azure), tokens that tell themselves by a prefix (GitHub, GitLab, Slack, Stripe,
/// npm, PyPI, Docker, Vault …), JWT, private keys in PEM, `Authorization` and `Cookie`, Bearer and Basic, the password in a
/// URL, and values of names such as `password`, `api_key`, `--token`; short flags of a few programs. The text is looked at
/// without what cannot be seen, so a mark between two letters hides no secret. Linear.
public struct Redaction: Sendable {
    /// UTF-8 without the secrets.
    public let text: [UInt8]
    /// How many were replaced.
    public let count: Int
    /// The secrets themselves, folded, for finding them in other texts of the same alert.
    let secrets: [[UInt8]]
    /// Steps over bytes.
    let work: Int

    /// Of any bytes; what is not UTF-8 becomes U+FFFD.
    public init(of text: Span<UInt8>) { self.init(of: Scalars.repaired(text), known: KnownSecrets()) }

    /// Of valid UTF-8; `known` are secrets of other texts, which are replaced wherever they stand.
    init(of text: [UInt8], known: KnownSecrets) {
        let folded = FoldedText(text, for: .secrets)
        var scanner = SecretScanner(folded.bytes)
        scanner.scan()
        work = scanner.work
        let found = scanner.found
        secrets = found.filter(\.isDistinct).map { Array(folded.bytes[$0.range]) }
        var ranges = found.map { (range: $0.range, kind: $0.kind) }
        if !known.isEmpty { ranges = known.add(to: ranges, in: folded.bytes) }
        count = ranges.count
        guard !ranges.isEmpty else {
            self.text = text
            return
        }
        var out: [UInt8] = []
        out.reserveCapacity(text.count)
        var place = 0
        for (range, kind) in ranges {
            out.append(contentsOf: text[place ..< folded.origin(range.lowerBound)])
            out.append(contentsOf: kind.mark)
            place = folded.origin(range.upperBound)
        }
        out.append(contentsOf: text[place...])
        self.text = out
    }
}

/// Secrets found in one text of an alert: a command line says which word is a password, the list of its arguments does not.
struct KnownSecrets: Sendable {
    /// So many at most, and none longer than so many bytes: the work for each byte of a text is bounded.
    private static let limit = 32
    private static let lengthLimit = 512

    private var secrets: [(bytes: [UInt8], fallback: [Int])] = []

    var isEmpty: Bool { secrets.isEmpty }

    mutating func learn(_ redaction: Redaction) {
        for secret in redaction.secrets {
            if Self.isDistinct(secret) { learn(secret) }
            // `user:password`, the parts of a token, the lines of a key.
            let parts = secret.split { Ascii.isSpace($0) || $0 == 0x3A || $0 == 0x2E || $0 == 0x3B || $0 == 0x40 }
            guard parts.count > 1 else { continue }
            for part in parts where part.contains(where: { Ascii.isUpper($0) || Ascii.isDigit($0) }) && part.count >= 8
            {
                learn(Array(part))
            }
        }
    }

    private mutating func learn(_ secret: [UInt8]) {
        guard secrets.count < Self.limit, secret.count <= Self.lengthLimit,
            !secrets.contains(where: { $0.bytes == secret })
        else { return }
        secrets.append((secret, Self.fallback(secret)))
    }

    /// Long and odd enough to be nothing else: taking every `root` away because it is a password would blind the reader.
    private static func isDistinct(_ secret: [UInt8]) -> Bool {
        let isWord = secret.allSatisfy { Ascii.isLower($0) || $0 == 0x2F || $0 == 0x2E || $0 == 0x2D }
        return secret.count >= (isWord ? 12 : 5)
    }

    /// The found ranges and those of known secrets, in order, none overlapping another.
    func add(to found: [(range: Range<Int>, kind: SecretKind)], in text: [UInt8])
        -> [(range: Range<Int>, kind: SecretKind)]
    {
        var all = found
        for secret in secrets {
            for end in Self.ends(of: secret, in: text) { all.append((end - secret.bytes.count ..< end, .secret)) }
        }
        all.sort { $0.range.lowerBound < $1.range.lowerBound }
        var merged: [(range: Range<Int>, kind: SecretKind)] = []
        for next in all {
            guard let last = merged.last, next.range.lowerBound < last.range.upperBound else {
                merged.append(next)
                continue
            }
            let end = max(last.range.upperBound, next.range.upperBound)
            merged[merged.count - 1].range = last.range.lowerBound ..< end
        }
        return merged
    }

    /// Knuth, Morris and Pratt: for each length, how much of the beginning is also the end.
    private static func fallback(_ secret: [UInt8]) -> [Int] {
        var table = [Int](repeating: 0, count: secret.count)
        var length = 0
        for place in 1 ..< max(secret.count, 1) {
            while length > 0, secret[place] != secret[length] { length = table[length - 1] }
            if secret[place] == secret[length] { length += 1 }
            table[place] = length
        }
        return table
    }

    private static func ends(of secret: (bytes: [UInt8], fallback: [Int]), in text: [UInt8]) -> [Int] {
        var ends: [Int] = []
        var length = 0
        for place in text.indices {
            while length > 0, text[place] != secret.bytes[length] { length = secret.fallback[length - 1] }
            if text[place] == secret.bytes[length] { length += 1 }
            if length == secret.bytes.count {
                ends.append(place + 1)
                length = 0
            }
        }
        return ends
    }
}
