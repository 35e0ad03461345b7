// SPDX-License-Identifier: Apache-2.0

/// Which groups of an `event_count` go, and when: those that expired, and those that must make room.
extension EventCount {
    private func rank(of slot: UInt32) -> EvictionRank {
        if table[slot].time1 < horizon { return .expired }
        if table[slot].flags.contains(.hasFired) { return .full }
        let list = table[slot].list
        let held = list == UInt32.max ? table[slot].hits : lists[Int(list)].list.length
        return held <= 1 ? .oneHit : held * 2 < needed ? .little : .much
    }

    mutating func evict(_ rank: EvictionRank) -> Bool {
        if rank == .expired { return EvictionRank.allCases.contains { forgetExpiredHead($0) } }
        while table.head(rank) != GroupTable<Member>.none {
            let slot = table.dequeue(rank)
            let actual = self.rank(of: slot)
            if actual.rawValue <= rank.rawValue {
                if actual != .expired { lostUntil = max(lostUntil, table[slot].time1) }
                forget(slot)
                return true
            }
            table.queue(slot, actual)
        }
        return false
    }

    private mutating func forget(_ slot: UInt32) {
        dropList(slot)
        table.remove(slot)
    }

    private mutating func forgetExpiredHead(_ queue: EvictionRank) -> Bool {
        let slot = table.head(queue)
        guard slot != GroupTable<Member>.none, rank(of: slot) == .expired else { return false }
        forget(table.dequeue(queue))
        return true
    }

    /// Forgets expired groups at the heads of the queues, at most `limit` of each; moves on those that changed their rank
    /// or were touched since.
    mutating func sweep(_ limit: Int) {
        for queue in EvictionRank.allCases {
            for _ in 0 ..< limit {
                let slot = table.head(queue)
                guard slot != GroupTable<Member>.none else { break }
                let actual = rank(of: slot)
                let behind = table[slot].next
                if actual == .expired {
                    forget(table.dequeue(queue))
                } else if actual != queue
                    || behind != GroupTable<Member>.none && table[behind].time1 < table[slot].time1
                {
                    table.queue(table.dequeue(queue), actual)
                    if actual == queue { break }
                } else {
                    break
                }
            }
        }
    }
}
