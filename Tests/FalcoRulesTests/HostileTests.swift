// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import FalcoRules

/// Conditions that somebody wrote to do harm, and alerts that do.
struct HostileTests {
    private static func isRefused(_ text: String) -> Bool { (try? Condition(text)) == nil }

    @Test func `nesting beyond the limit is refused, however deep`() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "(", count: depth) + "proc.name = a" + String(repeating: ")", count: depth)
        }
        #expect(!Self.isRefused(nested(99)))
        #expect(Self.isRefused(nested(100)))
        #expect(Self.isRefused(nested(100_000)))
        #expect(Self.isRefused(String(repeating: "not (", count: 20_000)))
        #expect(Self.isRefused(String(repeating: "tolower(", count: 20_000)))
        let negated = try Condition(String(repeating: "not ", count: 50_001) + "proc.name = a")
        #expect(matches(negated, SampleAlert(fields: [("proc.name", "b")])))
    }

    @Test func `a megabyte is refused before it is read`() {
        #expect(Self.isRefused(String(repeating: "a", count: 1 << 20)))
        #expect(Self.isRefused("proc.name in (" + String(repeating: "a,", count: 1 << 19) + "b)"))
        #expect(Self.isRefused("proc.name = \"" + String(repeating: "\\\\", count: 1 << 19)))
        #expect(Self.isRefused(String(repeating: "a.b exists and ", count: 1 << 16) + "a.b exists"))
    }

    @Test func `as much as fits is read`() throws {
        let many = try Condition((0 ..< 4_096).map { "proc.name != a\($0)" }.joined(separator: " and "))
        #expect(matches(many, SampleAlert(fields: [("proc.name", "b")])))
        #expect(!matches(many, SampleAlert(fields: [("proc.name", "a4095")])))
        let list = try Condition("proc.name in (" + (0 ..< 20_000).map { "a\($0)" }.joined(separator: ",") + ")")
        #expect(matches(list, SampleAlert(fields: [("proc.name", "a19999")])))
        #expect(!matches(list, SampleAlert(fields: [("proc.name", "a20000")])))
    }

    @Test(arguments: 0 ..< 20)
    func `random bytes never do more than fail`(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let words = [
            "proc.name", "rule", "=", "!=", " ", "in", "(", ")", "'", "\"", "\\", ",", "[", "]", "and", "or", "not",
            "val(", "len(", "regex", "0x", "<NA>", "\u{0}", "é", "exists", "priority", "critical", "1e9", "/8",
        ]
        for _ in 0 ..< 2_000 {
            var bytes: [UInt8] = []
            for _ in 0 ..< Int.random(in: 0 ..< 12, using: &random) {
                bytes += Array((words.randomElement(using: &random) ?? "").utf8)
                if Int.random(in: 0 ..< 8, using: &random) == 0 {
                    bytes.append(UInt8.random(in: 0 ... 255, using: &random))
                }
            }
            do throws(ConditionError) {
                _ = try ConditionParser.parse(bytes)
            } catch {
                #expect((0 ... bytes.count).contains(error.offset))
            }
            do throws(ConditionError) {
                _ = try Condition(String(decoding: bytes, as: UTF8.self))
            } catch {
                #expect(!error.what.isEmpty)
            }
        }
    }

    @Test func `invalid UTF-8 and NUL in an alert are bytes like others`() throws {
        let alert = SampleAlert(fields: [("proc.cmdline", .text([0xff, 0] + Array("curl evil".utf8) + [0xc3]))])
        for text in [
            "proc.cmdline contains evil", "proc.cmdline icontains EVIL", "proc.cmdline glob *evil*",
            "proc.cmdline regex '.*evil.*'", "proc.cmdline bcontains ff00", "tolower(proc.cmdline) contains evil",
            "proc.cmdline regex '(?s).*evil.*'",
        ] {
            #expect(matches(try Condition(text), alert), "\(text)")
        }
    }

    @Test(arguments: ["(a+)+$", "(a|aa)+$", "([a-z]+)*[0-9]", "(.*a){20}"])
    func `an expression made to explode stays linear`(_ pattern: String) throws {
        let condition = try Condition("proc.cmdline regex '\(pattern)'")
        let text = [UInt8](repeating: 97, count: 200_000) + Array("!".utf8)
        #expect(!matches(condition, SampleAlert(fields: [("proc.cmdline", .text(text))])))
    }

    @Test func `large programs and many expressions are refused`() {
        #expect(Self.isRefused("proc.name regex '((a{100}){100}){100}'"))
        let many = (0 ..< 65).map { "proc.name regex 'a\($0)'" }.joined(separator: " or ")
        #expect(Self.isRefused(many))
    }

    @Test(arguments: ["[", "[\"", "[\"a", "[\"a\\", "[[", "[{\"]", "[1", "[,,", "[]x", "[nul", "[\"a\"\"b\"]"])
    func `an array that is none ends all the same`(_ json: String) throws {
        let alert = SampleAlert(fields: [("ct.list", .json(json))])
        for text in ["ct.list intersects (x)", "ct.list in (x)", "len(ct.list) > 100", "ct.list contains zzz"] {
            #expect(!matches(try Condition(text), alert), "\(text)")
        }
    }
}
