// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// The groups of one rule, found by key, each in the list of its class: the owner says what classes mean.
///
///     group   [ links · key · class · the owner's words ]
///
/// Lists are in the order in which groups came into them. A group may keep the canonical bytes of its key.
struct ClassedGroups: Sendable {
    static let classWord = 3
    /// The first of the owner's words.
    static let ownWord = 4

    var slab: Slab
    private var slots = GroupSlots()
    private(set) var lists: [SlabList]
    private var keys: [[UInt8]] = []
    private var keyByteCount = 0

    /// `words` of the owner's, up to 255 classes.
    init(words: Int, classes: Int) {
        slab = Slab(stride: Self.ownWord + words)
        lists = [SlabList](repeating: SlabList(), count: classes)
    }

    var count: Int { slab.liveCount }
    var byteCount: Int { slab.liveBytes + count * GroupSlots.bytesPerGroup + keyByteCount }

    func find(_ key: Fingerprint) -> Int? { slots.find(key, slab) }
    func key(_ group: Int) -> Fingerprint { Fingerprint(low: slab[group, 1], high: slab[group, 2]) }
    func classOf(_ group: Int) -> Int { Int(slab[group, Self.classWord] & 0xff) }

    /// The canonical bytes of its key; none where the rule does not keep them.
    func keyBytes(_ group: Int) -> [UInt8] { group < keys.count ? keys[group] : [] }

    mutating func make(_ key: Fingerprint, bytes: [UInt8], class index: Int) -> Int {
        let group = slab.take()
        slab[group, 1] = key.low
        slab[group, 2] = key.high
        slab[group, Self.classWord] = UInt64(index)
        slots.insert(group, key)
        lists[index].append(group, &slab)
        if !bytes.isEmpty {
            while keys.count <= group { keys.append([]) }
            keys[group] = bytes
            keyByteCount += bytes.count + 32
        }
        return group
    }

    /// Puts a group at the end of a class's list; where it is in that class already, it keeps its place.
    mutating func move(_ group: Int, to index: Int) {
        let before = classOf(group)
        if before == index { return }
        lists[before].remove(group, &slab)
        slab[group, Self.classWord] = UInt64(index)
        lists[index].append(group, &slab)
    }

    mutating func renew(_ group: Int) {
        let index = classOf(group)
        if lists[index].tail == group { return }
        lists[index].remove(group, &slab)
        lists[index].append(group, &slab)
    }

    mutating func free(_ group: Int) {
        lists[classOf(group)].remove(group, &slab)
        slots.remove(group, key(group))
        if group < keys.count, !keys[group].isEmpty {
            keyByteCount -= keys[group].count + 32
            keys[group] = []
        }
        slab.give(group)
    }

    /// Every group, class by class, in order: the order of checkpoints.
    var all: [Int] {
        var groups: [Int] = []
        for list in lists {
            var group = list.head
            while group >= 0 {
                groups.append(group)
                group = SlabList.next(slab, group)
            }
        }
        return groups
    }

    /// By group: where its timer stands among all, by the orders in one of the words.
    func ranks(_ groups: [Int], _ word: Int) -> [Int: UInt32] {
        var ranks: [Int: UInt32] = [:]
        for group in groups.sorted(by: { slab[$0, word] < slab[$1, word] }) { ranks[group] = UInt32(ranks.count) }
        return ranks
    }

    /// Key, class, the owner's words and the key's bytes. Words that name places in memory are `hidden`: 0 stands there.
    func write(_ group: Int, hidden: [Int], to writer: inout ByteWriter) {
        for word in 1 ..< slab.stride { writer.put(hidden.contains(word) ? 0 : slab[group, word]) }
        writer.put(keyBytes(group))
    }

    /// What `write` wrote, at the end of its class's list.
    mutating func restore(from reader: inout ByteReader) throws(MalformedBytes) -> Int {
        let key = Fingerprint(low: try reader.take(UInt64.self), high: try reader.take(UInt64.self))
        let index = try reader.take(UInt64.self)
        guard index < UInt64(lists.count), find(key) == nil else { throw MalformedBytes() }
        var own: [UInt64] = []
        for _ in Self.ownWord ..< slab.stride { own.append(try reader.take(UInt64.self)) }
        let group = make(key, bytes: try reader.takeBytes(), class: Int(index))
        for (offset, word) in own.enumerated() { slab[group, Self.ownWord + offset] = word }
        return group
    }
}

/// Matches of all groups of a rule: per group a list in order of time.
///
///     match   [ links · time · reference · mask ]
struct MatchLists: Sendable {
    var slab = Slab(stride: 4)

    var byteCount: Int { slab.liveBytes }

    func time(_ index: Int) -> Int64 { slab.time(index, 1) }
    func mask(_ index: Int) -> UInt64 { slab[index, 3] }
    func next(_ index: Int) -> Int { SlabList.next(slab, index) }

    func contribution(_ index: Int) -> Contribution {
        Contribution(time: EventTime(nanoseconds: time(index)), reference: AlertReference(packed: slab[index, 2]))
    }

    /// Adds a match behind all of its time or earlier.
    mutating func insert(_ match: StepMatch, into list: inout SlabList) {
        var index = -1
        insert(match, into: &list, at: &index)
    }

    /// The same; `index` becomes its record.
    mutating func insert(_ match: StepMatch, into list: inout SlabList, at index: inout Int) {
        index = slab.take()
        slab.setTime(index, 1, match.time)
        slab[index, 2] = match.reference
        slab[index, 3] = match.mask
        var before = list.tail
        while before >= 0, time(before) > match.time { before = SlabList.previous(slab, before) }
        list.insert(index, after: before, &slab)
    }

    mutating func removeHead(of list: inout SlabList) {
        let head = list.head
        list.remove(head, &slab)
        slab.give(head)
    }

    func write(_ list: SlabList, count: Int, to writer: inout ByteWriter) {
        writer.put(UInt32(count))
        var index = list.head
        while index >= 0 {
            for word in 1 ... 3 { writer.put(slab[index, word]) }
            index = next(index)
        }
    }

    /// In order of time, or they are not what `write` wrote.
    mutating func restore(
        from reader: inout ByteReader
    ) throws(MalformedBytes) -> (list: SlabList, count: Int) {
        let count = Int(try reader.take(UInt32.self))
        var list = SlabList()
        for _ in 0 ..< count {
            let match = StepMatch(
                time: try reader.take(Int64.self), reference: try reader.take(UInt64.self),
                mask: try reader.take(UInt64.self))
            guard list.isEmpty || time(list.tail) <= match.time else { throw MalformedBytes() }
            insert(match, into: &list)
        }
        return (list, count)
    }
}

extension SlabList {
    /// Both ends in one word of a record.
    var packed: UInt64 { UInt64(head + 1) << 32 | UInt64(tail + 1) }

    init(packed: UInt64) { self.init(head: Int(packed >> 32) - 1, tail: Int(packed & 0xffff_ffff) - 1) }
}
