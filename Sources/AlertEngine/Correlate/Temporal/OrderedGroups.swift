// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// The life of an ordered rule's groups: made, classed by progress, expired, evicted.
///
/// Every group is in the list of its class. Lists are in the order of deadlines that were right when the group was put
/// there; a group whose deadline has moved on since goes to the end again when the watermark reaches the old one.
extension OrderedState {
    var groupCount: Int { groups.liveCount }
    var byteCount: Int {
        groups.liveBytes + recents.liveBytes + matches.liveBytes + groups.liveCount * GroupSlots.bytesPerGroup
            + forgotten.byteCount
    }

    mutating func advance(to watermark: EventTime, _ firings: inout FiringBuffer) {
        // An alert of the watermark's own time is not late.
        settled = max(settled, watermark.nanoseconds == .max ? .max : watermark.nanoseconds.subtractingClamped(1))
        forgotten.expire(at: settled)
        while !settling.isEmpty, recents.time(settling.head, 3) <= settled {
            let recent = settling.head
            let group = Int(recents[recent, 1] >> 32)
            settle(group)
            if self.recent(of: group) >= 0 {
                settling.remove(recent, &recents)
                recents.setTime(recent, 3, matches.time(list(recent).tail, 1))
                settling.append(recent, &recents)
            }
            classify(group, isListed: true)
        }
        for index in classes.indices {
            while !classes[index].isEmpty, groups.time(classes[index].head, Self.deadlineWord) <= settled {
                let group = classes[index].head
                settle(group)
                classes[index].remove(group, &groups)
                enlist(group)
            }
        }
    }

