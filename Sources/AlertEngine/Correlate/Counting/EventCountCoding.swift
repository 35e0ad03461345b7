// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// The state of an `event_count` as bytes.
///
///     watermark, lost until i64 │ per queue: groups u32 { key 16 · hits u32 · tactics, flags u16 · latest i64 ·
///     floor i64 · is a list u8 · entries u32 { time i64, reference u64 } }
extension EventCount {
    func write(to writer: inout ByteWriter) {
        writeClock(to: &writer)
        for rank in EvictionRank.allCases {
            writer.put(table.slots(rank)) { writer, slot in
                let member = table[slot]
                writer.put(member.key.low)
                writer.put(member.key.high)
                writer.put(member.hits)
                writer.put(member.tactics.rawValue)
                writer.put(member.flags.rawValue)
                writer.put(member.time1)
                let isList = member.list != UInt32.max
                writer.put(isList ? lists[Int(member.list)].floor : Int64.min)
                writer.put(isList)
                writer.put(held(slot)) { writer, entry in
                    writer.put(entry.time)
                    writer.put(entry.reference)
                }
            }
        }
    }

    private func held(_ slot: UInt32) -> [(time: Int64, reference: UInt64)] {
        let member = table[slot]
        guard member.list != UInt32.max else {
            let pairs = [(member.time0, member.reference0), (member.time1, member.reference1)]
            return Array(pairs.prefix(Int(member.hits)))
        }
        var pairs: [(Int64, UInt64)] = []
        var entry = lists[Int(member.list)].list.head
        while entry != UInt32.max {
            pairs.append((entries[entry].time, entries[entry].reference))
            entry = entries[entry].next
        }
        return pairs
    }

    mutating func restore(from reader: inout ByteReader) throws(MalformedBytes) {
        try restoreClock(from: &reader)
        for rank in EvictionRank.allCases {
            for _ in 0 ..< Int(try reader.take(UInt32.self)) { try restoreGroup(from: &reader, rank) }
        }
    }

    private mutating func restoreGroup(from reader: inout ByteReader, _ rank: EvictionRank) throws(MalformedBytes) {
        let key = Fingerprint(low: try reader.take(UInt64.self), high: try reader.take(UInt64.self))
        guard table.find(key) == GroupTable<Member>.none else { throw MalformedBytes() }
        var member = Member(
            key: key, time0: .min, time1: .min, reference0: 0, reference1: 0, hits: try reader.take(UInt32.self),
            tactics: Tactics(rawValue: try reader.take(UInt16.self)))
        member.flags = Flags(rawValue: try reader.take(UInt16.self))
        let latest = try reader.take(Int64.self)
        let floor = try reader.take(Int64.self)
        let isList = try reader.takeBool()
        let count = Int(try reader.take(UInt32.self))
        guard count * 16 <= reader.remaining, isList || count == min(2, Int(member.hits)) && isSmallUseful else {
            throw MalformedBytes()
        }
        let slot = table.insert(member, rank)
        if isList { try restoreList(of: slot, count, from: &reader) } else { try restorePair(of: slot, count, &reader) }
        table[slot].time1 = latest
        if isList { lists[Int(table[slot].list)].floor = floor }
    }

    private mutating func restorePair(
        of slot: UInt32, _ count: Int, _ reader: inout ByteReader
    ) throws(MalformedBytes) {
        for index in 0 ..< count {
            let time = try reader.take(Int64.self)
            let reference = try reader.take(UInt64.self)
            if index == 0 { (table[slot].time0, table[slot].reference0) = (time, reference) }
            if index == 1 { (table[slot].time1, table[slot].reference1) = (time, reference) }
        }
    }
}
