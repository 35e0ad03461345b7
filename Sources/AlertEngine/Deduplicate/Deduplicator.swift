// SPDX-License-Identifier: Apache-2.0
public import AlertModel

/// Lets the first alert of each fingerprint through and counts the repeats (semantics.md, 2).
///
/// Pure: no clock, no I/O. All memory is reserved within `memoryBytes` when it is made; when that is full, alerts pass as
/// `.untracked` and are counted. Nothing that has counts is ever pushed out. Groups are told apart by event-time
/// distance; the watermark only says when a group is told to be over.
public struct Deduplicator: Sendable {
    let settings: DeduplicateSettings
    let times: GroupTimes
    let hashKey: HashKey
    /// One per override, and at the end the one of all others.
    let keys: [FingerprintKey]
    var groups: RecordTable<Group>
    var tallies: RecordTable<Tally>
    var index: HashIndex
    var variants: VariantTable
    var arena: CellArena
    var wheel = TimerWheel()
    var watermark = Int64.min
    /// What the latest admission did, until the next one settles it.
    var latest = LatestAdmission.nothing
    var step: JoinStep?
    /// The name of the variant that the latest plain repeat is of; 0 for the first alert's.
    var latestVariant: UInt32 = 0
    /// Its fingerprint has other groups, which it may have brought together.
    var hasNeighbours = false
    var canonical = CanonicalKey()
    var line: [UInt8] = []
    var counts = DeduplicateCounters()

    /// How many groups of one fingerprint may be open at different times.
    static let siblingLimit = 16
    /// What is kept of a key to be shown.
    static let keyLimit = 8 << 10
    static let textLimit = 512
    static let lineLimit = 256
    static let linesLimit = 64
    /// What a checkpoint may hold of them: a merged group has the lines of two.
    static let storedLinesLimit = 1 << 16
    static let storedKeyLimit = 1 << 20

    public init(_ settings: DeduplicateSettings, key hashKey: HashKey) {
        self.init(settings, key: hashKey, limits: GroupLimits(memoryBytes: settings.memoryBytes))
    }

    init(_ settings: DeduplicateSettings, key hashKey: HashKey, limits: GroupLimits) {
        self.settings = settings
        times = GroupTimes(settings)
        self.hashKey = hashKey
        keys = (settings.overrides.map(\.parts) + [settings.parts]).map { FingerprintKey(hashKey, parts: $0) }
        groups = RecordTable(limit: limits.groups)
        tallies = RecordTable(limit: limits.groups)
        index = HashIndex(limit: limits.groups)
        variants = VariantTable(limit: limits.variants)
        arena = CellArena(limit: limits.cells)
    }

    /// What a group without repeats takes beside its key: its record, its name in the list of free ones, and its places
    /// in an index that is between a quarter and half full, at most.
    public static var indexEntryBytes: Int { MemoryLayout<Group>.stride + 4 * 4 }

    /// What it did so far; the latest admission, which can still be revoked, is not in it.
    public var counters: DeduplicateCounters {
        var counters = counts
        counters.openGroups = groups.used
        return counters
    }

    /// All alerts go by the default key: what `identity` gives depends on their fields alone.
    var isPlain: Bool { settings.overrides.isEmpty && settings.parts == nil }

    /// What an alert is a repeat of, where all go by the default key.
    func identity(of facts: borrowing AlertFacts) -> AlertIdentity { keys[keys.count - 1].identity(of: facts) }

    /// Decides what becomes of one alert. Alerts come in order of place.
    public mutating func admit(_ context: borrowing AlertContext, _ outbox: inout Outbox) -> Admission {
        let choice = choice(for: context.facts)
        return admit(context, keys[choice].identity(of: context.facts), choice, &outbox)
    }

    /// The same for an alert whose `identity` is known, where all go by the default key.
    mutating func admit(
        _ context: borrowing AlertContext, _ identity: AlertIdentity, _ outbox: inout Outbox
    ) -> Admission {
        admit(context, identity, keys.count - 1, &outbox)
    }

