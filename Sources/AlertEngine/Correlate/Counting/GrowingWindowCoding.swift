// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// The state of a growing window as bytes.
///
///     watermark, lost until i64 │ per queue: groups u32 { key 16 · tactics u16 · fired, approximate u8 · floor i64 ·
///     sums 2 × f64 · start u32 · entries u32 { time i64, reference u64, value: key 16 or number f64 } }
///
/// `start`: how many entries stand before the latest window. The rest is counted anew.
extension GrowingWindow {
    func write(to writer: inout ByteWriter) {
        writer.put(watermark)
        writer.put(lostUntil)
        for rank in EvictionRank.allCases {
            writer.put(table.slots(rank)) { writer, slot in write(slot, to: &writer) }
        }
    }

    private func write(_ slot: UInt32, to writer: inout ByteWriter) {
        let member = table[slot]
        writer.put(member.key.low)
        writer.put(member.key.high)
        writer.put(member.tactics.rawValue)
        writer.put(member.hasFired)
        writer.put(member.isApproximate)
        writer.put(member.floor)
        writer.put(member.sum)
        writer.put(member.heldSum)
        writer.put(member.list.length - member.size)
        writer.put(member.list.length)
        var entry = member.list.head
        while entry != UInt32.max {
            writer.put(entries[entry].time)
            writer.put(entries[entry].reference)
            if measure == .distinct {
                let key = values[entries[entry].payload.value].key
                writer.put(key.low)
                writer.put(key.high)
            } else {
                writer.put(entries[entry].payload.number)
            }
            entry = entries[entry].next
        }
    }

    mutating func restore(from reader: inout ByteReader) throws(MalformedBytes) {
        watermark = try reader.take(Int64.self)
        lostUntil = try reader.take(Int64.self)
        for rank in EvictionRank.allCases {
            for _ in 0 ..< Int(try reader.take(UInt32.self)) { try restoreGroup(from: &reader, rank) }
        }
    }

    private mutating func restoreGroup(from reader: inout ByteReader, _ rank: EvictionRank) throws(MalformedBytes) {
        let key = Fingerprint(low: try reader.take(UInt64.self), high: try reader.take(UInt64.self))
        guard table.find(key) == UInt32.max else { throw MalformedBytes() }
        let slot = table.insert(Member(key: key), rank)
        table[slot].tactics = Tactics(rawValue: try reader.take(UInt16.self))
        table[slot].hasFired = try reader.takeBool()
        table[slot].isApproximate = try reader.takeBool()
        table[slot].floor = try reader.take(Int64.self)
        let (sum, heldSum) = (try reader.takeDouble(), try reader.takeDouble())
        let start = try reader.take(UInt32.self)
        let count = try reader.take(UInt32.self)
        guard Int(count) * 24 <= reader.remaining, start <= count, (start < count) == (count > 0) else {
            throw MalformedBytes()
        }
        var latest = Int64.min
        for index in 0 ..< count {
            let time = try reader.take(Int64.self)
            guard time >= latest else { throw MalformedBytes() }
            latest = time
            let entry = try restoreEntry(time, slot, from: &reader)
            if index == start { table[slot].start = entry }
            if index >= start { takeIn(entry, slot) }
        }
        table[slot].sum = sum
        table[slot].heldSum = heldSum
    }

    private mutating func restoreEntry(
        _ time: Int64, _ slot: UInt32, from reader: inout ByteReader
    ) throws(MalformedBytes) -> UInt32 {
        let reference = try reader.take(UInt64.self)
        guard measure == .distinct else {
            return entries.insert(
                time, reference, Payload(number: try reader.takeDouble()), into: &table[slot].list)
        }
        let key = Fingerprint(low: try reader.take(UInt64.self), high: try reader.take(UInt64.self))
        var value = values.find(key)
        if value == UInt32.max { value = values.insert(Value(key: key), nil) }
        if values[value].held == 0 { table[slot].heldValues += 1 }
        values[value].held += 1
        return entries.insert(time, reference, Payload(value: value), into: &table[slot].list)
    }
}
