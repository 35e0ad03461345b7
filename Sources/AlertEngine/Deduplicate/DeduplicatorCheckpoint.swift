// SPDX-License-Identifier: Apache-2.0
public import AlertModel

/// Deduplication's state as bytes, for the checkpoint.
///
///     version u32 · hash key 2 × u64 · watermark i64 · 12 counters i64 · groups u32
///     per group   [ numbers · key · tally? [ numbers · variants · lines ] ]
///
/// The hash key goes along: fingerprints are only comparable under the key they were made with, so a restored table goes
/// on with that key, whatever the installation's is by now. Nothing that leaves the engine depends on it.
extension Deduplicator {
    static let checkpointVersion: UInt32 = 1

    public func write(to writer: inout ByteWriter) {
        writer.put(Self.checkpointVersion)
        writer.put(hashKey.low)
        writer.put(hashKey.high)
        writer.put(watermark)
        for number in counts.numbers { writer.put(Int64(number)) }
        writer.put(UInt32(groups.used))
        for index in groups.records.indices where groups.records[index].isOpen != 0 {
            write(groups.records[index], to: &writer)
        }
    }

    private func write(_ group: Group, to writer: inout ByteWriter) {
        for word in [group.fingerprint.low, group.fingerprint.high, group.opener, group.variant] { writer.put(word) }
        writer.put(group.subject)
        for time in [group.first, group.last, group.clock, group.openClock] { writer.put(time) }
        writer.put(group.best)
        writer.put(arena.text(group.key))
        writer.put(group.tally != 0)
        if group.tally != 0 { write(tallies[group.tally], to: &writer) }
    }

    private func write(_ tally: Tally, to writer: inout ByteWriter) {
        for word in tally.words { writer.put(word) }
        writer.put(tally.remembered)
        var name = tally.variantHead
        while name != 0 {
            let node = variants[name]
            writer.put(node.variant)
            writer.put(node.number)
            writer.put(node.hasLeft)
            name = node.next
        }
        writer.put(tally.unlisted)
        writer.put(tally.lineCount)
        var line = tally.lineHead
        while line != 0 {
            writer.put(arena.text(line))
            line = arena.next(line)
        }
    }

    /// Goes on from a checkpoint. Settings may have changed since: what is open keeps its counts and goes by the new
    /// times. A table that has become too small for what is open keeps it, and is full.
    public init(
        _ settings: DeduplicateSettings, key: HashKey, from reader: inout ByteReader
    ) throws(MalformedBytes) {
        guard try reader.take(UInt32.self) == Self.checkpointVersion else { throw MalformedBytes() }
        let used = HashKey(low: try reader.take(UInt64.self), high: try reader.take(UInt64.self))
        let watermark = try reader.take(Int64.self)
        var numbers: [Int] = []
        for _ in 0 ..< DeduplicateCounters.numberCount { numbers.append(try reader.takeInt()) }
        let count = Int(try reader.take(UInt32.self))
        // No group takes less.
        guard count <= reader.remaining / 64 else { throw MalformedBytes() }
        let limits = GroupLimits(memoryBytes: settings.memoryBytes)
        self.init(
            settings, key: used,
            limits: GroupLimits(
                groups: max(limits.groups, count), variants: max(limits.variants, reader.remaining / 64),
                cells: max(limits.cells, CellArena.cells(for: reader.remaining) + count)))
        self.watermark = watermark
        counts.numbers = numbers
        wheel.cursor = TimerWheel.part(of: watermark)
        var current: UInt32 = 0
        for _ in 0 ..< count {
            let name = try takeGroup(&reader)
            groups[name].due = due(groups[name]).time
            if TimerWheel.part(of: groups[name].due) <= wheel.cursor {
                groups[name].next = current
                current = name
            } else {
                wheel.hang(name, &groups)
            }
        }
        wheel.setList(GroupSorting.sort(current, &groups), ofPart: wheel.cursor, &groups)
        // The limits are those of the settings again, whatever else the checkpoint held: what is full must not depend on it.
        groups.limit = limits.groups
        tallies.limit = limits.groups
        variants.limit = limits.variants
        arena.limit = limits.cells
    }

    private mutating func takeGroup(_ reader: inout ByteReader) throws(MalformedBytes) -> UInt32 {
        let fingerprint = Fingerprint(low: try reader.take(UInt64.self), high: try reader.take(UInt64.self))
        let (opener, variant) = (try reader.take(UInt64.self), try reader.take(UInt64.self))
        let subject = try reader.takeSubjectID()
        let (first, last) = (try reader.take(Int64.self), try reader.take(Int64.self))
        let (clock, openClock) = (try reader.take(Int64.self), try reader.take(Int64.self))
        let best = try reader.take(UInt8.self)
        guard first <= last, best < 8 else { throw MalformedBytes() }
        let key = try reader.takeBytes()
        guard key.count <= Self.storedKeyLimit, let text = arena.store(key.span) else { throw MalformedBytes() }
        let group = Group(
            fingerprint: fingerprint, subject: subject, first: first, last: last, clock: clock, openClock: openClock,
            opener: opener, variant: variant, key: text, best: best)
        guard let name = groups.insert(group) else { throw MalformedBytes() }
        chain(name)
        if try reader.takeBool() { try takeTally(of: name, &reader) }
        return name
    }

