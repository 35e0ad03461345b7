// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Matching
import Testing

struct SubstringSearchTests {
    @Test(arguments: 0 ..< 30)
    func `searching agrees with trying every place`(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        for _ in 0 ..< 300 {
            let text = random.bytes(of: "abAB/ ", upTo: seed.isMultiple(of: 3) ? 90 : 12)
            let needle =
                Bool.random(using: &random) || text.isEmpty
                ? random.bytes(of: "abAB", upTo: 4)
                : Array(text[Int.random(in: 0 ..< text.count, using: &random)...].prefix(9))
            for letterCase in [LetterCase.exact, .ignored] {
                let search = SubstringSearch(needle, letterCase)
                let haystack = letterCase == .exact ? text : text.map(foldedASCII)
                let wanted = letterCase == .exact ? needle : needle.map(foldedASCII)
                let places = (0 ... haystack.count).filter { haystack[$0...].starts(with: wanted) }
                let shown = "seed \(seed): \(needle) in \(text)"
                #expect(search.occurs(in: text) == !places.isEmpty, "\(shown)")
                #expect(search.starts(text) == (places.first == 0), "\(shown)")
                #expect(search.ends(text) == places.contains(haystack.count - wanted.count), "\(shown)")
                #expect(search.equals(text) == (haystack == wanted), "\(shown)")
                #expect(isInside(needle, text, letterCase) == !places.isEmpty, "\(shown)")
            }
        }
    }

    @Test(arguments: [
        ("É", "xé", true), ("ÉCOLE", "l'école", true), ("école", "l'École", true), ("Ⱥ", "ⱥ", true), ("ς", "σ", true),
        ("ß", "ss", false), ("é", "e", false), ("straße", "STRAßE", true),
    ])
    func `letters beyond ASCII are found in either case`(_ needle: String, _ text: String, _ expected: Bool) {
        #expect(SubstringSearch(needle, .ignored).occurs(in: Array(text.utf8)) == expected)
        #expect(SubstringSearch(needle, .ignored).ends(Array(text.utf8)) == expected)
    }

    @Test func `bytes that are no UTF-8 match themselves`() {
        let search = SubstringSearch([0xff, 0xc3, 0x89], .ignored)
        #expect(search.occurs(in: [0, 0xff, 0xc3, 0xa9]))
        #expect(!search.occurs(in: [0, 0xfe, 0xc3, 0xa9]))
        #expect(SubstringSearch([0, 0xff]).occurs(in: [1, 0, 0xff, 2]))
    }

    @Test(arguments: [
        ("ABC", "abc", true), ("École", "éCOLE", true), ("a", "ab", false), ("ab", "a", false), ("", "", true),
        ("É", "E", false),
    ])
    func `texts are compared without regard to case`(_ one: String, _ another: String, _ expected: Bool) {
        #expect(isSame(one, another) == expected)
        #expect(isSame(another, one) == expected)
        #expect(SubstringSearch(one, .ignored).equals(Array(another.utf8)) == expected)
    }
}
