// SPDX-License-Identifier: Apache-2.0
public import AlertModel

/// Holds alerts back where more come than people can read: token buckets per rule, per scope and over all.
///
/// An alert passes when all three of its buckets have a token, and takes one from each; otherwise it takes none and the
/// first bucket without one (rule, scope, overall) holds it: the first alert held opens a storm, which says how many were
/// held at ten, a hundred …, every ten minutes, and when nothing was held for `quiet`. Critical and above always passes and
/// takes nothing.
///
/// Pure. Buckets fill by the alerts' deciding times, so that an hour of alerts read in one second is no storm; storms end
/// by the engine's present. Tables are bounded: a rule or scope without room is limited by the other buckets only, and this
/// is counted. Nothing is allocated for an alert, held or not; a storm's room is taken when it opens.
public struct StormControl: Sendable {
    /// Rules and scopes that are followed at once.
    static let bucketLimit = 16_384
    /// Storms open at once, without the one over all.
    static let stormLimit = 256
    /// Buckets looked at to find room for a new one.
    private static let searchLimit = 16

    public struct Counters: Hashable, Sendable {
        /// Alerts held, by what held them.
        public var heldByRule = 0
        public var heldByScope = 0
        public var heldOverall = 0
        /// Storms that have begun.
        public var storms = 0
        /// Alerts of Critical and above.
        public var exempt = 0
        /// Alerts whose rule or scope found no room in the table.
        public var untracked = 0
        /// Alerts that a bucket would have held, had there been room for one more storm.
        public var unheld = 0

        public var held: Int { heldByRule + heldByScope + heldOverall }
    }

    private struct Bucket {
        var tokens: TokenBucket
        let isScope: Bool
        /// An index into `storms`, or −1.
        var storm: Int32
    }

    private let key: HashKey
    private let container = FieldName("container.id")
    private let quiet: Int64
    private let rule: BucketMeasure
    private let scope: BucketMeasure
    private let overall: BucketMeasure
    private var table: SlotTable
    private var buckets: [Bucket] = []
    private var allTokens: TokenBucket
    /// Where the search for room goes on.
    private var hand = 0
    /// Open storms and free places; the first place belongs to the one over all.
    private var storms: [Storm?] = [nil]
    private var openCount = 0
    /// Nothing is due before.
    private(set) var nextDue = EventTime(nanoseconds: .max)
    /// The latest arrival or tick.
    private var now = EventTime(nanoseconds: .min)
    public private(set) var counters = Counters()

    public init(_ settings: StormSettings, key: HashKey) {
        self.key = key
        quiet = max(1, settings.quiet.wholeNanoseconds)
        rule = BucketMeasure(settings.perRule)
        scope = BucketMeasure(settings.perScope)
        overall = BucketMeasure(settings.overall)
        table = SlotTable(limit: Self.bucketLimit)
        allTokens = TokenBucket(overall, at: EventTime(nanoseconds: .min))
    }

    /// Storms that are open.
    public var openStorms: Int { openCount }

    /// The storm that holds the alert; nil: it passes.
    public mutating func admit(_ context: borrowing AlertContext, _ outbox: inout Outbox) -> SubjectID? {
        now = max(now, context.arrival)
        guard context.facts.alert.priority < .critical else {
            counters.exempt += 1
            return nil
        }
        let time = context.time
        let ruleName = TalkerName(context.facts.alert.rule)
        let scopeName = TalkerName(scopeOf: context.facts, container)
        let ruleKey = tableKey(ruleName, tag: 0)
        let scopeKey = tableKey(scopeName, tag: 1)
        let ruleSlot = slot(of: ruleKey, isScope: false, keeping: -1, at: time)
        let scopeSlot = slot(of: scopeKey, isScope: true, keeping: ruleSlot ?? -1, at: time)
        if ruleSlot == nil || scopeSlot == nil { counters.untracked += 1 }
        if let ruleSlot { buckets[ruleSlot].tokens.refill(at: time, rule) }
        if let scopeSlot { buckets[scopeSlot].tokens.refill(at: time, scope) }
        allTokens.refill(at: time, overall)

        if let ruleSlot, !buckets[ruleSlot].tokens.hasToken(rule) {
            if let storm = storm(ofBucket: ruleSlot, .rule, ruleName, context, outbox) {
                counters.heldByRule += 1
                return hold(storm, context, talker: scopeKey, scopeName, &outbox)
            }
        }
        if let scopeSlot, !buckets[scopeSlot].tokens.hasToken(scope) {
            if let storm = storm(ofBucket: scopeSlot, .scope, scopeName, context, outbox) {
                counters.heldByScope += 1
                return hold(storm, context, talker: ruleKey, ruleName, &outbox)
            }
        }
        if !allTokens.hasToken(overall) {
            openOverall(context, outbox)
            counters.heldOverall += 1
            return hold(0, context, talker: scopeKey, scopeName, &outbox)
        }
        if let ruleSlot, buckets[ruleSlot].tokens.hasToken(rule) { buckets[ruleSlot].tokens.take(rule) }
        if let scopeSlot, buckets[scopeSlot].tokens.hasToken(scope) { buckets[scopeSlot].tokens.take(scope) }
        allTokens.take(overall)
        return nil
    }