    /// Puts a group among those of its fingerprint, newest first.
    private mutating func chain(_ name: UInt32) {
        let place = place(of: groups[name].fingerprint)
        var before: UInt32 = 0
        var after = index[place]
        while after != 0, groups[after].opener > groups[name].opener {
            (before, after) = (after, groups[after].sibling)
        }
        groups[name].sibling = after
        if before == 0 { index[place] = name } else { groups[before].sibling = name }
    }

    private mutating func takeTally(of name: UInt32, _ reader: inout ByteReader) throws(MalformedBytes) {
        var tally = Tally(groups[name])
        var words: [UInt64] = []
        for _ in 0 ..< Tally.wordCount { words.append(try reader.take(UInt64.self)) }
        guard tally.take(words) else { throw MalformedBytes() }
        let remembered = try reader.take(UInt32.self)
        guard remembered <= VariantTable.groupLimit else { throw MalformedBytes() }
        var latest: UInt32 = 0
        for _ in 0 ..< remembered {
            let node = VariantTable.Node(
                variant: try reader.take(UInt64.self), group: name, next: 0, number: try reader.take(UInt32.self),
                hasLeft: try reader.take(UInt32.self) & 1)
            guard let added = variants.insert(node) else { throw MalformedBytes() }
            if latest == 0 { tally.variantHead = added } else { variants[latest].next = added }
            latest = added
        }
        tally.remembered = remembered
        tally.unlisted = try reader.take(UInt32.self)
        let lines = try reader.take(UInt32.self)
        guard lines <= tally.unlisted, lines <= Self.storedLinesLimit else { throw MalformedBytes() }
        for _ in 0 ..< lines {
            let line = try reader.takeBytes()
            guard line.count <= Self.lineLimit, let text = arena.store(line.span) else { throw MalformedBytes() }
            if tally.lineTail != 0 { arena.setNext(tally.lineTail, text) } else { tally.lineHead = text }
            tally.lineTail = text
        }
        tally.lineCount = lines
        guard let added = tallies.insert(tally) else { throw MalformedBytes() }
        groups[name].tally = added
    }
}

extension DeduplicateCounters {
    static let numberCount = 12

    /// For the checkpoint, in an order that does not change.
    var numbers: [Int] {
        get {
            [
                first, variants, breakthroughs, suppressed, untrackedForMemory, untrackedForTimes, revoked,
                closedGroups,
                mergedGroups, updates, summaries, unrememberedVariants,
            ]
        }
        set {
            guard newValue.count == Self.numberCount else { return }
            (first, variants, breakthroughs) = (newValue[0], newValue[1], newValue[2])
            (suppressed, untrackedForMemory, untrackedForTimes) = (newValue[3], newValue[4], newValue[5])
            (revoked, closedGroups, mergedGroups) = (newValue[6], newValue[7], newValue[8])
            (updates, summaries, unrememberedVariants) = (newValue[9], newValue[10], newValue[11])
        }
    }
}

extension Tally {
    static let wordCount = 28

    /// For the checkpoint: everything but names of other records.
    var words: [UInt64] {
        var words = [
            total, suppressed, lastReference, UInt64(bitPattern: opened), UInt64(bitPattern: updated), updatedTotal,
            UInt64(bitPattern: listed), nextDecade, variantCount, UInt64(left), UInt64(revision), UInt64(earlyCount),
            UInt64(variantSampleCount), 0,
        ]
        for place in 0 ..< 8 { words.append(counts[place]) }
        for place in 0 ..< 2 { words.append(early[place]) }
        for place in 0 ..< 4 { words.append(variantSamples[place]) }
        return words
    }

    /// Takes over what `words` gave; false for what it cannot have given.
    mutating func take(_ words: [UInt64]) -> Bool {
        guard words.count == Self.wordCount, words[9 ... 13].allSatisfy({ $0 <= UInt32.max }), words[11] <= 2,
            words[12] <= 4, words[1] <= words[0], words[8] >= 1
        else { return false }
        (total, suppressed, lastReference) = (words[0], words[1], words[2])
        (opened, updated) = (Int64(bitPattern: words[3]), Int64(bitPattern: words[4]))
        (updatedTotal, listed, nextDecade) = (words[5], Int64(bitPattern: words[6]), max(words[7], 10))
        (variantCount, left, revision) = (words[8], UInt32(words[9]), UInt32(words[10]))
        (earlyCount, variantSampleCount) = (UInt32(words[11]), UInt32(words[12]))
        for place in 0 ..< 8 { counts[place] = words[14 + place] }
        for place in 0 ..< 2 { early[place] = words[22 + place] }
        for place in 0 ..< 4 { variantSamples[place] = words[24 + place] }
        return true
    }
}
