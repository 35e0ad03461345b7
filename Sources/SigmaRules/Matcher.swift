// SPDX-License-Identifier: Apache-2.0
import AlertModel
import HostileText
import Matching

/// Runs the program over one alert. Allocates nothing once `notes` have their size.
extension MatchProgram {
    func match(_ facts: borrowing AlertFacts, _ words: inout [UInt64], _ notes: inout MatchNotes) {
        prepare(facts, &notes)
        for index in eagerSlots.indices { scan(Int(eagerSlots[index]), facts, &notes) }
        for word in notes.candidates.indices {
            var rest = notes.candidates[word]
            while rest != 0 {
                let bit = rest.trailingZeroBitCount
                rest &= rest &- 1
                if run(entries[word << 6 | bit], facts, &notes) { words[word] |= 1 << UInt64(bit) }
            }
        }
    }

    /// Forgets the alert before, and finds out where this one has the fields that are looked at.
    func prepare(_ facts: borrowing AlertFacts, _ notes: inout MatchNotes) {
        if notes.places.count != slots.count || notes.truth.count != (atoms.count + 63) / 64
            || notes.candidates.count != always.count
        {
            notes.places = [Int32](repeating: -1, count: slots.count)
            notes.scanned = [Bool](repeating: false, count: slots.count)
            notes.truth = [UInt64](repeating: 0, count: (atoms.count + 63) / 64)
            notes.known = notes.truth
            notes.candidates = always
        }
        for index in notes.places.indices {
            notes.places[index] = -1
            notes.scanned[index] = false
        }
        for index in notes.truth.indices {
            notes.truth[index] = 0
            notes.known[index] = 0
        }
        for index in always.indices { notes.candidates[index] = always[index] }
        for index in 0 ..< facts.alert.fieldCount {
            let field = facts.alert.field(at: index)
            let id = Int(field.keyID)
            if id != 0, id < Self.idLimit {
                let slot = slotOfID[id]
                if slot >= 0, notes.places[Int(slot)] < 0 { notes.places[Int(slot)] = Int32(index) }
            } else {
                for place in namedSlots.indices {
                    let slot = Int(namedSlots[place])
                    if notes.places[slot] < 0, let name = names[slot], field.key.equals(name.text.span) {
                        notes.places[slot] = Int32(index)
                        break
                    }
                }
            }
        }
    }

    func run(_ entry: Int32, _ facts: borrowing AlertFacts, _ notes: inout MatchNotes) -> Bool {
        var place = entry
        while place >= 0 {
            let step = steps[Int(place)]
            place = holds(Int(step.atom), facts, &notes) ? step.ifTrue : step.ifFalse
        }
        return place == Self.matched
    }

    func holds(_ atom: Int, _ facts: borrowing AlertFacts, _ notes: inout MatchNotes) -> Bool {
        let word = atom >> 6
        let bit = UInt64(1) << UInt64(atom & 63)
        if notes.truth[word] & bit != 0 { return true }
        if notes.known[word] & bit != 0 { return false }
        let slot = Int(atoms[atom].slot)
        if case .scanned = atoms[atom].test {
            guard !notes.scanned[slot] else { return false }
            scan(slot, facts, &notes)
            return notes.truth[word] & bit != 0
        }
        notes.known[word] |= bit
        let result = evaluate(atoms[atom].test, slot, facts, &notes)
        if result { notes.truth[word] |= bit }
        return result
    }

    // MARK: Values

    /// The value of a slot that has one; nil for null. Not for tags, keywords, priority and time.
    @_lifetime(copy facts)
    func value(_ slot: Int, _ facts: borrowing AlertFacts, _ notes: borrowing MatchNotes) -> ValueView? {
        switch slots[slot].kind {
        case .rule: return Self.text(facts.alert.rule)
        case .source: return Self.text(facts.alert.source)
        case .hostname: return Self.text(facts.alert.hostname)
        case .output: return Self.text(facts.alert.output)
        case .manipulation:
            let isSuspected = Manipulation.isSuspected(in: facts.alert)
            return ValueView(kind: .bool, text: Manipulation.word(isSuspected), bits: isSuspected ? 1 : 0)
        case .field:
            let place = notes.places[slot]
            if place >= 0 {
                let field = facts.alert.field(at: Int(place))
                if !field.kind.isNull { return ValueView(kind: field.kind, text: field.text, bits: field.bits) }
            }
            guard facts.hasAdded, let name = names[slot] else { return nil }
            return facts.addedValue(name)
        case .tags, .keywords, .priority, .time: return nil
        }
    }

    @_lifetime(copy text)
    private static func text(_ text: Span<UInt8>) -> ValueView? {
        text.isEmpty ? nil : ValueView(kind: .string, text: text, bits: 0)
    }

    // MARK: Scans

    /// Finds every text of a slot; afterwards the slot's scanned atoms are decided.
    func scan(_ slot: Int, _ facts: borrowing AlertFacts, _ notes: inout MatchNotes) {
        notes.scanned[slot] = true
        switch slots[slot].kind {
        case .tags:
            for index in 0 ..< facts.alert.tagCount { scan(facts.alert.tag(at: index), slot, &notes) }
        case .keywords:
            scan(facts.alert.output, slot, &notes)
            for index in 0 ..< facts.alert.fieldCount {
                let field = facts.alert.field(at: index)
                if field.kind == .string || field.kind == .json { scan(field.text, slot, &notes) }
            }
        case .priority, .time: break
        case .rule, .source, .hostname, .output, .manipulation, .field:
            if let value = value(slot, facts, notes) { scan(value.text, slot, &notes) }
        }
    }

