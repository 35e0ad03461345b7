// SPDX-License-Identifier: Apache-2.0
import Matching

/// Lays out the automata that find what a slot's atoms look for.
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
            let firstGlob = program.hintedGlobs.count
            let firstScan = program.scans.count
            for reach in [Automaton.Reach.fromStart, .fromEnd, .anywhere] {
                addScan(texts[slot].filter { Self.reach(of: $0.anchor) == reach }, reach)
            }
            program.slots[slot].scans = firstScan ..< program.scans.count
            program.slots[slot].globs = firstGlob ..< program.hintedGlobs.count
        }
        return program
    }

    private static func reach(of anchor: Anchor) -> Automaton.Reach {
        switch anchor {
        case .whole, .start: .fromStart
        case .end: .fromEnd
        case .anywhere: .anywhere
        }
    }

    private mutating func addScan(_ texts: [Text], _ reach: Automaton.Reach) {
        guard !texts.isEmpty else { return }
        let firstNeedle = program.needles.count
        for text in texts {
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
        let automaton = Automaton(texts.map(\.bytes), reach)
        program.scans.append(
            MatchProgram.Scan(
                reach: reach, classCount: automaton.classCount, classes: program.classes.count,
                transitions: program.transitions.count, ends: program.ends.count))
        let firstFound = UInt32(program.found.count)
        program.classes += automaton.classes
        program.transitions += automaton.transitions
        program.ends += automaton.ends.map { $0 + firstFound }
        program.found += automaton.found.map { $0 + UInt32(firstNeedle) }
    }
}