    /// Storms that go on say so, and those that are quiet end. After every entry.
    public mutating func advance(_ moment: EngineMoment, _ outbox: inout Outbox) {
        now = max(now, moment.now)
        guard openCount > 0, now >= nextDue || moment.watermark.nanoseconds == .max else { return }
        let present = EngineMoment(watermark: moment.watermark, now: now)
        nextDue = EventTime(nanoseconds: .max)
        for index in storms.indices {
            guard let isOver = storms[index]?.advance(present, quiet: quiet, &outbox) else { continue }
            if isOver { close(index) } else { noteDue(of: index) }
        }
    }

    /// Ends every storm with its record.
    public mutating func closeAll(_ outbox: inout Outbox) {
        advance(EngineMoment(watermark: EventTime(nanoseconds: .max), now: now), &outbox)
    }

    private func tableKey(_ name: borrowing TalkerName, tag: UInt8) -> TableKey {
        var hasher = KeyedHasher(key: key)
        hasher.combine(byte: tag)
        name.combine(into: &hasher)
        return TableKey(hasher.finalize())
    }

    private func measure(isScope: Bool) -> BucketMeasure { isScope ? scope : rule }

    /// The bucket of a key; a full one is made where there was none. nil: there is no room.
    private mutating func slot(of key: TableKey, isScope: Bool, keeping kept: Int, at time: EventTime) -> Int? {
        if let slot = table.slot(of: key) { return slot }
        if table.isFull { makeRoom(keeping: kept, at: time) }
        guard let slot = table.insert(key) else { return nil }
        let bucket = Bucket(
            tokens: TokenBucket(measure(isScope: isScope), at: time), isScope: isScope, storm: -1)
        if slot == buckets.count { buckets.append(bucket) } else { buckets[slot] = bucket }
        return slot
    }

    /// Takes out a bucket that is full again: it says no more than none would.
    private mutating func makeRoom(keeping kept: Int, at time: EventTime) {
        for _ in 0 ..< Self.searchLimit {
            hand = (hand + 1) % buckets.count
            let bucket = buckets[hand]
            let measure = measure(isScope: bucket.isScope)
            if hand != kept, bucket.storm < 0, bucket.tokens.level(at: time, measure) == measure.capacity {
                table.remove(hand)
                return
            }
        }
    }
}

// The storms themselves.
extension StormControl {
    /// The storm of a bucket that has no token, opened if it is new. nil: there is no room for one.
    private mutating func storm(
        ofBucket slot: Int, _ kind: StormRecord.Scope, _ name: borrowing TalkerName, _ context: borrowing AlertContext,
        _ outbox: borrowing Outbox
    ) -> Int? {
        if buckets[slot].storm >= 0 { return Int(buckets[slot].storm) }
        guard let index = freePlace() else {
            counters.unheld += 1
            return nil
        }
        buckets[slot].storm = Int32(index)
        open(
            Storm(
                scope: kind, key: name.string, bucket: Int32(slot), time: context.time, now: now,
                alert: outbox.id(of: context.reference)), at: index)
        return index
    }

    private mutating func openOverall(_ context: borrowing AlertContext, _ outbox: borrowing Outbox) {
        guard storms[0] == nil else { return }
        open(
            Storm(
                scope: .overall, key: "", bucket: -1, time: context.time, now: now,
                alert: outbox.id(of: context.reference)), at: 0)
    }

    private mutating func open(_ storm: Storm, at index: Int) {
        storms[index] = storm
        openCount += 1
        counters.storms += 1
        noteDue(of: index)
    }

    private mutating func freePlace() -> Int? {
        for index in storms.indices.dropFirst() where storms[index] == nil { return index }
        guard storms.count <= Self.stormLimit else { return nil }
        storms.append(nil)
        return storms.count - 1
    }

    private mutating func hold(
        _ index: Int, _ context: borrowing AlertContext, talker: TableKey, _ name: borrowing TalkerName,
        _ outbox: inout Outbox
    ) -> SubjectID? {
        storms[index]?.hold(
            context.reference, time: context.time, now: now, talker: talker, name, &outbox)
        return storms[index]?.id
    }

