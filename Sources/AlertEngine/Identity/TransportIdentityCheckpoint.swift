// SPDX-License-Identifier: Apache-2.0
public import AlertModel

/// The remembered alerts as bytes, oldest first, with the key they were hashed under.
extension TransportIdentity {
    static let checkpointVersion: UInt32 = 1

    public func write(to writer: inout ByteWriter) {
        writer.put(Self.checkpointVersion)
        for word in [hashKey.low, hashKey.high] { writer.put(word) }
        for number in [counts.duplicates, counts.pushedOut] { writer.put(Int64(number)) }
        writer.put(UInt32(count))
        for offset in 0 ..< count {
            let entry = entries[(first + offset) % limit]
            for word in [entry.hash.low, entry.hash.high, UInt64(bitPattern: entry.arrival), entry.reference] {
                writer.put(word)
            }
        }
    }

    /// Goes on from a checkpoint, with the hash key that it holds: nothing that leaves the engine depends on it.
    public init(
        _ settings: IdentitySettings, key: HashKey, from reader: inout ByteReader
    ) throws(MalformedBytes) {
        guard try reader.take(UInt32.self) == Self.checkpointVersion else { throw MalformedBytes() }
        self.init(settings, key: HashKey(low: try reader.take(UInt64.self), high: try reader.take(UInt64.self)))
        counts.duplicates = try reader.takeInt()
        counts.pushedOut = try reader.takeInt()
        let held = Int(try reader.take(UInt32.self))
        guard held <= reader.remaining / 32 else { throw MalformedBytes() }
        for _ in 0 ..< held {
            let hash = Fingerprint(low: try reader.take(UInt64.self), high: try reader.take(UInt64.self))
            let arrival = try reader.take(Int64.self)
            remember(Entry(hash: hash, arrival: arrival, reference: try reader.take(UInt64.self)))
        }
    }
}
