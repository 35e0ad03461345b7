// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// When groups with verdicts go, and their state as bytes.
///
///     watermark, lost until i64 │ timers │ groups u32 by slot { free u8 or: key 16 · text · timer u64 · decided i64 ·
///     overflow u32 · tactics u16 · entries u32 { time i64 · reference u64 · number f64 · tuple 16 } } │ queues
extension VerdictWindow {
    /// A key is kept with its group, from the first alert on.
    func wantsKey(_ observation: Observation) -> Bool { table.find(observation.key) == UInt32.max }

    private func rank(of slot: UInt32) -> EvictionRank {
        let length = table[slot].list.length
        if length == 0 { return table[slot].decided < horizon ? .expired : .oneHit }
        return length == 1 ? .oneHit : .little
    }

    mutating func evict(_ rank: EvictionRank) -> Bool {
        while table.head(rank) != UInt32.max {
            let slot = table.dequeue(rank)
            let actual = self.rank(of: slot)
            if actual.rawValue <= rank.rawValue {
                if actual != .expired {
                    let tail = table[slot].list.tail
                    lostUntil = max(lostUntil, tail == UInt32.max ? table[slot].decided : entries[tail].time)
                }
                forget(slot)
                return true
            }
            table.queue(slot, actual)
        }
        return false
    }

    private mutating func forget(_ slot: UInt32) {
        entries.removeAll(of: &table[slot].list)
        keys.remove(table[slot].text)
        table[slot].timer = UInt64.max
        table.remove(slot)
    }

    mutating func sweep(_ limit: Int) {
        for queue in EvictionRank.allCases {
            for _ in 0 ..< limit {
                let slot = table.head(queue)
                guard slot != UInt32.max else { break }
                let actual = rank(of: slot)
                guard actual == .expired || actual != queue else { break }
                _ = table.dequeue(queue)
                if actual == .expired { forget(slot) } else { table.queue(slot, actual) }
            }
        }
    }

    func write(to writer: inout ByteWriter) {
        writer.put(watermark)
        writer.put(lostUntil)
        for rank in EvictionRank.allCases {
            writer.put(table.slots(rank)) { writer, slot in
                let member = table[slot]
                writer.put(member.key.low)
                writer.put(member.key.high)
                var text: [UInt8] = []
                keys.append(member.text, to: &text)
                writer.put(text)
                writer.put(member.timer)
                writer.put(member.decided)
                writer.put(member.overflow)
                writer.put(member.tactics.rawValue)
                writer.put(member.list.length)
                var entry = member.list.head
                while entry != UInt32.max {
                    writer.put(entries[entry].time)
                    writer.put(entries[entry].reference)
                    writer.put(entries[entry].payload.number)
                    writer.put(entries[entry].payload.tuple.low)
                    writer.put(entries[entry].payload.tuple.high)
                    entry = entries[entry].next
                }
            }
        }
        timers.write(to: &writer)
    }

    mutating func restore(from reader: inout ByteReader) throws(MalformedBytes) {
        watermark = try reader.take(Int64.self)
        lostUntil = try reader.take(Int64.self)
        // Timers name slots of then; the timer's order names the group.
        var slots: [UInt64: UInt32] = [:]
        for rank in EvictionRank.allCases {
            for _ in 0 ..< Int(try reader.take(UInt32.self)) {
                let slot = try restoreGroup(from: &reader, rank)
                if table[slot].timer != UInt64.max { slots[table[slot].timer] = slot }
            }
        }
        timers = try TimerQueue(from: &reader, slots)
    }

    private mutating func restoreGroup(
        from reader: inout ByteReader, _ rank: EvictionRank
    ) throws(MalformedBytes) -> UInt32 {
        let key = Fingerprint(low: try reader.take(UInt64.self), high: try reader.take(UInt64.self))
        guard table.find(key) == UInt32.max else { throw MalformedBytes() }
        let slot = table.insert(Member(key: key), rank)
        table[slot].text = keys.store(try reader.takeBytes(), limit: limits.keyBytes)
        table[slot].timer = try reader.take(UInt64.self)
        table[slot].decided = try reader.take(Int64.self)
        table[slot].overflow = try reader.take(UInt32.self)
        table[slot].tactics = Tactics(rawValue: try reader.take(UInt16.self))
        let count = Int(try reader.take(UInt32.self))
        guard count * 40 <= reader.remaining else { throw MalformedBytes() }
        var latest = Int64.min
        for _ in 0 ..< count {
            let time = try reader.take(Int64.self)
            guard time >= latest else { throw MalformedBytes() }
            latest = time
            let reference = try reader.take(UInt64.self)
            let number = try reader.takeDouble()
            let tuple = Fingerprint(low: try reader.take(UInt64.self), high: try reader.take(UInt64.self))
            let payload = Payload(number: number, tuple: tuple)
            _ = entries.insert(time, reference, payload, into: &table[slot].list)
        }
        return slot
    }
}
