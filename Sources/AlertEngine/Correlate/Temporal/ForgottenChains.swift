// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// What a rule still knows of the groups that it had to forget to make room: which key may have come how far, and when.
///
///     generation   [ first, last time · count · bits ]   a Bloom filter of (key, part), four bits each
///
/// It never denies what was forgotten, until that is older than the timespan; it may affirm what never was, so whatever
/// follows from it is approximate. The generation that is written ends at an eighth of its bits in entries (2.4 % of the
/// other keys are then affirmed) or a third of the timespan; there are at most four, and the last takes the rest.
///
/// Nothing here depends on the installation's secret: bits are found by a mark made of the key's canonical form, because
/// what is wrongly affirmed leaves the engine. Who crafts marks that collide gets alarms, and hides nothing.
struct ForgottenChains: Sendable {
    private struct Generation: Sendable {
        var first: Int64
        var last: Int64
        var count = 0
        var bits: [UInt64]
    }

    static let generationLimit = 4
    static let probes: UInt64 = 4
    /// 8 MiB.
    static let wordLimit = 1 << 20

    private let timespan: Int64
    /// Of a new generation; a power of two.
    private let wordCount: Int
    private var generations: [Generation] = []
    private(set) var byteCount = 0

    /// `bytes` for all generations together.
    init(timespan: Int64, bytes: Int) {
        self.timespan = timespan
        var words = 8
        while words * 2 <= Self.wordLimit, words * 2 * 8 * Self.generationLimit <= bytes { words *= 2 }
        wordCount = words
    }

    var isEmpty: Bool { generations.isEmpty }

    /// What bits are found by: the same on every machine.
    static func mark(_ key: [UInt8]) -> UInt64 {
        var hasher = KeyedHasher(key: HashKey(low: 0x6372_6561_6e63_6521, high: 0x666f_7267_6f74_7465))
        hasher.combine(key.span)
        return hasher.finalize().low
    }

    /// A group has lost its part (the steps of a chain, or a reference) that began at a time.
    mutating func insert(_ mark: UInt64, _ part: Int, at time: Int64) {
        if needsGeneration(time) {
            generations.append(
                Generation(first: time, last: time, bits: [UInt64](repeating: 0, count: wordCount)))
            byteCount += wordCount * 8
        }
        let index = generations.count - 1
        generations[index].first = min(generations[index].first, time)
        generations[index].last = max(generations[index].last, time)
        generations[index].count += 1
        var place = Self.place(mark, part)
        let mask = UInt64(generations[index].bits.count) * 64 - 1
        for _ in 0 ..< Self.probes {
            generations[index].bits[Int(place.bit & mask) >> 6] |= 1 << (place.bit & 63)
            place.bit &+= place.step
        }
    }

    private func needsGeneration(_ time: Int64) -> Bool {
        guard let current = generations.last else { return true }
        if generations.count == Self.generationLimit { return false }
        return current.count >= current.bits.count * 8
            || time.subtractingClamped(current.first) > timespan / 3
            || current.last.subtractingClamped(time) > timespan / 3
    }

    /// When a part that an alert of this time may follow began, at the latest; nil when none was forgotten.
    func start(of mark: UInt64, _ part: Int, at time: Int64) -> Int64? {
        var found: Int64?
        for index in generations.indices {
            let (first, last) = (generations[index].first, generations[index].last)
            guard first <= time, last.addingClamped(timespan) >= time, holds(index, mark, part) else { continue }
            found = max(found ?? .min, min(last, time))
        }
        return found
    }

    private func holds(_ index: Int, _ mark: UInt64, _ part: Int) -> Bool {
        var place = Self.place(mark, part)
        let mask = UInt64(generations[index].bits.count) * 64 - 1
        for _ in 0 ..< Self.probes {
            if generations[index].bits[Int(place.bit & mask) >> 6] & 1 << (place.bit & 63) == 0 { return false }
            place.bit &+= place.step
        }
        return true
    }

    /// The first bit and the way to the next: a finalizer of SplitMix64 (Steele, Lea and Flood) over mark and part.
    private static func place(_ mark: UInt64, _ part: Int) -> (bit: UInt64, step: UInt64) {
        var word = mark &+ UInt64(truncatingIfNeeded: part) &* 0x9e37_79b9_7f4a_7c15
        word = (word ^ word >> 30) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ word >> 27) &* 0x94d0_49bb_1331_11eb
        word ^= word >> 31
        return (word >> 32, word & 0xffff_ffff | 1)
    }

    /// Nothing follows any more what began `timespan` before a time.
    mutating func expire(at time: Int64) {
        if generations.isEmpty { return }
        generations.removeAll { $0.last.addingClamped(timespan) < time }
        byteCount = generations.reduce(0) { $0 + $1.bits.count * 8 }
    }

    func write(to writer: inout ByteWriter) {
        writer.put(generations) { writer, generation in
            writer.put(generation.first)
            writer.put(generation.last)
            writer.put(Int64(generation.count))
            writer.put(generation.bits) { $0.put($1) }
        }
    }

    mutating func restore(from reader: inout ByteReader) throws(MalformedBytes) {
        generations = try reader.takeList { (reader) throws(MalformedBytes) in
            let (first, last) = (try reader.take(Int64.self), try reader.take(Int64.self))
            let count = try reader.takeInt()
            let bits = try reader.takeList { (reader) throws(MalformedBytes) in try reader.take(UInt64.self) }
            guard first <= last, (0 ... Int(Int32.max)).contains(count), (8 ... Self.wordLimit).contains(bits.count),
                bits.count & (bits.count - 1) == 0
            else { throw MalformedBytes() }
            return Generation(first: first, last: last, count: count, bits: bits)
        }
        guard generations.count <= Self.generationLimit else { throw MalformedBytes() }
        byteCount = generations.reduce(0) { $0 + $1.bits.count * 8 }
    }
}
