// SPDX-License-Identifier: Apache-2.0
public import AlertModel

/// What deduplication says about one alert.
public enum Admission: Hashable, Sendable {
    /// It opened its group and leaves.
    case first(GroupMark)
    /// The first of a new variant: leaves too.
    case variant(GroupMark)
    /// More severe than anything before in its group: leaves too.
    case breakthrough(GroupMark)
    /// Counted, does not leave.
    case repeated(GroupMark)
    /// There was no room for it: leaves without a group.
    case untracked

    public var mark: GroupMark? {
        switch self {
        case .first(let mark), .variant(let mark), .breakthrough(let mark), .repeated(let mark): mark
        case .untracked: nil
        }
    }
}

/// Where an alert stands in its group.
public struct GroupMark: Hashable, Sendable {
    public let group: SubjectID
    /// Its variant's number, from 1 in order of appearance.
    public let variant: Int
    /// How many alerts the group had, this one included.
    public let count: Int

    public init(group: SubjectID, variant: Int, count: Int) {
        self.group = group
        self.variant = variant
        self.count = count
    }
}

/// What deduplication did since it was made, for metrics. Revoked admissions are not in it.
///
/// admitted = first + variants + breakthroughs + suppressed + untracked.
public struct DeduplicateCounters: Hashable, Sendable {
    public var first = 0
    public var variants = 0
    public var breakthroughs = 0
    /// Repeats, in open and closed groups.
    public var suppressed = 0
    /// Passed without a group because the table or its memory was full.
    public var untrackedForMemory = 0
    /// Passed without a group because one fingerprint had too many groups at different times.
    public var untrackedForTimes = 0
    public var revoked = 0
    public var openGroups = 0
    public var closedGroups = 0
    /// Groups that a late alert joined to an earlier one.
    public var mergedGroups = 0
    public var updates = 0
    public var summaries = 0
    /// Alerts of a variant that there was no room to remember; each counted as a new one.
    public var unrememberedVariants = 0

    public init() {}

    public var admitted: Int {
        first + variants + breakthroughs + suppressed + untrackedForMemory + untrackedForTimes
    }
}
