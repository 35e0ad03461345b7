// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// What follows from an admission once it stands, and taking it back when it does not.
extension Deduplicator {
    /// Takes back the latest admission, as if the alert had never been there: because it is inhibited or held.
    /// Only once per admission; after `advance` there is nothing to take back.
    public mutating func revoke() {
        switch latest {
        case .nothing: return
        case .untracked: break
        case .opened(let name): remove(name)
        case .joined: if let step { restore(step) }
        case .repeated(let step):
            groups[step.name].last = step.last
            groups[step.name].clock = step.clock
            tallies[groups[step.name].tally].uncount(step)
        }
        counts.revoked += 1
        latest = .nothing
    }

    private mutating func restore(_ step: JoinStep) {
        let tally = groups[step.name].tally
        if step.addedVariant != 0 { variants.remove(step.addedVariant) }
        if step.raisedVariant != 0 { variants[step.raisedVariant].hasLeft = 0 }
        if step.addedLine != 0 {
            arena.remove(step.addedLine)
            if step.tally.lineTail != 0 { arena.setNext(step.tally.lineTail, 0) }
        }
        if step.hasNewTally { tallies.remove(tally) } else { tallies[tally] = step.tally }
        // The wheel's links are those of now; nothing hung anything up in between.
        groups[step.name] = step.group
    }

    /// The latest admission stands: counts it, joins what a late alert bridged, says what is to be said.
    mutating func settle(_ outbox: inout Outbox) {
        switch latest {
        case .nothing: return
        case .untracked(let isMemory):
            if isMemory { counts.untrackedForMemory += 1 } else { counts.untrackedForTimes += 1 }
        case .opened(let name):
            counts.first += 1
            if hasNeighbours {
                let merged = counts.mergedGroups
                let stays = mergeNeighbours(of: name)
                if counts.mergedGroups != merged { rehang(stays) }
            }
        case .joined: if let step { settle(step, &outbox) }
        case .repeated(let step):
            counts.suppressed += 1
            let tally = groups[step.name].tally
            if tallies[tally].total >= tallies[tally].nextDecade {
                tallies[tally].nextDecade = Self.decade(above: tallies[tally].total)
                update(step.name, &outbox)
            }
            if hasNeighbours {
                let merged = counts.mergedGroups
                let stays = mergeNeighbours(of: step.name)
                if counts.mergedGroups != merged { rehang(stays) }
            }
        }
        latest = .nothing
    }

    private mutating func settle(_ step: JoinStep, _ outbox: inout Outbox) {
        let tally = groups[step.name].tally
        if step.leaves {
            counts.variants += 1
        } else if step.isBreakthrough {
            counts.breakthroughs += 1
        } else {
            counts.suppressed += 1
        }
        if step.isUnremembered { counts.unrememberedVariants += 1 }
        var isUpdateDue = false
        if tallies[tally].total >= tallies[tally].nextDecade {
            tallies[tally].nextDecade = Self.decade(above: tallies[tally].total)
            isUpdateDue = true
        }
        if step.hasNewLine,
            tallies[tally].listed == .min
                || GroupTimes.distance(from: tallies[tally].listed, to: groups[step.name].clock) >= GroupTimes.listEvery
        {
            isUpdateDue = true
        }
        if isUpdateDue, tallies[tally].suppressed > 0 { update(step.name, &outbox) }
        let merged = counts.mergedGroups
        let name = hasNeighbours ? mergeNeighbours(of: step.name) : step.name
        if counts.mergedGroups != merged || step.hasNewTally || step.hasNewLine { rehang(name) }
    }

    /// Hangs a group up anew when it is due earlier than before.
    private mutating func rehang(_ name: UInt32) {
        guard due(groups[name]).time < groups[name].due else { return }
        wheel.takeDown(name, &groups)
        hang(name)
    }

    /// The smallest of 10, 100, 1000 … above a total.
    static func decade(above total: UInt64) -> UInt64 {
        var decade: UInt64 = 10
        while decade <= total, decade <= UInt64.max / 10 { decade *= 10 }
        return decade
    }

