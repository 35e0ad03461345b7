// SPDX-License-Identifier: Apache-2.0
import Matching

// `#expect` takes no spans: the same calls over arrays.
extension SubstringSearch {
    func occurs(in text: [UInt8]) -> Bool { occurs(in: text.span) }
    func starts(_ text: [UInt8]) -> Bool { starts(text.span) }
    func ends(_ text: [UInt8]) -> Bool { ends(text.span) }
    func equals(_ text: [UInt8]) -> Bool { equals(text.span) }
}

extension RegularExpression {
    func matchesWhole(_ text: [UInt8]) -> Bool { matchesWhole(text.span) }
    func matchesPart(_ text: [UInt8]) -> Bool { matchesPart(text.span) }
}

extension Glob {
    func matches(_ text: [UInt8]) -> Bool { matches(text.span) }
}

extension CIDRBlock {
    func contains(_ text: String) -> Bool { contains(Array(text.utf8).span) }
}

extension ExactNumber {
    init?(_ text: String) { self.init(text: Array(text.utf8).span) }
}

func isSame(_ one: String, _ another: String) -> Bool {
    Array(one.utf8).span.equalsIgnoringCase(Array(another.utf8).span)
}

func isInside(_ needle: [UInt8], _ text: [UInt8], _ letterCase: LetterCase) -> Bool {
    text.span.contains(needle.span, letterCase)
}
