// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// Who is talking in a storm: Space-Saving (Metwally, Agrawal, El Abbadi: "Efficient Computation of Frequent and Top-k
/// Elements in Data Streams") with 64 counters.
///
/// Whoever makes up more than a 64th of what was counted is among them; a count may be too large, never too small. Its
/// room is taken once; counting allocates nothing.
struct TopTalkers: Sendable {
    static let capacity = 64
    /// Bytes of a name that are kept.
    static let nameLimit = 128

    private var keys: [TableKey] = []
    private var counts: [Int] = []
    private var lengths: [Int] = []
    private var names: [UInt8]

    init() {
        keys.reserveCapacity(Self.capacity)
        counts.reserveCapacity(Self.capacity)
        lengths.reserveCapacity(Self.capacity)
        names = [UInt8](repeating: 0, count: Self.capacity * Self.nameLimit)
    }

    mutating func count(_ key: TableKey, _ name: borrowing TalkerName) {
        for index in keys.indices where keys[index] == key {
            counts[index] += 1
            return
        }
        if keys.count < Self.capacity {
            keys.append(key)
            counts.append(1)
            lengths.append(0)
            write(name, at: keys.count - 1)
            return
        }
        var least = 0
        for index in counts.indices where counts[index] < counts[least] { least = index }
        keys[least] = key
        counts[least] += 1
        write(name, at: least)
    }

    private mutating func write(_ name: borrowing TalkerName, at index: Int) {
        let start = index * Self.nameLimit
        var length = 0
        if name.isHost {
            for byte in TalkerName.hostPrefix.indices { names[start + byte] = TalkerName.hostPrefix[byte] }
            length = TalkerName.hostPrefix.count
        }
        let taken = min(name.text.count, Self.nameLimit - length)
        for byte in 0 ..< taken { names[start + length + byte] = name.text[byte] }
        lengths[index] = length + taken
    }

    /// The loudest first; of equally loud ones the first in the order of their names.
    var list: [StormRecord.Talker] {
        keys.indices.map { index in
            let start = index * Self.nameLimit
            return StormRecord.Talker(
                key: String(decoding: names[start ..< start + lengths[index]], as: UTF8.self), count: counts[index])
        }.sorted { ($1.count, $0.key) < ($0.count, $1.key) }
    }

    func write(to writer: inout ByteWriter) {
        writer.put(Array(keys.indices)) { writer, index in
            let start = index * Self.nameLimit
            writer.put(keys[index].low)
            writer.put(keys[index].high)
            writer.put(Int64(counts[index]))
            writer.put(Array(names[start ..< start + lengths[index]]))
        }
    }

    init(from reader: inout ByteReader) throws(MalformedBytes) {
        self.init()
        let talkers = try reader.takeList { (reader) throws(MalformedBytes) in
            (
                key: TableKey(low: try reader.take(UInt64.self), high: try reader.take(UInt64.self)),
                count: try reader.takeInt(), name: try reader.takeBytes()
            )
        }
        guard talkers.count <= Self.capacity else { throw MalformedBytes() }
        for talker in talkers {
            guard talker.name.count <= Self.nameLimit, talker.count > 0 else { throw MalformedBytes() }
            keys.append(talker.key)
            counts.append(talker.count)
            lengths.append(0)
            write(TalkerName(talker.name.span), at: keys.count - 1)
        }
    }
}

/// The name of a rule or of a scope, as bytes of the alert.
struct TalkerName: ~Escapable {
    /// `host@` stands in front of it.
    let isHost: Bool
    let text: Span<UInt8>

    static let hostPrefix: [UInt8] = Array("host@".utf8)

    @_lifetime(copy text)
    init(_ text: Span<UInt8>, isHost: Bool = false) {
        self.isHost = isHost
        self.text = text
    }

    /// The container, or the host by its name where there is none (semantics.md, 2).
    @_lifetime(copy facts)
    init(scopeOf facts: borrowing AlertFacts, _ container: borrowing FieldName) {
        if let value = facts.value(container), !value.text.isEmpty, !value.text.equals("host") {
            self.init(value.text)
        } else {
            self.init(facts.alert.hostname, isHost: true)
        }
    }

    var string: String {
        let bytes = [UInt8](_span: text.extracting(first: min(text.count, 512)))
        return (isHost ? "host@" : "") + String(decoding: bytes, as: UTF8.self)
    }

    func combine(into hasher: inout KeyedHasher) {
        hasher.combine(byte: isHost ? 1 : 0)
        hasher.combine(text)
    }
}