    /// Joins neighbours that have grown together; returns the group that stays.
    @discardableResult
    private mutating func mergeNeighbours(of name: UInt32) -> UInt32 {
        var stays = name
        var other = index[place(of: groups[name].fingerprint)]
        while other != 0 {
            let next = groups[other].sibling
            if other != stays {
                let isEarlier = groups[stays].first <= groups[other].first
                let (earlier, later) = isEarlier ? (stays, other) : (other, stays)
                if times.joins(groups[earlier], groups[later]), let merged = merge(later, into: earlier) {
                    stays = merged
                    other = index[place(of: groups[stays].fingerprint)]
                    continue
                }
            }
            other = next
        }
        return stays
    }

    /// The later group's alerts become the earlier one's; its own first alert has left and stays counted as such.
    private mutating func merge(_ later: UInt32, into earlier: UInt32) -> UInt32? {
        if groups[earlier].tally == 0 {
            guard let tally = tallies.insert(Tally(groups[earlier])) else { return nil }
            groups[earlier].tally = tally
        }
        let tally = groups[earlier].tally
        let gone = groups[later]
        let added = gone.tally == 0 ? Tally(gone) : tallies[gone.tally]
        takeVariants(of: gone, added, into: earlier)
        tallies[tally].add(added, opener: gone.opener)
        if gone.last >= groups[earlier].last {
            groups[earlier].last = gone.last
            tallies[tally].lastReference = added.lastReference
        }
        if gone.tally != 0 {
            if added.lineHead != 0, tallies[tally].lineTail != 0 {
                arena.setNext(tallies[tally].lineTail, added.lineHead)
            } else if added.lineHead != 0 {
                tallies[tally].lineHead = added.lineHead
            }
            if added.lineTail != 0 { tallies[tally].lineTail = added.lineTail }
            tallies[gone.tally].lineHead = 0
        }
        groups[earlier].clock = max(groups[earlier].clock, gone.clock)
        groups[earlier].best = min(groups[earlier].best, gone.best)
        remove(later)
        counts.mergedGroups += 1
        return earlier
    }

    private mutating func takeVariants(of gone: Group, _ added: Tally, into earlier: UInt32) {
        take(gone.variant, hasLeft: 1, into: earlier)
        var node = added.variantHead
        while node != 0 {
            let known = variants[node]
            take(known.variant, hasLeft: known.hasLeft, into: earlier)
            node = known.next
        }
        // What was not remembered there is not known here either.
        let forgotten = added.variantCount - 1 - UInt64(added.remembered)
        tallies[groups[earlier].tally].variantCount &+= forgotten
    }

    private mutating func take(_ variant: UInt64, hasLeft: UInt32, into name: UInt32) {
        let tally = groups[name].tally
        if variant == groups[name].variant { return }
        let known = variants.find(variant, of: name)
        if known != 0 {
            if variants[known].hasLeft == 0, hasLeft != 0 {
                variants[known].hasLeft = 1
                tallies[tally].left &+= 1
            }
            return
        }
        tallies[tally].variantCount &+= 1
        tallies[tally].left &+= hasLeft
        let node = VariantTable.Node(
            variant: variant, group: name, next: tallies[tally].variantHead,
            number: UInt32(clamping: tallies[tally].variantCount), hasLeft: hasLeft)
        guard tallies[tally].remembered < VariantTable.groupLimit, let added = variants.insert(node) else {
            return counts.unrememberedVariants += 1
        }
        tallies[tally].variantHead = added
        tallies[tally].remembered &+= 1
    }
}

extension Tally {
    mutating func uncount(_ step: RepeatStep) {
        total &-= 1
        suppressed &-= 1
        lastReference = step.reference
        counts[Int(step.priority)] &-= 1
    }

    /// Adds what another group counted.
    mutating func add(_ other: Tally, opener: UInt64) {
        total &+= other.total
        suppressed &+= other.suppressed
        for priority in 0 ..< 8 { counts[priority] &+= other.counts[priority] }
        unlisted &+= other.unlisted
        lineCount &+= other.lineCount
        revision = max(revision, other.revision)
        listed = max(listed, other.listed)
        nextDecade = Deduplicator.decade(above: total)
        for reference in [opener, other.early[0], other.early[1]].prefix(1 + Int(other.earlyCount)) where earlyCount < 2
        {
            early[Int(earlyCount)] = reference
            earlyCount += 1
        }
        for place in 0 ..< Int(other.variantSampleCount) where variantSampleCount < 4 {
            variantSamples[Int(variantSampleCount)] = other.variantSamples[place]
            variantSampleCount += 1
        }
    }
}
