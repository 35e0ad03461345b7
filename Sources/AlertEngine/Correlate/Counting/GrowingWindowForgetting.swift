// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// What a growing window lets go of, and when: entries out of reach, groups that expired, groups that must make room.
extension GrowingWindow {
    /// Lets go of what no window with an alert on time can need. Sessions before the latest go together, when the last of
    /// them is over; the latest goes as a whole.
    mutating func dropOld(_ slot: UInt32) {
        let oldest = horizon
        if frame.kind == .session {
            let start = table[slot].start
            guard start != UInt32.max, entries[table[slot].list.tail].time >= oldest else { return clearEntries(slot) }
            let before = entries[start].previous
            guard before != UInt32.max, entries[before].time < oldest else { return }
            while table[slot].list.head != start { removeHead(slot) }
            return
        }
        while table[slot].list.head != UInt32.max, entries[table[slot].list.head].time < oldest { removeHead(slot) }
    }

    private mutating func clearEntries(_ slot: UInt32) {
        while table[slot].list.head != UInt32.max { removeHead(slot) }
    }

    mutating func removeHead(_ slot: UInt32) {
        let head = table[slot].list.head
        if head == table[slot].start { letGo(slot) }
        if measure == .distinct {
            let value = entries[head].payload.value
            values[value].held -= 1
            if values[value].held == 0 {
                table[slot].heldValues -= 1
                values.remove(value)
            }
        } else {
            table[slot].heldSum -= entries[head].payload.number
        }
        entries.removeHead(of: &table[slot].list)
        if table[slot].list.length == 0 { table[slot].heldSum = 0 }
    }

    mutating func clear(_ slot: UInt32) {
        clearEntries(slot)
        table[slot].hasFired = false
        table[slot].tactics = []
    }

    mutating func reset(_ key: Fingerprint) {
        let slot = table.find(key)
        if slot != UInt32.max { clear(slot) }
    }

    mutating func advance(to watermark: EventTime, _ firings: inout FiringBuffer) {
        self.watermark = watermark.nanoseconds
        sweep(4096)
    }

    private func rank(of slot: UInt32) -> EvictionRank {
        let tail = table[slot].list.tail
        if tail == UInt32.max || entries[tail].time < horizon { return .expired }
        if table[slot].hasFired { return .full }
        if table[slot].list.length <= 1 { return .oneHit }
        let threshold = bounds.gte ?? bounds.gt ?? 0
        return number(slot) * 2 < threshold ? .little : .much
    }

    mutating func evict(_ rank: EvictionRank) -> Bool {
        if rank == .expired {
            for queue in EvictionRank.allCases where table.head(queue) != UInt32.max {
                if self.rank(of: table.head(queue)) == .expired {
                    forget(table.dequeue(queue))
                    return true
                }
            }
            return false
        }
        while table.head(rank) != UInt32.max {
            let slot = table.dequeue(rank)
            let actual = self.rank(of: slot)
            if actual.rawValue <= rank.rawValue {
                if actual != .expired { lostUntil = max(lostUntil, entries[table[slot].list.tail].time) }
                forget(slot)
                return true
            }
            table.queue(slot, actual)
        }
        return false
    }

    private mutating func forget(_ slot: UInt32) {
        clear(slot)
        table.remove(slot)
    }

    private func latest(_ slot: UInt32) -> Int64 {
        table[slot].list.tail == UInt32.max ? .min : entries[table[slot].list.tail].time
    }

    mutating func sweep(_ limit: Int) {
        for queue in EvictionRank.allCases {
            for _ in 0 ..< limit {
                let slot = table.head(queue)
                guard slot != UInt32.max else { break }
                let actual = rank(of: slot)
                let behind = table[slot].next
                if actual == .expired {
                    forget(table.dequeue(queue))
                } else if actual != queue || behind != UInt32.max && latest(behind) < latest(slot) {
                    table.queue(table.dequeue(queue), actual)
                    if actual == queue { break }
                } else {
                    break
                }
            }
        }
    }
}
