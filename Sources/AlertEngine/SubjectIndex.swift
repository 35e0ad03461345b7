// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// The subjects noted in one entry, each once: which index `AlertMark.subject` gets.
///
/// A table of the last few groups found by a few bits of their ids, which spread evenly: repeats come in runs, and a group
/// noted twice costs bytes, not correctness. Nothing is allocated after the first entry.
struct SubjectIndex: Sendable {
    private static let slots = 1024
    private var marks = [UInt32](repeating: 0, count: slots)
    private var used: [Int] = []

    mutating func removeAll() {
        for slot in used { marks[slot] = 0 }
        used.removeAll(keepingCapacity: true)
    }

    mutating func index(ofGroup group: SubjectID, in subjects: inout [NoteSubject]) -> UInt32 {
        let slot = Int(truncatingIfNeeded: group.low) & (Self.slots - 1)
        let known = marks[slot]
        if known > 0, subjects[Int(known) - 1] == .group(group) { return known }
        subjects.append(.group(group))
        if known == 0 { used.append(slot) }
        marks[slot] = UInt32(subjects.count)
        return marks[slot]
    }

    /// Of the others, the same one mostly comes again at once.
    func index(of subject: NoteSubject, in subjects: inout [NoteSubject]) -> UInt32 {
        if subjects.last != subject { subjects.append(subject) }
        return UInt32(subjects.count)
    }
}
