// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// An alert that belongs to an open group.
extension Deduplicator {
    mutating func join(
        _ name: UInt32, _ context: borrowing AlertContext, _ identity: AlertIdentity, _ key: FingerprintKey
    ) -> Admission {
        if count(context, identity, in: name) {
            let number = variants.number(of: latestVariant)
            return .repeated(
                GroupMark(
                    group: groups[name].subject, variant: number,
                    count: Int(clamping: tallies[groups[name].tally].total)))
        }
        var step = JoinStep(name: name, group: groups[name])
        if step.group.tally == 0 {
            // As many tallies as groups: there is one.
            guard let tally = tallies.insert(Tally(step.group)) else {
                latest = .untracked(isMemory: true)
                return .untracked
            }
            groups[name].tally = tally
            step.hasNewTally = true
        }
        let tally = groups[name].tally
        step.tally = tallies[tally]
        let number = variant(of: context, identity, key, &step)
        let priority = context.facts.alert.priority
        if !step.leaves, priority.rawValue < step.group.best { step.isBreakthrough = true }
        note(context, &step)
        latest = .joined
        self.step = step
        let mark = GroupMark(
            group: step.group.subject, variant: number, count: Int(clamping: tallies[tally].total))
        if step.leaves { return .variant(mark) }
        return step.isBreakthrough ? .breakthrough(mark) : .repeated(mark)
    }

    /// The common case: a repeat that changes nothing but counts. False when it is anything else.
    private mutating func count(
        _ context: borrowing AlertContext, _ identity: AlertIdentity, in name: UInt32
    ) -> Bool {
        let tally = groups[name].tally
        let priority = context.facts.alert.priority.rawValue
        let time = context.time.nanoseconds
        guard tally != 0, priority >= groups[name].best, time >= groups[name].last, tallies[tally].earlyCount == 2
        else { return false }
        latestVariant = 0
        if identity.variant != groups[name].variant {
            latestVariant = variants.find(identity.variant, of: name)
            guard latestVariant != 0, variants[latestVariant].hasLeft != 0 || priority > Priority.critical.rawValue
            else {
                return false
            }
        }
        latest = .repeated(
            RepeatStep(
                name: name, priority: priority, last: groups[name].last, clock: groups[name].clock,
                reference: tallies[tally].lastReference))
        groups[name].last = time
        groups[name].clock = max(groups[name].clock, max(time, watermark))
        tallies[tally].count(priority, context.reference.packed)
        return true
    }

    /// Which variant it is; a new one is remembered, and leaves while it may.
    private mutating func variant(
        of context: borrowing AlertContext, _ identity: AlertIdentity, _ key: FingerprintKey, _ step: inout JoinStep
    ) -> Int {
        if identity.variant == step.group.variant { return 1 }
        let tally = groups[step.name].tally
        let priority = context.facts.alert.priority
        let mayLeave = tallies[tally].left < settings.variants || priority >= .critical
        let known = variants.find(identity.variant, of: step.name)
        if known != 0 {
            let node = variants[known]
            // It was only listed so far; a severe alert of it is to be seen.
            if node.hasLeft == 0, priority >= .critical {
                variants[known].hasLeft = 1
                tallies[tally].left &+= 1
                step.raisedVariant = known
                step.leaves = true
            }
            return Int(node.number)
        }
        tallies[tally].variantCount &+= 1
        let number = tallies[tally].variantCount
        step.leaves = mayLeave
        if mayLeave {
            tallies[tally].left &+= 1
            if tallies[tally].variantSampleCount < 4 {
                tallies[tally].variantSamples[Int(tallies[tally].variantSampleCount)] = context.reference.packed
                tallies[tally].variantSampleCount += 1
            }
        } else if priority.rawValue >= step.group.best {
            list(context, key, &step)
        }
        remember(identity.variant, number, &step)
        return Int(clamping: number)
    }

    private mutating func remember(_ variant: UInt64, _ number: UInt64, _ step: inout JoinStep) {
        let tally = groups[step.name].tally
        let node = VariantTable.Node(
            variant: variant, group: step.name, next: tallies[tally].variantHead,
            number: UInt32(clamping: number), hasLeft: step.leaves ? 1 : 0)
        guard tallies[tally].remembered < VariantTable.groupLimit, let added = variants.insert(node) else {
            step.isUnremembered = true
            return
        }
        tallies[tally].variantHead = added
        tallies[tally].remembered &+= 1
        step.addedVariant = added
    }

    /// Keeps the line of a variant that does not leave, for the next update.
    private mutating func list(_ context: borrowing AlertContext, _ key: FingerprintKey, _ step: inout JoinStep) {
        let tally = groups[step.name].tally
        tallies[tally].unlisted &+= 1
        step.hasNewLine = true
        guard tallies[tally].lineCount < Self.linesLimit else { return }
        let facts = context.facts
        key.line(of: facts, into: &line, limit: Self.lineLimit)
        let shown = line
        guard let text = arena.store(shown.span) else { return }
        if tallies[tally].lineTail != 0 { arena.setNext(tallies[tally].lineTail, text) }
        if tallies[tally].lineHead == 0 { tallies[tally].lineHead = text }
        tallies[tally].lineTail = text
        tallies[tally].lineCount &+= 1
        step.addedLine = text
    }

    /// Counts the alert.
    private mutating func note(_ context: borrowing AlertContext, _ step: inout JoinStep) {
        let time = context.time.nanoseconds
        let (name, tally) = (step.name, groups[step.name].tally)
        let priority = context.facts.alert.priority.rawValue
        let reference = context.reference.packed
        if time >= step.group.last {
            groups[name].last = time
            tallies[tally].lastReference = reference
        } else if time < step.group.first {
            groups[name].first = time
        }
        groups[name].clock = max(step.group.clock, max(time, watermark))
        groups[name].best = min(step.group.best, priority)
        tallies[tally].total &+= 1
        tallies[tally].counts[Int(priority)] &+= 1
        if !step.leaves, !step.isBreakthrough { tallies[tally].suppressed &+= 1 }
        if tallies[tally].earlyCount < 2 {
            tallies[tally].early[Int(tallies[tally].earlyCount)] = reference
            tallies[tally].earlyCount += 1
        }
    }
}

/// What one admission did to a group, so that it can be undone: the group and its counts as they were.
struct JoinStep: Sendable {
    let name: UInt32
    let group: Group
    var tally: Tally
    var hasNewTally = false
    var leaves = false
    var isBreakthrough = false
    var isUnremembered = false
    var hasNewLine = false
    var addedVariant: UInt32 = 0
    var raisedVariant: UInt32 = 0
    var addedLine: UInt32 = 0

    init(name: UInt32, group: Group) {
        self.name = name
        self.group = group
        tally = Tally(group)
    }
}

/// What a plain repeat did to a group.
struct RepeatStep: Sendable {
    let name: UInt32
    let priority: UInt8
    let last: Int64
    let clock: Int64
    let reference: UInt64
}

/// The latest admission.
enum LatestAdmission: Sendable {
    case nothing
    case untracked(isMemory: Bool)
    case opened(UInt32)
    /// `step` has what it did.
    case joined
    /// A plain repeat.
    case repeated(RepeatStep)
}
