// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// The index entry of an open group: all there is while it has no repeats.
///
/// Only numbers, without padding. Times are event time in ns; `clock` and `openClock` are the greater of event time and
/// watermark, by which timers go.
struct Group: Sendable {
    var fingerprint: Fingerprint
    var subject: SubjectID
    var first: Int64
    var last: Int64
    /// When an alert last came.
    var clock: Int64
    /// When the group was opened.
    var openClock: Int64
    /// The alert that opened it: also the order of opening.
    var opener: UInt64
    /// The first alert's variant.
    var variant: UInt64
    /// When it is looked at, as of when it was hung up in the timer wheel. It may be due later by now, never earlier.
    var due: Int64 = 0
    /// Its key in the arena.
    var key: UInt32
    /// Its counts; 0 while there is no repeat.
    var tally: UInt32 = 0
    /// Neighbours in the timer wheel.
    var previous: UInt32 = 0
    var next: UInt32 = 0
    /// The next group of the same fingerprint, at another time.
    var sibling: UInt32 = 0
    /// Where it hangs in the timer wheel.
    var slot: UInt16 = 0
    /// The most severe priority so far.
    var best: UInt8
    var isOpen: UInt8 = 1
}

/// The counts of a group that has repeats.
struct Tally: Sendable {
    var total: UInt64 = 1
    var suppressed: UInt64 = 0
    var lastReference: UInt64
    // What a repeat reads and writes stands together.
    var nextDecade: UInt64 = 10
    var earlyCount: UInt32 = 0
    var variantSampleCount: UInt32 = 0
    var counts = InlineArray<8, UInt64>(repeating: 0)
    /// The second and third alert; the first is the group's opener.
    var early = InlineArray<2, UInt64>(repeating: 0)
    /// First alerts of further variants.
    var variantSamples = InlineArray<4, UInt64>(repeating: 0)
    /// The event time of the opener: `first` may turn out to be earlier.
    var opened: Int64
    /// When the last update that went by time was, and the total then.
    var updated: Int64
    var updatedTotal: UInt64 = 1
    /// When variants beyond the limit were last listed.
    var listed: Int64 = .min
    var variantCount: UInt64 = 1
    /// Variants of the group in the variant table, newest first. The first alert's is not among them.
    var variantHead: UInt32 = 0
    var remembered: UInt32 = 0
    /// Variants whose first alert left.
    var left: UInt32 = 1
    /// New variants beyond the limit since the last list, and the lines kept of them.
    var unlisted: UInt32 = 0
    var lineHead: UInt32 = 0
    var lineTail: UInt32 = 0
    var lineCount: UInt32 = 0
    var revision: UInt32 = 0

    mutating func count(_ priority: UInt8, _ reference: UInt64) {
        total &+= 1
        suppressed &+= 1
        lastReference = reference
        counts[Int(priority)] &+= 1
    }

    init(_ group: Group) {
        lastReference = group.opener
        opened = group.first
        updated = group.openClock
        counts[Int(group.best)] = 1
    }
}
