// SPDX-License-Identifier: Apache-2.0
import Matching

/// Lays out what one pass over a slot's texts finds: a table where only whole texts are looked for, else an automaton.
struct ScanBuilder {
    private struct Text {
        let bytes: [UInt8]
        let anchor: Anchor
        let isExact: Bool
        let atom: Int
        let glob: Glob?
    }

    private var program: MatchProgram
    private var texts: [[Text]]

    init(program: MatchProgram) {
        self.program = program
        texts = [[Text]](repeating: [], count: program.slots.count)
    }

    mutating func collect(_ test: ValueTest, atom: Int) {
        let slot = Int(program.atoms[atom].slot)
        switch test {
        case .literals(let literals):
            for literal in literals {
                texts[slot].append(
                    Text(
                        bytes: literal.bytes, anchor: literal.anchor, isExact: literal.letterCase == .exact, atom: atom,
                        glob: nil))
            }
        case .glob(let glob, let hint?):
            texts[slot].append(Text(bytes: hint, anchor: .anywhere, isExact: false, atom: atom, glob: glob))
        default: break
        }
    }

    consuming func finish() -> MatchProgram {
        for slot in texts.indices where !texts[slot].isEmpty {
            let firstNeedle = program.needles.count
            let firstGlob = program.hintedGlobs.count
            for text in texts[slot] {
                var glob: Int32 = -1
                if let hinted = text.glob {
                    glob = Int32(program.hintedGlobs.count)
                    program.hintedGlobs.append(.init(glob: hinted, atom: Int32(text.atom)))
                }
                program.needles.append(
                    MatchProgram.Needle(
                        start: Int32(program.needleBytes.count), count: Int32(text.bytes.count), anchor: text.anchor,
                        isExact: text.isExact, atom: Int32(text.atom), glob: glob))
                program.needleBytes += text.bytes
            }
            program.slots[slot].globs = firstGlob ..< program.hintedGlobs.count
            if texts[slot].allSatisfy({ $0.anchor == .whole }) {
                addTable(slot, texts[slot].map(\.bytes), firstNeedle)
            } else {
                addAutomaton(slot, texts[slot].map(\.bytes), firstNeedle)
            }
        }
        return program
    }

    private mutating func addTable(_ slot: Int, _ texts: [[UInt8]], _ firstNeedle: Int) {
        var capacity = 16
        while capacity < texts.count * 2 { capacity *= 2 }
        let mask = UInt32(capacity - 1)
        let base = program.places.count
        program.places += [Int32](repeating: -1, count: capacity)
        for (index, text) in texts.enumerated() {
            var place = MatchProgram.hash(text.span) & mask
            while program.places[base + Int(place)] >= 0 { place = (place &+ 1) & mask }
            program.places[base + Int(place)] = Int32(firstNeedle + index)
        }
        program.slots[slot].scan = .table
        program.slots[slot].places = base
        program.slots[slot].placesMask = mask
    }

    private mutating func addAutomaton(_ slot: Int, _ texts: [[UInt8]], _ firstNeedle: Int) {
        let automaton = Automaton(texts)
        program.slots[slot].scan = .automaton
        program.slots[slot].classes = program.classes.count
        program.slots[slot].classCount = automaton.classCount
        program.slots[slot].transitions = program.transitions.count
        program.slots[slot].ends = program.ends.count
        let firstFound = UInt32(program.found.count)
        program.classes += automaton.classes
        program.transitions += automaton.transitions
        program.ends += automaton.ends.map { $0 + firstFound }
        program.found += automaton.found.map { $0 + UInt32(firstNeedle) }
    }
}
