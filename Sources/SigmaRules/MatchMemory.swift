// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// What the detections of a set say about alerts before a field is looked at, by *kind*: a number that alerts of the same
/// rule, source, priority and tags share.
///
/// For each kind: the detections that match whatever the fields are, and those that are open, each with the first step of
/// its program that asks for more. Most rules select by Falco's rule or its tags, so few are open. It is a memory only:
/// with it and without it the same detections match. Who gives the numbers bounds how many there are.
public struct MatchMemory: Sendable {
    /// An open detection, and where its program goes on.
    struct Open: Sendable {
        let detection: Int32
        let step: Int32
    }

    struct Kind: Sendable {
        var isKnown = false
        /// Of `open`; empty when they are too many to be asked one by one.
        var open: Range<Int32> = 0 ..< 0
        var openCount: Int32 = 0
    }

    /// With more open detections than this their texts are looked for together.
    static let askedOneByOne = 32

    private(set) var kinds: [Kind] = []
    private(set) var open: [Open] = []
    /// A run per kind: truth and known of the settled atoms, matched, open and candidates of the detections.
    private(set) var bits: [UInt64] = []

    public init() {}

    /// The numbers mean other kinds from here on.
    public mutating func removeAll() {
        kinds.removeAll(keepingCapacity: true)
        open.removeAll(keepingCapacity: true)
        bits.removeAll(keepingCapacity: true)
    }

    func isKnown(_ kind: Int) -> Bool { kind < kinds.count && kinds[kind].isKnown }

    mutating func add(_ kind: Int, _ added: [Open], _ words: [UInt64]) {
        while kinds.count <= kind {
            kinds.append(Kind())
            for _ in words { bits.append(0) }
        }
        let first = Int32(open.count)
        if added.count <= Self.askedOneByOne { open += added }
        kinds[kind] = Kind(isKnown: true, open: first ..< Int32(open.count), openCount: Int32(added.count))
        for index in words.indices { bits[kind * words.count + index] = words[index] }
    }
}

/// Matching in two parts: what rule, source, priority and tags decide, once for each kind; the rest for each alert.
extension MatchProgram {
    func match(
        _ facts: borrowing AlertFacts, kind: Int, _ memory: inout MatchMemory, _ words: inout [UInt64],
        _ notes: inout MatchNotes
    ) {
        if !memory.isKnown(kind) { learn(facts, kind, &memory, &notes) }
        let (atomWords, setWords) = (settled.count, always.count)
        let base = kind * (2 * atomWords + 3 * setWords)
        for index in words.indices { words[index] = index < setWords ? memory.bits[base + 2 * atomWords + index] : 0 }
        let open = memory.kinds[kind].open
        guard memory.kinds[kind].openCount > 0 else { return }
        prepare(facts, &notes)
        for index in 0 ..< atomWords {
            notes.truth[index] = memory.bits[base + index]
            notes.known[index] = memory.bits[base + atomWords + index]
        }
        for index in settledSlots { notes.scanned[Int(index)] = true }
        if !open.isEmpty {
            for index in open {
                let detection = memory.open[Int(index)]
                guard run(detection.step, facts, &notes) else { continue }
                words[Int(detection.detection) >> 6] |= 1 << UInt64(detection.detection & 63)
            }
            return
        }
        let sets = base + 2 * atomWords + setWords
        for index in 0 ..< setWords { notes.candidates[index] = memory.bits[sets + setWords + index] }
        for index in eagerSlots.indices {
            let slot = Int(eagerSlots[index])
            if !notes.scanned[slot] { scan(slot, facts, &notes) }
        }
        for word in 0 ..< setWords {
            var rest = notes.candidates[word] & memory.bits[sets + word]
            while rest != 0 {
                let bit = rest.trailingZeroBitCount
                rest &= rest &- 1
                if run(entries[word << 6 | bit], facts, &notes) { words[word] |= 1 << UInt64(bit) }
            }
        }
    }

    private func learn(
        _ facts: borrowing AlertFacts, _ kind: Int, _ memory: inout MatchMemory, _ notes: inout MatchNotes
    ) {
        prepare(facts, &notes)
        for index in settledSlots { scan(Int(index), facts, &notes) }
        for atom in atoms.indices where settled[atom >> 6] & 1 << UInt64(atom & 63) != 0 {
            _ = holds(atom, facts, &notes)
        }
        var matched = [UInt64](repeating: 0, count: always.count)
        var opened = matched
        var open: [MatchMemory.Open] = []
        var seen = [Bool](repeating: false, count: steps.count)
        for detection in entries.indices {
            let step = firstOpenStep(entries[detection], notes)
            let bit: UInt64 = 1 << UInt64(detection & 63)
            switch outcome(step, notes, &seen) {
            case .matched: matched[detection >> 6] |= bit
            case .failed: break
            case .open:
                opened[detection >> 6] |= bit
                open.append(MatchMemory.Open(detection: Int32(detection), step: step))
            }
        }
        memory.add(
            kind, open,
            notes.truth.indices.map { notes.truth[$0] & settled[$0] } + notes.known + matched + opened
                + notes.candidates)
    }

    /// Goes on over settled atoms to the first that is not, or to an end.
    private func firstOpenStep(_ entry: Int32, _ notes: borrowing MatchNotes) -> Int32 {
        var place = entry
        while place >= 0, let next = settledNext(place, notes) { place = next }
        return place
    }

    /// Where a step leads, if its atom is settled.
    private func settledNext(_ place: Int32, _ notes: borrowing MatchNotes) -> Int32? {
        let step = steps[Int(place)]
        let (word, bit) = (Int(step.atom) >> 6, UInt64(1) << UInt64(step.atom & 63))
        guard settled[word] & bit != 0 else { return nil }
        return notes.truth[word] & bit != 0 ? step.ifTrue : step.ifFalse
    }

    private enum Outcome { case matched, failed, open }

    /// What can still come of a program from one place on. `seen` is empty before and after.
    private func outcome(_ entry: Int32, _ notes: borrowing MatchNotes, _ seen: inout [Bool]) -> Outcome {
        var (canMatch, canFail) = (false, false)
        var waiting = [entry]
        var met: [Int] = []
        while let place = waiting.popLast(), !(canMatch && canFail) {
            if place == Self.matched {
                canMatch = true
            } else if place < 0 {
                canFail = true
            } else if !seen[Int(place)] {
                seen[Int(place)] = true
                met.append(Int(place))
                if let next = settledNext(place, notes) {
                    waiting.append(next)
                } else {
                    waiting.append(steps[Int(place)].ifTrue)
                    waiting.append(steps[Int(place)].ifFalse)
                }
            }
        }
        for place in met { seen[place] = false }
        return canMatch && canFail ? .open : canMatch ? .matched : .failed
    }
}
