// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// What an ordered rule writes into a checkpoint, and reads again.
///
///     settled · latest · last loss · what was forgotten
///     per class: the groups in order   [ key · hits · deadline · mark · prefixes ]
///     the groups with recent matches in order   [ class · place in class · deadline · settled to · prefixes · matches ]
///
/// Restored, a rule goes on exactly as it would have: every order that decides something is an order of these lists.
extension OrderedState {
    func write(to writer: inout ByteWriter) {
        writer.put(settled)
        writer.put(latest)
        writer.put(lastLoss)
        forgotten.write(to: &writer)
        var ordinals = [UInt32](repeating: 0, count: groups.words.count / groups.stride)
        var ordinal: UInt32 = 0
        for list in classes {
            var index = list.head
            var count: UInt32 = 0
            while index >= 0 {
                count += 1
                index = SlabList.next(groups, index)
            }
            writer.put(count)
            index = list.head
            while index >= 0 {
                ordinals[index] = ordinal
                ordinal += 1
                writer.put(groups[index, 1])
                writer.put(groups[index, 2])
                writer.put(UInt8(groups[index, Self.recentWord] & 0xff))
                writer.put(groups[index, Self.deadlineWord])
                writer.put(groups[index, Self.markWord])
                for word in 0 ..< prefix.stateWords { writer.put(groups[index, Self.stateWord + word]) }
                index = SlabList.next(groups, index)
            }
        }
        writer.put(UInt32(recents.liveCount))
        var recent = settling.head
        while recent >= 0 {
            writer.put(ordinals[Int(recents[recent, 1] >> 32)])
            for word in 3 ..< Self.recentStateWord + prefix.stateWords { writer.put(recents[recent, word]) }
            writer.put(UInt32(count(recent)))
            var match = list(recent).head
            while match >= 0 {
                for word in 1 ... 3 { writer.put(matches[match, word]) }
                match = SlabList.next(matches, match)
            }
            recent = SlabList.next(recents, recent)
        }
    }

    mutating func restore(from reader: inout ByteReader) throws(MalformedBytes) {
        settled = try reader.take(Int64.self)
        latest = try reader.take(Int64.self)
        lastLoss = try reader.take(Int64.self)
        try forgotten.restore(from: &reader)
        var restored: [Int] = []
        for index in classes.indices {
            let count = try reader.take(UInt32.self)
            for _ in 0 ..< count {
                let key = Fingerprint(low: try reader.take(UInt64.self), high: try reader.take(UInt64.self))
                let hits = try reader.take(UInt8.self)
                // Nothing is made before its bytes are there.
                guard hits <= 2, reader.remaining >= 8 * (2 + prefix.stateWords), slots.find(key, groups) == nil else {
                    throw MalformedBytes()
                }
                let (deadline, mark) = (try reader.take(UInt64.self), try reader.take(UInt64.self))
                let group = makeGroup(key, mark)
                groups[group, Self.recentWord] = UInt64(index) << 8 | UInt64(hits)
                groups[group, Self.deadlineWord] = deadline
                for word in 0 ..< prefix.stateWords {
                    groups[group, Self.stateWord + word] = try reader.take(UInt64.self)
                }
                classes[index].append(group, &groups)
                restored.append(group)
            }
        }
        for _ in 0 ..< (try reader.take(UInt32.self)) { try restoreRecent(from: &reader, restored) }
    }

    private mutating func restoreRecent(
        from reader: inout ByteReader, _ restored: [Int]
    ) throws(MalformedBytes) {
        let ordinal = Int(try reader.take(UInt32.self))
        guard ordinal < restored.count, recent(of: restored[ordinal]) < 0,
            reader.remaining >= 8 * (2 + prefix.stateWords)
        else { throw MalformedBytes() }
        let recent = makeRecent(of: restored[ordinal], until: .min)
        for word in 3 ..< Self.recentStateWord + prefix.stateWords {
            recents[recent, word] = try reader.take(UInt64.self)
        }
        let count = Int(try reader.take(UInt32.self))
        guard count <= Self.recentLimit else { throw MalformedBytes() }
        var list = SlabList()
        for _ in 0 ..< count {
            let time = try reader.take(Int64.self)
            let (reference, mask) = (try reader.take(UInt64.self), try reader.take(UInt64.self))
            guard list.isEmpty || matches.time(list.tail, 1) <= time else { throw MalformedBytes() }
            let match = matches.take()
            matches.setTime(match, 1, time)
            matches[match, 2] = reference
            matches[match, 3] = mask
            list.append(match, &matches)
            setList(recent, list, count: list.isEmpty ? 0 : self.count(recent) + 1)
        }
    }
}