    private mutating func admit(
        _ context: borrowing AlertContext, _ identity: AlertIdentity, _ choice: Int, _ outbox: inout Outbox
    ) -> Admission {
        settle(&outbox)
        let time = context.time.nanoseconds
        let fingerprint = identity.fingerprint
        let place = place(of: fingerprint)
        let head = index[place]
        var siblings = 0
        var chosen: UInt32 = 0
        var name = head
        while name != 0 {
            if times.accepts(groups[name], time), chosen == 0 || groups[name].first < groups[chosen].first {
                chosen = name
            }
            siblings += 1
            name = groups[name].sibling
        }
        hasNeighbours = siblings > (chosen == 0 ? 0 : 1)
        if chosen != 0 { return join(chosen, context, identity, keys[choice]) }
        guard siblings < Self.siblingLimit else {
            latest = .untracked(isMemory: false)
            return .untracked
        }
        return open(context, identity, keys[choice], head: head, place: place)
    }

    /// Which key the alert goes by.
    private func choice(for facts: borrowing AlertFacts) -> Int {
        for choice in settings.overrides.indices where settings.overrides[choice].condition.matches(facts) {
            return choice
        }
        return settings.overrides.count
    }

    private mutating func open(
        _ context: borrowing AlertContext, _ identity: AlertIdentity, _ key: FingerprintKey, head: UInt32,
        place: Int
    ) -> Admission {
        let facts = context.facts
        key.write(facts, to: &canonical)
        let subject = canonical.subject
        if canonical.bytes.count > Self.keyLimit { key.write(facts, to: &canonical, textLimit: Self.textLimit) }
        let shown = canonical.bytes
        guard !groups.isFull, let text = arena.store(shown.span) else {
            latest = .untracked(isMemory: true)
            return .untracked
        }
        let time = context.time.nanoseconds
        let clock = max(time, watermark)
        let group = Group(
            fingerprint: identity.fingerprint, subject: subject, first: time, last: time, clock: clock,
            openClock: clock, opener: context.reference.packed, variant: identity.variant, key: text,
            sibling: head, best: context.facts.alert.priority.rawValue)
        // The table was asked before: there is room.
        guard let name = groups.insert(group) else { return .untracked }
        index[place] = name
        hang(name)
        latest = .opened(name)
        return .first(GroupMark(group: subject, variant: 1, count: 1))
    }

    /// The place in the index where a fingerprint's chain hangs.
    func place(of fingerprint: Fingerprint) -> Int {
        var place = index.start(fingerprint.low)
        while index[place] != 0, groups[index[place]].fingerprint != fingerprint { place = index.next(place) }
        return place
    }

    /// Gives back everything of a group.
    mutating func remove(_ name: UInt32) {
        let group = groups[name]
        wheel.takeDown(name, &groups)
        unchain(name, group)
        arena.remove(group.key)
        if group.tally != 0 {
            removeLines(of: group.tally)
            var node = tallies[group.tally].variantHead
            while node != 0 {
                let next = variants[node].next
                variants.remove(node)
                node = next
            }
            tallies.remove(group.tally)
        }
        groups[name].isOpen = 0
        groups.remove(name)
    }

    private mutating func unchain(_ name: UInt32, _ group: Group) {
        let place = place(of: group.fingerprint)
        if index[place] == name {
            if group.sibling != 0 {
                index[place] = group.sibling
            } else {
                let records = groups.records
                index.remove(at: place) { records[Int($0) - 1].fingerprint.low }
            }
            return
        }
        var before = index[place]
        while groups[before].sibling != name { before = groups[before].sibling }
        groups[before].sibling = group.sibling
    }

    mutating func removeLines(of tally: UInt32) {
        var line = tallies[tally].lineHead
        while line != 0 {
            let next = arena.next(line)
            arena.remove(line)
            line = next
        }
        tallies[tally].lineHead = 0
        tallies[tally].lineTail = 0
        tallies[tally].lineCount = 0
        tallies[tally].unlisted = 0
    }
}

/// How many of everything a budget has room for.
struct GroupLimits: Hashable, Sendable {
    let groups: Int
    let variants: Int
    let cells: Int

    /// A group with its key, its counts and one more variant takes about 768 bytes.
    init(memoryBytes: Int) {
        groups = max(16, memoryBytes / 768)
        variants = groups
        let fixed = MemoryLayout<Group>.stride + MemoryLayout<Tally>.stride + MemoryLayout<VariantTable.Node>.stride
        // Two indexes of at most four places a record, and the lists of free records.
        let rest = memoryBytes - groups * (fixed + 4 * 4 * 2 + 3 * 4)
        cells = max(64, rest / CellArena.cost)
    }

    init(groups: Int, variants: Int, cells: Int) {
        self.groups = groups
        self.variants = variants
        self.cells = cells
    }
}
