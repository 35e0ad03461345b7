// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// The life of a temporal rule's groups: made, classed by progress, trimmed, expired, evicted; and their checkpoint.
///
/// Every group is in the list of its class, in the order of deadlines that were right when it was put there.
extension TemporalState {
    var groupCount: Int { groups.liveCount }
    var byteCount: Int {
        groups.liveBytes + matches.liveBytes + groups.liveCount * GroupSlots.bytesPerGroup + forgotten.byteCount
    }

    mutating func advance(to watermark: EventTime, _ firings: inout FiringBuffer) {
        self.watermark = max(self.watermark, watermark.nanoseconds)
        forgotten.expire(at: self.watermark)
        for index in classes.indices {
            while !classes[index].isEmpty, groups.time(classes[index].head, Word.deadline) < self.watermark {
                let group = classes[index].head
                classes[index].remove(group, &groups)
                trim(group)
                enlist(group)
            }
        }
    }

    mutating func evict(_ rank: EvictionRank) -> Bool {
        // `advance` has left nothing expired.
        let fired = classes.count - 1
        let half = min(fired, max(1, (references + 1) / 2))
        let range =
            switch rank {
            case .expired: 0 ..< 0
            case .oneHit: 0 ..< 1
            case .little: 1 ..< half
            case .much: half ..< fired
            case .full: fired ..< fired + 1
            }
        for index in range where !classes[index].isEmpty {
            let group = classes[index].head
            lastLoss = latest
            forget(group)
            classes[index].remove(group, &groups)
            free(group)
            return true
        }
        return false
    }

    // MARK: - What was forgotten

    /// A group that goes leaves what it had seen.
    private mutating func forget(_ group: Int) {
        for reference in 0 ..< references {
            let time = groups.time(group, Word.latest + reference)
            if time != .min { forgotten.insert(groups[group, Word.mark], reference, at: time) }
        }
    }

    /// What is missing in the windows that end at a time and may have been forgotten counts as seen, beside two that are
    /// known. With one that is known, the group is no longer one with a single hit.
    mutating func recall(_ group: Int, _ mask: UInt64, at time: Int64) {
        if span.isSession { return }
        let earliest = max(span.earliest(before: time), groups.time(group, Word.floor).addingClamped(1))
        var known = mask & ~Observation.untilBit
        for reference in 0 ..< references where groups.time(group, Word.latest + reference) >= earliest {
            known |= 1 << UInt64(reference)
        }
        for reference in 0 ..< references where known & 1 << UInt64(reference) == 0 {
            guard let seen = forgotten.start(of: groups[group, Word.mark], reference, at: time), seen >= earliest
            else { continue }
            if known.nonzeroBitCount > 1 {
                groups.setTime(group, Word.latest + reference, seen)
                groups[group, Word.flags] |= Self.approximateFlag
            } else {
                groups[group, Word.flags] = groups[group, Word.flags] & ~0xff | 2
            }
        }
    }

    // MARK: - Classes

    func classOf(_ group: Int) -> Int { Int(groups[group, Word.flags] >> 8 & 0xff) }

    mutating func classify(_ group: Int, isListed: Bool) {
        if isListed {
            let before = classOf(group)
            if before == currentClass(group) { return }
            classes[before].remove(group, &groups)
        }
        enlist(group)
    }

    private func currentClass(_ group: Int) -> Int {
        let flags = groups[group, Word.flags]
        if flags & Self.firedFlag != 0 { return classes.count - 1 }
        if flags & 0xff < 2 { return 0 }
        var seen = 0
        for reference in 0 ..< references where groups.time(group, Word.latest + reference) != .min { seen += 1 }
        return max(1, min(seen, classes.count - 2))
    }

    /// Puts a group that is in no list into its class's, or forgets it when it holds nothing any more.
    private mutating func enlist(_ group: Int) {
        let list = list(group)
        if list.isEmpty {
            free(group)
            return
        }
        let index = currentClass(group)
        groups[group, Word.flags] = groups[group, Word.flags] & ~0xff00 | UInt64(index) << 8
        groups.setTime(group, Word.deadline, matches.time(list.tail, 1).addingClamped(span.timespan))
        classes[index].append(group, &groups)
    }

