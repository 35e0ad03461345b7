// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Matching

/// All detections of a set, compiled together.
///
/// Every different test is one *atom*, every subject that is looked at one *slot*. The texts that a slot's atoms look for
/// are found in one pass; each such find may make detections candidates: a detection is
/// looked at only when one of the atoms without which it cannot match (its *trigger*) holds. What has no trigger is
/// always looked at. A detection's condition is a branching program: every step tests one atom and goes on at one of two
/// places. All tables are flat, so that a match follows no references and counts none.
struct MatchProgram: Sendable {
    enum SlotKind: UInt8, Sendable {
        case rule, priority, source, hostname, output, tags, time, keywords, manipulation, field
    }

    /// A subject.
    struct Slot: Sendable {
        let kind: SlotKind
        /// Finding something here can make a detection a candidate: the slot is scanned for every alert.
        var isEager = false
        /// Of `scans`.
        var scans = 0 ..< 0
        /// Of `globs`: those whose hint is among the needles.
        var globs = 0 ..< 0
    }

    /// One automaton: where its part of `classes`, `transitions` and `ends` starts.
    struct Scan: Sendable {
        let reach: Automaton.Reach
        let classCount: Int
        let classes: Int
        let transitions: Int
        let ends: Int
    }

    /// A text that is looked for, and the atom that holds where it is found.
    struct Needle: Sendable {
        let start: Int32
        let count: Int32
        let anchor: Anchor
        let isExact: Bool
        let atom: Int32
        /// It only hints at this glob, which must be asked; -1: it is all there is to find.
        let glob: Int32
    }

    struct HintedGlob: Sendable {
        let glob: Glob
        let atom: Int32
    }

    struct Atom: Sendable {
        let slot: Int32
        let test: Test
        /// Detections that it makes candidates: a run of `triggered`.
        var firstTriggered: Int32 = 0
        var triggeredCount: Int32 = 0
    }

    /// What an atom asks. The numbers are indexes into the tables of their kind.
    enum Test: Sendable {
        /// Decided by the slot's scan.
        case scanned
        case glob(Int32), regex(Int32), cidr(Int32), number(Int32)
        case null, exists
        case reference(slot: Int32, Anchor, LetterCase)
        case time(TimePart, Relation, Int64)
        case priorities(UInt8)
    }

    struct NumberTest: Sendable {
        let relation: Relation
        let number: ExactNumber
    }

    struct Step: Sendable {
        let atom: Int32
        let ifTrue: Int32
        let ifFalse: Int32
    }

    /// Ends of a program.
    static let matched: Int32 = -1
    static let failed: Int32 = -2
    /// `Slot` indexes by field id; ids of Falco's list are below.
    static let idLimit = 1024

    var slots: [Slot] = []
    /// Beside `slots`: names of fields.
    var names: [FieldName?] = []
    /// By `calert_field_id`; -1: no slot.
    var slotOfID = [Int32](repeating: -1, count: MatchProgram.idLimit)
    /// Slots of fields without an id: their keys are compared.
    var namedSlots: [Int32] = []
    var eagerSlots: [Int32] = []

    var scans: [Scan] = []
    var classes: [UInt8] = []
    var transitions: [UInt32] = []
    var ends: [UInt32] = []
    var found: [UInt32] = []
    var needles: [Needle] = []
    var needleBytes: [UInt8] = []
    var hintedGlobs: [HintedGlob] = []

    var globs: [Glob] = []
    var regexes: [RegularExpression] = []
    var blocks: [CIDRBlock] = []
    var numbers: [NumberTest] = []

    var atoms: [Atom] = []
    var triggered: [Int32] = []
    var steps: [Step] = []
    /// Where each detection's program starts; `matched` and `failed` for constant ones.
    var entries: [Int32] = []
    /// The same for its selections, for `explain`.
    var selectionEntries: [[Int32]] = []
    /// A bit for each detection that is always looked at.
    var always: [UInt64] = []
    /// A bit for each atom that rule, source, priority and tags decide, and the slots of these.
    var settled: [UInt64] = []
    var settledSlots: [Int32] = []
}
