// SPDX-License-Identifier: Apache-2.0
import ConfigTree
import Testing

@Suite struct `Hostile input` {
    private func problems(_ bytes: [UInt8]) -> [ConfigProblem] {
        ConfigDocument(bytes, file: "t").check(SampleConfig.init).problems
    }

    @Test(arguments: ["[", "{a: ", "- ", "? ", "a:\n ", "!!seq [", "&a ["])
    func `deep nesting is refused`(_ piece: String) {
        #expect(!problems(Array(String(repeating: piece, count: 100_000).utf8.prefix(1 << 20))).isEmpty)
    }

    @Test func `nesting by indentation is refused at the limit`() {
        let yaml = (0 ..< 100).map { String(repeating: " ", count: $0) + "a:\n" }.joined()
        #expect(problems(Array(yaml.utf8)).map(\.what).contains("more than 32 maps and lists inside one another"))
    }

    @Test func `an alias bomb is refused before it unfolds`() {
        var yaml = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1 ... 30 {
            yaml += "a\(level): &a\(level) [" + (0 ..< 10).map { _ in "*a\(level - 1)" }.joined(separator: ", ") + "]\n"
        }
        #expect(problems(Array(yaml.utf8)).map(\.what) == ["more than 100000 values once aliases are written out"])
    }

    @Test func `an alias bomb as a key is refused`() {
        var yaml = "- &a0 [x, x]\n"
        for level in 1 ... 64 { yaml += "- &a\(level) [*a\(level - 1), *a\(level - 1)]\n" }
        #expect(
            problems(Array((yaml + "- { ? *a64 : 1, ? *a64 : 2 }\n").utf8)).map(\.what)
                == ["more than 100000 values once aliases are written out"])
    }

    @Test func `an anchor inside itself is refused`() {
        #expect(problems(Array("words: &a [*a]".utf8)).map(\.what) == ["alias *a has no anchor before it"])
    }

    @Test func `a file over the limit is refused unread`() {
        #expect(problems([UInt8](repeating: 0x20, count: ConfigLimit.bytes + 1)).count == 1)
    }

    @Test(
        arguments: [
            ([0x61, 0x3a, 0x20, 0xff], "t:1:4"), ([0x0a, 0xc3, 0xa9, 0xc3], "t:2:2"), ([0xed, 0xa0, 0x80], "t:1:1"),
            ([0xff, 0xfe, 0x61, 0x00], "t:1:1"),
        ] as [([UInt8], String)])
    func `what is not UTF-8 is refused at its place`(_ bytes: [UInt8], _ place: String) {
        #expect(problems(bytes).map { $0.place?.description } == [place])
    }

    @Test func `control characters are refused at their place`() {
        #expect(problems(Array("a: b\nc: \u{1}".utf8)).map { $0.place?.description } == ["t:2:4"])
    }

    @Test func `a wrong secret is never repeated`() {
        for wrong in [
            "hunter2", "${hunter2}", "${file:}hunter2", "${vault:hunter2}", "${env:hunter2 x}", "[hunter2]",
            "{hunter2: hunter2}",
        ] {
            let problems =
                SampleConfig.check("parts: { a: { type: mount, secret: \"\(wrong)\" } }").problems
                + SampleConfig.check("parts: { a: { type: mount, secret: \(wrong) } }").problems
            #expect(!problems.isEmpty)
            for problem in problems { #expect(!problem.description.contains("hunter2")) }
        }
    }

    @Test func `terminal control in a file does not reach the terminal`() {
        let problems = SampleConfig.check("\"\\e[31mred\\u202e\": 1\nlevel: \"\\e]0;x\\a\"").problems
        #expect(problems.count == 2)
        for scalar in problems.flatMap({ $0.description.unicodeScalars }) {
            #expect(scalar.value >= 0x20 && scalar != "\u{202e}")
        }
    }

    /// Random text from YAML's own alphabet and from the declarations' words.
    @Test(arguments: 0 ..< 40) func `random YAML is answered, whatever it is`(_ seed: UInt64) {
        var random = SplitMix(state: seed)
        let pieces = [
            "version", "level", "limit", "words", "parts", "hold", "when", "type", "dial", "mount", "address", "poll",
            "tls", "secret",
            ": ", ":", "\n", "\n  ", "\n    ", "- ", "[", "]", "{", "}", ", ", "&a ", "*a", "!!int ", "!x ", "'", "\"",
            "#", "|\n", ">-\n",
            "? ", "~", "null", "1", "-1", "5m", "1h30m", "64MiB", "99999999999999999999", "10/s", "${file:x}", "${",
            "unix:///x", "[::1]:80",
            "%YAML 1.1\n", "---\n", "...\n", "\t", "é", "\u{0}", "\u{85}", "\\x41", "<<",
        ]
        for _ in 0 ..< 250 {
            var bytes: [UInt8] = []
            for _ in 0 ..< random.next() % 40 { bytes += Array(pieces[Int(random.next() % UInt64(pieces.count))].utf8) }
            if random.next() % 4 == 0, !bytes.isEmpty {
                bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next())
            }
            let outcome = ConfigDocument(bytes, file: "t").check(SampleConfig.init)
            #expect((outcome.value == nil) == outcome.hasErrors)
        }
    }

    /// Valid files with one byte changed, cut or doubled.
    @Test(arguments: 0 ..< 20) func `a damaged file is answered`(_ seed: UInt64) {
        var random = SplitMix(state: seed &+ 1_000)
        let whole = Array(
            """
            version: 1
            limit: 4GiB
            words: [a, "b c", 'd']
            parts:
              first: { type: dial, address: "unix:///run/a.sock", poll: { busy: 5ms, idle: 1.5s } }
              third: { type: mount, path: /in, secret: "${file:token}" }
            hold:
              - when: |
                  first
            """.utf8)
        for _ in 0 ..< 250 {
            var bytes = whole
            let place = Int(random.next() % UInt64(bytes.count))
            switch random.next() % 3 {
            case 0: bytes[place] = UInt8(truncatingIfNeeded: random.next())
            case 1: bytes.removeSubrange(place ..< min(bytes.count, place + Int(random.next() % 20)))
            default: bytes.insert(contentsOf: bytes[place...].prefix(20), at: place)
            }
            let outcome = ConfigDocument(bytes, file: "t").check(SampleConfig.init)
            #expect((outcome.value == nil) == outcome.hasErrors)
        }
    }
}

/// A small generator, so that a seed gives the same run everywhere.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