    private func scan(_ text: Span<UInt8>, _ slot: Int, _ notes: inout MatchNotes) {
        for index in slots[slot].scans {
            let scan = scans[index]
            switch scan.reach {
            case .fromStart: runFromStart(text, scan, &notes)
            case .fromEnd: runFromEnd(text, scan, &notes)
            case .anywhere: runAnywhere(text, scan, &notes)
            }
        }
        let hinted = slots[slot].globs
        if !hinted.isEmpty { ask(hinted, text, &notes) }
    }

    /// Asks the globs whose hints were found in this text.
    private func ask(_ hinted: Range<Int>, _ text: Span<UInt8>, _ notes: inout MatchNotes) {
        for index in hinted {
            let atom = Int(hintedGlobs[index].atom)
            let word = atom >> 6
            let bit = UInt64(1) << UInt64(atom & 63)
            guard notes.known[word] & bit != 0 else { continue }
            notes.known[word] &= ~bit
            if notes.truth[word] & bit == 0, hintedGlobs[index].glob.matches(text) { hold(atom, &notes) }
        }
    }

    private func runAnywhere(_ text: Span<UInt8>, _ scan: Scan, _ notes: inout MatchNotes) {
        let classes = self.classes.span
        let transitions = self.transitions.span
        let count = text.count
        var state: UInt32 = 0
        var index = 0
        while index < count {
            let letter = classes[scan.classes + Int(text[index])]
            let next = transitions[scan.transitions + Int(state) + Int(letter)]
            index += 1
            state = next & ~Automaton.endsHere
            if next != state { report(Int(state), scan, text, index, &notes) }
            guard state == 0 else { continue }
            // Most bytes begin no needle: in the first state none waits for the one before.
            while index < count, transitions[scan.transitions + Int(classes[scan.classes + Int(text[index])])] == 0 {
                index += 1
            }
        }
    }

    private func runFromStart(_ text: Span<UInt8>, _ scan: Scan, _ notes: inout MatchNotes) {
        let classes = self.classes.span
        let transitions = self.transitions.span
        var state: UInt32 = 0
        for index in text.indices {
            let letter = classes[scan.classes + Int(text[index])]
            let next = transitions[scan.transitions + Int(state) + Int(letter)]
            guard next != 0 else { return }
            state = next & ~Automaton.endsHere
            if next != state { report(Int(state), scan, text, index + 1, &notes) }
        }
    }

    private func runFromEnd(_ text: Span<UInt8>, _ scan: Scan, _ notes: inout MatchNotes) {
        let classes = self.classes.span
        let transitions = self.transitions.span
        var state: UInt32 = 0
        var index = text.count
        while index > 0 {
            index -= 1
            let letter = classes[scan.classes + Int(text[index])]
            let next = transitions[scan.transitions + Int(state) + Int(letter)]
            guard next != 0 else { return }
            state = next & ~Automaton.endsHere
            if next != state { report(Int(state), scan, text, index, &notes) }
        }
    }

    @inline(never)
    private func report(_ state: Int, _ scan: Scan, _ text: Span<UInt8>, _ place: Int, _ notes: inout MatchNotes) {
        let row = scan.ends + state / scan.classCount
        for index in Int(ends[row]) ..< Int(ends[row + 1]) { check(needles[Int(found[index])], text, place, &notes) }
    }

    /// Looks whether a needle is really there, all of it and in its case.
    ///
    /// - Parameter place: where as much of it as the automaton holds ends; for one that must end the text, starts.
    private func check(_ needle: Needle, _ text: Span<UInt8>, _ place: Int, _ notes: inout MatchNotes) {
        let atom = Int(needle.atom)
        guard notes.truth[atom >> 6] & 1 << UInt64(atom & 63) == 0 else { return }
        let count = Int(needle.count)
        let start: Int
        switch needle.anchor {
        case .whole, .start: start = 0
        case .end: start = text.count - count
        case .anywhere: start = place - min(count, Automaton.prefixLimit)
        }
        guard start >= 0, start + count <= text.count, needle.anchor != .whole || count == text.count else { return }
        if needle.isExact || needle.anchor != .anywhere || count > Automaton.prefixLimit {
            let bytes = needleBytes.span
            let first = Int(needle.start)
            for offset in 0 ..< count {
                let byte = text[start + offset]
                guard bytes[first + offset] == (needle.isExact ? byte : Automaton.folded(byte)) else { return }
            }
        }
        if needle.glob >= 0 {
            notes.known[atom >> 6] |= 1 << UInt64(atom & 63)
        } else {
            hold(atom, &notes)
        }
    }

    /// The atom holds: what it triggers becomes a candidate.
    private func hold(_ atom: Int, _ notes: inout MatchNotes) {
        notes.truth[atom >> 6] |= 1 << UInt64(atom & 63)
        let first = Int(atoms[atom].firstTriggered)
        for index in first ..< first + Int(atoms[atom].triggeredCount) {
            let detection = triggered[index]
            notes.candidates[Int(detection) >> 6] |= 1 << UInt64(detection & 63)
        }
    }
}
