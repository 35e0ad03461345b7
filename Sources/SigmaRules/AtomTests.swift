// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Matching

/// The tests that no scan decides.
extension MatchProgram {
    func evaluate(_ test: Test, _ slot: Int, _ facts: borrowing AlertFacts, _ notes: inout MatchNotes) -> Bool {
        switch test {
        case .scanned: return false
        case .null: return isNull(slot, facts, notes)
        case .exists: return exists(slot, facts, notes)
        case .priorities(let mask): return mask & 1 << facts.alert.priority.rawValue != 0
        case .time(let part, let relation, let number):
            if slots[slot].kind == .time {
                return relation.holds(CalendarTime(facts.alert.eventTime).value(of: part), number)
            }
            guard let value = value(slot, facts, notes), let time = CalendarTime(value) else { return false }
            return relation.holds(time.value(of: part), number)
        case .glob, .regex, .cidr, .number, .reference: break
        }
        switch slots[slot].kind {
        case .tags:
            for index in 0 ..< facts.alert.tagCount {
                if holds(test, ValueView(kind: .string, text: facts.alert.tag(at: index), bits: 0), facts, notes) {
                    return true
                }
            }
            return false
        case .keywords:
            if holds(test, ValueView(kind: .string, text: facts.alert.output, bits: 0), facts, notes) { return true }
            for index in 0 ..< facts.alert.fieldCount {
                let field = facts.alert.field(at: index)
                guard field.kind == .string || field.kind == .json else { continue }
                if holds(test, ValueView(kind: .string, text: field.text, bits: 0), facts, notes) { return true }
            }
            return false
        default:
            guard let value = value(slot, facts, notes) else { return false }
            return holds(test, value, facts, notes)
        }
    }

    private func isNull(_ slot: Int, _ facts: borrowing AlertFacts, _ notes: borrowing MatchNotes) -> Bool {
        switch slots[slot].kind {
        case .tags: return facts.alert.tagCount == 0
        case .keywords, .priority, .time: return false
        default:
            let value = value(slot, facts, notes)
            return value == nil
        }
    }

    private func exists(_ slot: Int, _ facts: borrowing AlertFacts, _ notes: borrowing MatchNotes) -> Bool {
        if slots[slot].kind == .field, notes.places[slot] >= 0 { return true }
        return !isNull(slot, facts, notes)
    }

    /// One value, which is not null.
    private func holds(
        _ test: Test, _ value: borrowing ValueView, _ facts: borrowing AlertFacts, _ notes: borrowing MatchNotes
    ) -> Bool {
        switch test {
        case .glob(let index): return globs[Int(index)].matches(value.text)
        case .regex(let index): return regexes[Int(index)].matchesPart(value.text)
        case .cidr(let index): return blocks[Int(index)].contains(value.text)
        case .number(let index):
            guard let number = ExactNumber(value) else { return false }
            return numbers[Int(index)].relation.holds(number, numbers[Int(index)].number)
        case .reference(let other, let anchor, let letterCase):
            return refers(value.text, Int(other), anchor, letterCase, facts, notes)
        case .scanned, .null, .exists, .priorities, .time: return false
        }
    }

    private func refers(
        _ text: Span<UInt8>, _ other: Int, _ anchor: Anchor, _ letterCase: LetterCase, _ facts: borrowing AlertFacts,
        _ notes: borrowing MatchNotes
    ) -> Bool {
        if slots[other].kind == .tags {
            for index in 0 ..< facts.alert.tagCount
            where Self.stands(facts.alert.tag(at: index), in: text, anchor, letterCase) { return true }
            return false
        }
        guard let value = value(other, facts, notes) else { return false }
        return Self.stands(value.text, in: text, anchor, letterCase)
    }

    /// Letters beyond ASCII count only where whole texts are compared.
    private static func stands(
        _ needle: Span<UInt8>, in text: Span<UInt8>, _ anchor: Anchor, _ letterCase: LetterCase
    ) -> Bool {
        if anchor == .whole, letterCase == .ignored { return text.equalsIgnoringCase(needle) }
        guard needle.count <= text.count else { return false }
        let last = text.count - needle.count
        func matches(at start: Int) -> Bool {
            for index in needle.indices {
                let one = text[start + index]
                let another = needle[index]
                let isSame = letterCase == .exact ? one == another : foldedASCII(one) == foldedASCII(another)
                guard isSame else { return false }
            }
            return true
        }
        switch anchor {
        case .whole: return last == 0 && matches(at: 0)
        case .start: return matches(at: 0)
        case .end: return matches(at: last)
        case .anywhere:
            for start in 0 ... last where matches(at: start) { return true }
            return false
        }
    }
}