    mutating func evict(_ rank: EvictionRank) -> Bool {
        // `advance` has left nothing expired.
        let half = (prefix.steps + 1) / 2 + 1
        let range =
            switch rank {
            case .expired, .full: 0 ..< 0
            case .oneHit: 0 ..< 2
            case .little: 2 ..< max(2, half)
            case .much: max(2, half) ..< classes.count
            }
        for index in range where index < classes.count && !classes[index].isEmpty {
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

    /// A group that goes leaves how far it had come.
    private mutating func forget(_ group: Int) {
        let base = groups.stride * group + Self.stateWord
        for length in stride(from: 1, to: prefix.steps, by: 1) where prefix.holds(groups.words, base, length) {
            forgotten.insert(
                groups[group, Self.markWord], length, at: prefix.start(groups.words, base, length))
        }
    }

    /// Whether a match may go on where a group was forgotten.
    func follows(_ match: StepMatch, _ mark: UInt64) -> Bool {
        for length in stride(from: 1, to: prefix.steps, by: 1) where match.mask & 1 << UInt64(length) != 0 {
            if forgotten.start(of: mark, length, at: match.time) != nil { return true }
        }
        return false
    }

    /// The prefixes that the match may follow, where they are missing and may have been forgotten.
    mutating func revive(_ group: Int, _ match: StepMatch) {
        let base = groups.stride * group + Self.stateWord
        for length in stride(from: 1, to: prefix.steps, by: 1) where match.mask & 1 << UInt64(length) != 0 {
            guard !prefix.holds(groups.words, base, length),
                let start = forgotten.start(of: groups[group, Self.markWord], length, at: match.time),
                start > prefix.floor(groups.words, base)
            else { continue }
            prefix.revive(&groups.words, base, length, at: start)
            let recent = recent(of: group)
            if recent >= 0 {
                prefix.revive(&recents.words, recents.stride * recent + Self.recentStateWord, length, at: start)
            }
            // Its first hit was elsewhere: it has at least two.
            groups[group, Self.recentWord] = groups[group, Self.recentWord] & ~0xff | 2
        }
    }

    // MARK: - Classes

    func classOf(_ group: Int) -> Int { Int(groups[group, Self.recentWord] >> 8 & 0xff) }

    mutating func countHit(_ group: Int) {
        if groups[group, Self.recentWord] & 0xff < 2 { groups[group, Self.recentWord] += 1 }
    }

    /// Puts a group into the list of the class that it now has.
    mutating func classify(_ group: Int, isListed: Bool) {
        let now = currentClass(group)
        if isListed {
            let before = classOf(group)
            if now == before, now > 0 || recent(of: group) >= 0 { return }
            classes[before].remove(group, &groups)
        }
        enlist(group)
    }

    private func currentClass(_ group: Int) -> Int {
        let progress = prefix.progress(groups.words, groups.stride * group + Self.stateWord)
        return progress == 0 ? 0 : groups[group, Self.recentWord] & 0xff < 2 ? 1 : progress + 1
    }

    /// Puts a group that is in no list into its class's, or forgets it when nothing can come of it any more.
    private mutating func enlist(_ group: Int) {
        prefix.expire(&groups.words, groups.stride * group + Self.stateWord, at: settled)
        let index = currentClass(group)
        let recent = recent(of: group)
        var deadline = index == 0 ? Int64.min : prefix.deadline(groups.words, groups.stride * group + Self.stateWord)
        deadline = max(deadline, prefix.floor(groups.words, groups.stride * group + Self.stateWord))
        if recent >= 0, !list(recent).isEmpty { deadline = max(deadline, matches.time(list(recent).tail, 1)) }
        if deadline <= settled {
            free(group)
            return
        }
        groups[group, Self.recentWord] = groups[group, Self.recentWord] & ~0xff00 | UInt64(index) << 8
        groups.setTime(group, Self.deadlineWord, deadline)
        classes[index].append(group, &groups)
    }

    // MARK: - Records

    func key(_ group: Int) -> Fingerprint { Fingerprint(low: groups[group, 1], high: groups[group, 2]) }

    mutating func makeGroup(_ key: Fingerprint, _ mark: UInt64) -> Int {
        let group = groups.take()
        groups[group, 1] = key.low
        groups[group, 2] = key.high
        groups[group, Self.markWord] = mark
        prefix.clear(&groups.words, groups.stride * group + Self.stateWord)
        slots.insert(group, key)
        return group
    }

    /// The group must be in no list.
    mutating func free(_ group: Int) {
        freeRecent(group)
        slots.remove(group, key(group))
        groups.give(group)
    }

    /// The group's recent matches; -1 without any.
    func recent(of group: Int) -> Int { Int(groups[group, Self.recentWord] >> 32) - 1 }

    /// Recent matches begin: what is known so far stands at the watermark.
    mutating func makeRecent(of group: Int, until time: Int64) -> Int {
        let recent = recents.take()
        recents.copy(prefix.stateWords, to: recent, Self.recentStateWord, from: groups, group, Self.stateWord)
        recents[recent, 1] = UInt64(group) << 32
        recents.setTime(recent, 3, time)
        recents.setTime(recent, Self.settledWord, .min)
        groups[group, Self.recentWord] = groups[group, Self.recentWord] & 0xffff_ffff | UInt64(recent + 1) << 32
        settling.append(recent, &recents)
        return recent
    }

    mutating func freeRecent(_ group: Int) {
        let recent = recent(of: group)
        if recent < 0 { return }
        var list = list(recent)
        while !list.isEmpty {
            let head = list.head
            list.remove(head, &matches)
            matches.give(head)
        }
        settling.remove(recent, &recents)
        recents.give(recent)
        groups[group, Self.recentWord] &= 0xffff_ffff
    }

    func count(_ recent: Int) -> Int { Int(recents[recent, 1] & 0xffff_ffff) }

    func list(_ recent: Int) -> SlabList {
        SlabList(
            head: Int(recents[recent, 2] >> 32) - 1, tail: Int(recents[recent, 2] & 0xffff_ffff) - 1)
    }

    mutating func setList(_ recent: Int, _ list: SlabList, count: Int) {
        recents[recent, 1] = recents[recent, 1] & ~0xffff_ffff | UInt64(count)
        recents[recent, 2] = UInt64(list.head + 1) << 32 | UInt64(list.tail + 1)
    }
}
