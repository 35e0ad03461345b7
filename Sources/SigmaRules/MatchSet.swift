// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// Which detections of a set an alert matches: one bit each, in order.
///
/// It also carries the notes that matching an alert needs, so that they are allocated once: keep it, and hand it in
/// again for the next alert.
public struct MatchSet: Sendable {
    public private(set) var words: [UInt64]
    /// Of the alert that is being matched; sized by the first match.
    private var notes = MatchNotes()

    public init(count: Int) { words = [UInt64](repeating: 0, count: (count + 63) / 64) }

    public mutating func removeAll() {
        for index in words.indices { words[index] = 0 }
    }

    /// Takes bits that a set for the same detections had.
    public mutating func take(_ bits: ArraySlice<UInt64>) {
        for index in words.indices { words[index] = index < bits.count ? bits[bits.startIndex + index] : 0 }
    }

    public mutating func insert(_ index: Int) { words[index >> 6] |= 1 << UInt64(index & 63) }
    public func contains(_ index: Int) -> Bool { words[index >> 6] & 1 << UInt64(index & 63) != 0 }
    public var isEmpty: Bool { words.allSatisfy { $0 == 0 } }

    mutating func match(_ facts: borrowing AlertFacts, _ program: MatchProgram) {
        program.match(facts, &words, &notes)
    }

    mutating func match(
        _ facts: borrowing AlertFacts, kind: Int, _ memory: inout MatchMemory, _ program: MatchProgram
    ) {
        program.match(facts, kind: kind, &memory, &words, &notes)
    }

    /// Which of the programs that start at `entries` match.
    mutating func selections(_ facts: borrowing AlertFacts, _ program: MatchProgram, _ entries: [Int32]) -> [Int] {
        program.prepare(facts, &notes)
        var result: [Int] = []
        for index in entries.indices where program.run(entries[index], facts, &notes) { result.append(index) }
        return result
    }
}

/// What is known of the alert that is being matched.
struct MatchNotes: Sendable {
    /// Where the alert has the field of each slot; -1: nowhere.
    var places: [Int32] = []
    /// Slots whose texts were looked through.
    var scanned: [Bool] = []
    /// A bit for each atom that holds.
    var truth: [UInt64] = []
    /// A bit for each atom outside the automata that was evaluated.
    var known: [UInt64] = []
    /// A bit for each detection that may match.
    var candidates: [UInt64] = []
}
