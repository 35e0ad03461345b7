// SPDX-License-Identifier: Apache-2.0
import Glibc
import Matching
import Testing

struct GlobTests {
    @Test(arguments: [
        ("*", "", true), ("*", "/a/.b", true), ("?", "/", true), ("?", "", false), ("a*b*c", "a-b-b-c", true),
        ("a*b*c", "a-b-b-", false), ("[a-c]x", "bx", true), ("[!a-c]x", "bx", false), ("[^a-c]x", "dx", true),
        ("[]]", "]", true), ("[a", "[a", true), ("\\*", "*", true), ("\\*", "a", false), ("a\\", "a\\", false),
        ("[[:digit:]]*", "7z", true), ("[[:digit:]]", "a", false), ("[\\]]", "]", true), ("[a-]", "-", true),
        ("/etc/*/ssh?_config", "/etc/a/b/sshd_config", true),
    ])
    func `a shell pattern matches as fnmatch does`(_ pattern: String, _ text: String, _ expected: Bool) {
        #expect(Self.matches(pattern, text) == expected)
        #expect(Self.fnmatch(Array(pattern.utf8), Array(text.utf8), folding: false) == expected)
    }

    @Test(arguments: 0 ..< 40)
    func `random patterns and texts agree with the C library`(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        for _ in 0 ..< 500 {
            let pattern = random.bytes(of: "aabB*?[]!-\\/", upTo: 8)
            let text = random.bytes(of: "aabB[]-/", upTo: 8)
            let folding = seed.isMultiple(of: 2)
            let expected = Self.fnmatch(pattern, text, folding: folding)
            let actual = Glob(shell: pattern, folding ? .ignored : .exact).matches(text)
            let shown = (String(decoding: pattern, as: UTF8.self), String(decoding: text, as: UTF8.self))
            #expect(actual == expected, "seed \(seed): \(shown)")
        }
    }

    @Test func `case is ignored beyond ASCII too`() {
        #expect(Self.matches("É*Ⱥ?", "éxyzⱥ!", .ignored))
        #expect(!Self.matches("É*", "éxyz", .exact))
        #expect(Self.matches("*[a-f]", "xE", .ignored))
    }

    @Test func `parts of another syntax: a scalar is one, whatever its length`() {
        let glob = Glob([.text(Array("a".utf8)), .anyScalar, .anyRun, .text(Array("Z".utf8))], .ignored)
        #expect(glob.matches(Array("Aéz".utf8)))
        #expect(glob.matches([97, 0xff, 90]))
        #expect(!glob.matches(Array("az".utf8)))
    }

    @Test func `many wildcards over a text made for them end`() {
        let text = [UInt8](repeating: 97, count: 50_000)
        let glob = Glob(shell: Array(String(repeating: "*a", count: 30).utf8) + [98])
        #expect(!glob.matches(text))
    }

    static func matches(_ pattern: String, _ text: String, _ letterCase: LetterCase = .exact) -> Bool {
        Glob(shell: Array(pattern.utf8), letterCase).matches(Array(text.utf8))
    }

    static func fnmatch(_ pattern: [UInt8], _ text: [UInt8], folding: Bool) -> Bool {
        let one = String(decoding: pattern, as: UTF8.self)
        let another = String(decoding: text, as: UTF8.self)
        // FNM_CASEFOLD, which the overlay does not import without _GNU_SOURCE.
        return unsafe Glibc.fnmatch(one, another, folding ? 1 << 4 : 0) == 0
    }
}