    // MARK: - Records

    func key(_ group: Int) -> Fingerprint { Fingerprint(low: groups[group, 1], high: groups[group, 2]) }

    mutating func makeGroup(_ key: Fingerprint, _ mark: UInt64) -> Int {
        let group = groups.take()
        groups[group, 1] = key.low
        groups[group, 2] = key.high
        for word in Word.floor ..< groups.stride { groups.setTime(group, word, .min) }
        groups[group, Word.mark] = mark
        slots.insert(group, key)
        return group
    }

    /// The group must be in no list.
    mutating func free(_ group: Int) {
        while !list(group).isEmpty { removeHead(group) }
        slots.remove(group, key(group))
        groups.give(group)
    }

    /// Drops what no window with an alert on time can hold, and what is beyond the cap.
    mutating func trim(_ group: Int) {
        let horizon = watermark.subtractingClamped(span.timespan)
        while true {
            let head = list(group).head
            if head < 0 { return }
            if matches.time(head, 1) >= horizon {
                if groups[group, Word.count] <= UInt64(cap) { return }
                groups[group, Word.flags] |= Self.approximateFlag
            }
            removeHead(group)
        }
    }

    private mutating func removeHead(_ group: Int) {
        var list = list(group)
        let head = list.head
        list.remove(head, &matches)
        matches.give(head)
        setList(group, list)
        groups[group, Word.count] -= 1
    }

    func list(_ group: Int) -> SlabList {
        SlabList(head: Int(groups[group, Word.list] >> 32) - 1, tail: Int(groups[group, Word.list] & 0xffff_ffff) - 1)
    }

    mutating func setList(_ group: Int, _ list: SlabList) {
        groups[group, Word.list] = UInt64(list.head + 1) << 32 | UInt64(list.tail + 1)
    }

    // MARK: - Checkpoint

    /// Watermark, latest, last loss; per class the groups in order: key, flags, deadline, times, matches.
    func write(to writer: inout ByteWriter) {
        writer.put(watermark)
        writer.put(latest)
        writer.put(lastLoss)
        forgotten.write(to: &writer)
        for list in classes {
            var count: UInt32 = 0
            var group = list.head
            while group >= 0 {
                count += 1
                group = SlabList.next(groups, group)
            }
            writer.put(count)
            group = list.head
            while group >= 0 {
                for word in [1, 2, Word.flags, Word.deadline] { writer.put(groups[group, word]) }
                for word in Word.floor ..< groups.stride { writer.put(groups[group, word]) }
                writer.put(UInt32(groups[group, Word.count]))
                var match = self.list(group).head
                while match >= 0 {
                    for word in 1 ... 3 { writer.put(matches[match, word]) }
                    match = SlabList.next(matches, match)
                }
                group = SlabList.next(groups, group)
            }
        }
    }

    mutating func restore(from reader: inout ByteReader) throws(MalformedBytes) {
        watermark = try reader.take(Int64.self)
        latest = try reader.take(Int64.self)
        lastLoss = try reader.take(Int64.self)
        try forgotten.restore(from: &reader)
        for index in classes.indices {
            for _ in 0 ..< (try reader.take(UInt32.self)) {
                let group = try restoreGroup(from: &reader)
                guard classOf(group) == index else { throw MalformedBytes() }
                classes[index].append(group, &groups)
            }
        }
    }

    private mutating func restoreGroup(from reader: inout ByteReader) throws(MalformedBytes) -> Int {
        let key = Fingerprint(low: try reader.take(UInt64.self), high: try reader.take(UInt64.self))
        // Nothing is made before its bytes are there.
        guard slots.find(key, groups) == nil, reader.remaining >= 8 * (groups.stride - 5) else {
            throw MalformedBytes()
        }
        let group = makeGroup(key, 0)
        for word in [Word.flags, Word.deadline] { groups[group, word] = try reader.take(UInt64.self) }
        for word in Word.floor ..< groups.stride { groups[group, word] = try reader.take(UInt64.self) }
        let count = Int(try reader.take(UInt32.self))
        guard count > 0, count <= cap + 1 else { throw MalformedBytes() }
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
        }
        setList(group, list)
        groups[group, Word.count] = UInt64(count)
        return group
    }
}
