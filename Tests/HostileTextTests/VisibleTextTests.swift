// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import HostileText

@Suite struct VisibleTextTests {
    @Test func `What cannot be seen becomes an escape, and nothing is deleted`() {
        let shown: [(String, String)] = [
            ("a\nb\tc\rd\0e", "a\\u{0a}b\\u{09}c\\u{0d}d\\u{00}e"),
            ("\u{1b}[31mred", "\\u{1b}[31mred"), ("\u{7f}\u{85}\u{9b}", "\\u{7f}\\u{85}\\u{9b}"),
            ("invoice\u{202e}fdp.exe", "invoice\\u{202e}fdp.exe"), ("a\u{2066}b\u{2069}", "a\\u{2066}b\\u{2069}"),
            ("i\u{200b}g\u{200d}n\u{feff}", "i\\u{200b}g\\u{200d}n\\u{feff}"),
            ("\u{e0041}\u{e007f}", "\\u{e0041}\\u{e007f}"), ("x\u{fe0f}\u{e0100}", "x\\u{fe0f}\\u{e0100}"),
            ("\u{e000}\u{f8ff}\u{100000}", "\\u{e000}\\u{f8ff}\\u{100000}"),
            ("a\u{2028}b\u{2029}", "a\\u{2028}b\\u{2029}"),
            ("äöü 日本語 😀 e\u{301}", "äöü 日本語 😀 e\u{301}"), ("C:\\x \\u{1b} \\n", "C:\\x \\u{1b} \\n"),
        ]
        for (text, expected) in shown { #expect(VisibleText.of(text) == expected) }
    }

    @Test func `Bytes that are not UTF-8 become the replacement character`() {
        let bytes: [UInt8] = [0x61, 0xFF, 0xC3, 0x28, 0xED, 0xA0, 0x80, 0xF0, 0x9F, 0x98]
        #expect(VisibleText.of(bytes.span) == "a\u{fffd}\u{fffd}(\u{fffd}\u{fffd}\u{fffd}\u{fffd}")
    }

    @Test(arguments: 0 ..< 200) func `Twice is once, and no invisible character is left`(seed: UInt64) {
        var random = Seeded(seed)
        let text = random.bytes(upTo: 400)
        let once = VisibleText.of(text.span)
        #expect(VisibleText.of(once) == once)
        for scalar in once.unicodeScalars { #expect(!VisibleText.hides(scalar)) }
        #expect(once.utf8.count <= 8 * text.count + 3)
    }

    @Test func `Every character above the last letter of ASCII that Unicode calls invisible is hidden`() {
        for value in UInt32(0x80) ... 0x10FFFF {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let properties = scalar.properties
            let isInvisible =
                properties.isDefaultIgnorableCodePoint || properties.isNoncharacterCodePoint
                || [.control, .format, .privateUse, .lineSeparator, .paragraphSeparator].contains(
                    properties.generalCategory)
            if isInvisible { #expect(VisibleText.hides(scalar), "U+\(String(value, radix: 16))") }
        }
    }

    @Test func `A cut keeps length and digest of the whole`() {
        let excerpt = Excerpt(of: Array("0123456789abcdef".utf8), limit: 10)
        #expect(excerpt.text == "012345678…")
        #expect(excerpt.whole?.bytes == 16)
        #expect(excerpt.whole?.sha256 == "9f9f5111f7b27a781f1f1ddde5ebc2dd2b796bfc7365c9c28b548e564176929f")
        #expect(Excerpt(of: Array("0123456789".utf8), limit: 10) == Excerpt(text: "0123456789", whole: nil))
    }

    @Test(arguments: 0 ..< 100) func `A cut text has no more characters than allowed`(seed: UInt64) {
        var random = Seeded(seed)
        let text = Scalars.repaired(random.bytes(upTo: 300).span)
        let excerpt = Excerpt(of: text, limit: 40)
        #expect(excerpt.text.unicodeScalars.count <= 40)
        #expect((excerpt.whole == nil) == (VisibleText.of(text).count == excerpt.text.utf8.count))
    }
}
