// SPDX-License-Identifier: Apache-2.0
import Matching
import Testing

struct RegularExpressionTests {
    @Test(arguments: [
        ("a.c", "abc", true, true), ("b", "abc", false, true), ("a|ab", "ab", true, true), ("^b", "a\nb", false, false),
        ("a.*c", "a\nc", false, false), ("A", "a", false, false),
    ])
    func `whole and part`(_ pattern: String, _ text: String, _ whole: Bool, _ part: Bool) throws {
        let expression = try RegularExpression(pattern)
        #expect(expression.matchesWhole(Array(text.utf8)) == whole)
        #expect(expression.matchesPart(Array(text.utf8)) == part)
    }

    @Test func `flags`() throws {
        let text = Array("x\nAb\ny".utf8)
        #expect(try RegularExpression("ab", flags: .ignoringCase).matchesPart(text))
        #expect(try RegularExpression("^Ab$", flags: .multiline).matchesPart(text))
        #expect(try !RegularExpression("^Ab$").matchesPart(text))
        #expect(try RegularExpression("x.*y", flags: .dotMatchesNewline).matchesWhole(text))
        #expect(try RegularExpression("É", flags: .ignoringCase).matchesPart(Array("é".utf8)))
    }

    @Test func `bytes that are no text hide nothing from a pattern of ASCII`() throws {
        let text: [UInt8] = [0xff, 0] + Array("evil".utf8) + [0xc3]
        #expect(try RegularExpression(".*evil.*").matchesWhole(text))
        #expect(try RegularExpression("evil").matchesPart(text))
    }

    @Test(arguments: [
        "(", "a{1,2", "[", "*", "(?<x", "\\", "(a{1000}){1000}", "(?:(?:a{500}){500}){500}", "a**{999999}",
    ])
    func `what is no pattern, or too large, is refused with a reason`(_ pattern: String) throws {
        do {
            _ = try RegularExpression(pattern)
            // RE2 takes an unclosed brace as itself.
            #expect(pattern.contains("{") && !pattern.contains("}"))
        } catch {
            #expect(!error.reason.isEmpty)
        }
    }

    @Test func `a pattern of a megabyte is refused`() {
        #expect(throws: RegularExpression.Malformed.self) {
            try RegularExpression([UInt8](repeating: 97, count: 1 << 20))
        }
    }

    @Test func `thirty thousand parentheses in one another exhaust nothing`() throws {
        let nested = String(repeating: "(", count: 30_000) + "a" + String(repeating: ")", count: 30_000)
        let expression = try? RegularExpression(nested)
        #expect(expression?.matchesWhole([97]) ?? true)
        #expect(!(expression?.matchesWhole([98]) ?? false))
    }

    /// Backtracking would need 2^n steps; linear matching ends at once, and at four times the length as well.
    @Test(arguments: ["(a+)+$", "(a|aa)+$", "(.*)*b", "(a*)*c", "^(([a-z])+.)+[A-Z]([a-z])+$"])
    func `expressions made to explode stay linear`(_ pattern: String) throws {
        let expression = try RegularExpression(pattern)
        for length in [1_000, 100_000, 400_000] {
            let text = [UInt8](repeating: 97, count: length) + [33]
            #expect(!expression.matchesWhole(text))
        }
    }

    @Test func `one expression serves many tasks`() async throws {
        let expression = try RegularExpression("[a-c]+[0-9]{3}")
        await withTaskGroup(of: Int.self) { group in
            for seed in 0 ..< 4 {
                group.addTask {
                    var random = SeededRandom(seed: UInt64(seed))
                    return (0 ..< 2_000).count { _ in
                        let text = random.bytes(of: "abc", upTo: 3) + random.bytes(of: "0123", upTo: 3)
                        let digits = text.reversed().prefix { $0 < 58 }
                        let expected = digits.count == 3 && text.count > 3
                        return expression.matchesWhole(text) != expected
                    }
                }
            }
            for await wrong in group { #expect(wrong == 0) }
        }
    }
}
