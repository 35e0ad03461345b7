// SPDX-License-Identifier: Apache-2.0

/// What was redacted: the word in `[redacted:…]`.
enum SecretKind: String, CaseIterable {
    case awsKey = "aws_key"
    case gcpKey = "gcp_key"
    case token
    case jwt
    case bearer
    case basic
    case password
    case secret
    case userinfo
    case privateKey = "private_key"

    var mark: [UInt8] { Array("[redacted:\(rawValue)]".utf8) }

    /// The beginning of every mark.
    static let markStart = Array("[redacted:".utf8)
}

/// Tokens that tell themselves by how they begin.
struct TokenShape {
    /// The characters behind the prefix.
    enum Alphabet {
        case upperDigits, word, wordAndDot

        @inline(__always)
        func contains(_ byte: UInt8) -> Bool {
            switch self {
            case .upperDigits: (0x41 ... 0x5A).contains(byte) || Ascii.isDigit(byte)
            case .word: Ascii.isAlphanumeric(byte) || byte == 0x5F || byte == 0x2D
            case .wordAndDot: Ascii.isAlphanumeric(byte) || byte == 0x5F || byte == 0x2D || byte == 0x2E
            }
        }
    }

    let prefix: [UInt8]
    let alphabet: Alphabet
    /// Characters behind the prefix, at least.
    let least: Int
    let kind: SecretKind
    /// Small and capital letters and digits must all be there: the prefix alone is a common word.
    let isMixed: Bool

    private init(_ prefix: String, _ alphabet: Alphabet, _ least: Int, _ kind: SecretKind, mixed: Bool) {
        self.prefix = Array(prefix.utf8)
        self.alphabet = alphabet
        self.least = least
        self.kind = kind
        isMixed = mixed
    }

    private static func shapes(
        _ prefixes: String, _ alphabet: Alphabet, _ least: Int, _ kind: SecretKind, mixed: Bool = false
    ) -> [TokenShape] {
        prefixes.split(separator: " ").map { TokenShape(String($0), alphabet, least, kind, mixed: mixed) }
    }

    /// Prefixes as their issuers document them.
    private static let all: [TokenShape] = {
        var all = shapes("AKIA ASIA ABIA ACCA", .upperDigits, 16, .awsKey)
        all += shapes("AIza", .word, 30, .gcpKey)
        all += shapes("ya29.", .wordAndDot, 16, .gcpKey)
        all += shapes("GOCSPX-", .word, 20, .gcpKey)
        all += shapes("ghp_ gho_ ghu_ ghs_ ghr_ github_pat_", .word, 20, .token)
        all += shapes(
            "glpat- gldt- glrt- glcbt- glptt- glft- glsoat- glimt- glagent-", .wordAndDot, 16, .token)
        all += shapes("xoxb- xoxp- xoxa- xoxr- xoxs- xoxe- xoxe. xoxc- xoxd- xapp-", .wordAndDot, 10, .token)
        all += shapes("sk_live_ sk_test_ rk_live_ rk_test_ whsec_", .word, 10, .token)
        all += shapes("sk-ant- sk-proj- dckr_pat_ shpat_ shpss_ lin_api_ tskey- NRAK- sq0atp-", .word, 12, .token)
        all += shapes("sk-", .word, 20, .token, mixed: true)
        all += shapes("glsa_ PMAK- xkeysib- sq0csp-", .word, 20, .token)
        all += shapes("npm_ pypi- hf_ dop_v1_ doo_v1_ AGE-SECRET-KEY-1", .word, 30, .token)
        all += shapes("hvs. hvb. hvr. SG.", .wordAndDot, 20, .token)
        return all
    }()

    /// By the first byte of the prefix.
    static let byFirst: [[TokenShape]] = {
        var table = [[TokenShape]](repeating: [], count: 256)
        for shape in all { table[Int(shape.prefix[0])].append(shape) }
        return table
    }()
}

/// Classes of ASCII.
enum Ascii {
    @inline(__always) static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }
    @inline(__always) static func isUpper(_ byte: UInt8) -> Bool { byte >= 0x41 && byte <= 0x5A }
    @inline(__always) static func isLower(_ byte: UInt8) -> Bool { byte >= 0x61 && byte <= 0x7A }
    @inline(__always) static func isAlphanumeric(_ byte: UInt8) -> Bool {
        isDigit(byte) || isUpper(byte) || isLower(byte)
    }
    @inline(__always) static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0A }
    @inline(__always) static func isQuote(_ byte: UInt8) -> Bool { byte == 0x22 || byte == 0x27 || byte == 0x60 }
    @inline(__always) static func isHexadecimal(_ byte: UInt8) -> Bool {
        isDigit(byte) || (byte | 0x20 >= 0x61 && byte | 0x20 <= 0x66)
    }
    @inline(__always) static func lower(_ byte: UInt8) -> UInt8 { isUpper(byte) ? byte | 0x20 : byte }
}