    private mutating func noteDue(of index: Int) {
        if let due = storms[index]?.due(quiet) { nextDue = min(nextDue, due) }
    }

    private mutating func close(_ index: Int) {
        if let slot = storms[index]?.bucket, slot >= 0 { buckets[Int(slot)].storm = -1 }
        storms[index] = nil
        openCount -= 1
    }
}

// Checkpoints.
extension StormControl {
    /// The hash key goes along: the table's keys are only comparable under the key they were made with.
    public func write(to writer: inout ByteWriter) {
        writer.put(key.low)
        writer.put(key.high)
        for number in [
            counters.heldByRule, counters.heldByScope, counters.heldOverall, counters.storms, counters.exempt,
            counters.untracked, counters.unheld, hand,
        ] { writer.put(Int64(number)) }
        for measure in [rule, scope, overall] {
            for number in [measure.token, measure.capacity, measure.perNanosecond] { writer.put(number) }
        }
        writer.put(now)
        writer.put(nextDue)
        writer.put(allTokens.level)
        writer.put(allTokens.time)
        table.write(to: &writer)
        writer.put(buckets) { writer, bucket in
            writer.put(bucket.isScope)
            writer.put(bucket.tokens.level)
            writer.put(bucket.tokens.time)
            writer.put(bucket.storm)
        }
        writer.put(storms) { $0.put($1) { $1.write(to: &$0) } }
    }

    /// - Parameter settings: where a kind of bucket has other measures than before, its buckets begin full; open storms go on.
    public init(_ settings: StormSettings, key: HashKey, from reader: inout ByteReader) throws(MalformedBytes) {
        self.init(settings, key: HashKey(low: try reader.take(UInt64.self), high: try reader.take(UInt64.self)))
        counters.heldByRule = try reader.takeInt()
        counters.heldByScope = try reader.takeInt()
        counters.heldOverall = try reader.takeInt()
        counters.storms = try reader.takeInt()
        counters.exempt = try reader.takeInt()
        counters.untracked = try reader.takeInt()
        counters.unheld = try reader.takeInt()
        hand = try reader.takeInt()
        var isSame: [Bool] = []
        for measure in [rule, scope, overall] {
            let numbers = (
                try reader.take(Int64.self), try reader.take(Int64.self), try reader.take(Int64.self)
            )
            isSame.append(numbers == (measure.token, measure.capacity, measure.perNanosecond))
        }
        now = try reader.takeTime()
        nextDue = try reader.takeTime()
        allTokens = TokenBucket(level: try reader.take(Int64.self), time: try reader.takeTime())
        guard !isSame[2] || (0 ... overall.capacity).contains(allTokens.level) else { throw MalformedBytes() }
        if !isSame[2] { allTokens = TokenBucket(overall, at: allTokens.time) }
        table = try SlotTable(limit: Self.bucketLimit, from: &reader)
        for _ in 0 ..< Int(try reader.take(UInt32.self)) {
            let isScope = try reader.takeBool()
            let tokens = TokenBucket(level: try reader.take(Int64.self), time: try reader.takeTime())
            let storm = try reader.take(Int32.self)
            let measure = measure(isScope: isScope)
            let isKept = isSame[isScope ? 1 : 0]
            guard !isKept || (0 ... measure.capacity).contains(tokens.level) else { throw MalformedBytes() }
            buckets.append(
                Bucket(
                    tokens: isKept ? tokens : TokenBucket(measure, at: tokens.time), isScope: isScope, storm: storm))
        }
        let places = Int(try reader.take(UInt32.self))
        // A storm takes much more room in memory than here: what claims more than there can be is not read.
        guard (1 ... Self.stormLimit + 1).contains(places) else { throw MalformedBytes() }
        storms = []
        for _ in 0 ..< places {
            storms.append(try reader.takeOptional { (reader) throws(MalformedBytes) in try Storm(from: &reader) })
        }
        openCount = storms.count { $0 != nil }
        try checkLinks()
    }

    /// Buckets and storms name each other, or the bytes are not ours.
    private func checkLinks() throws(MalformedBytes) {
        guard buckets.count == table.slotCount, hand >= 0, hand < max(1, buckets.count)
        else { throw MalformedBytes() }
        for (index, storm) in storms.enumerated() {
            guard let storm else { continue }
            let isLinked =
                index == 0
                ? storm.bucket == -1
                : buckets.indices.contains(Int(storm.bucket)) && buckets[Int(storm.bucket)].storm == Int32(index)
            guard isLinked else { throw MalformedBytes() }
        }
        for bucket in buckets where bucket.storm >= 0 {
            guard bucket.storm < storms.count, storms[Int(bucket.storm)] != nil else { throw MalformedBytes() }
        }
    }
}
