// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// The engine's state as bytes, for the journal to keep (semantics.md, 7).
///
///     version u32 │ next place i64 │ next output i64 │ passed i64 │ unrouted i64 │ watermark i64 │ latest arrival i64
///     │ late i64 │ skewed i64 │ arrival-timed i64 │ streams u32 │ { source, hostname: u32 + bytes; watermark, arrival: i64 }…
///
/// Little-endian. The journal adds the checksum. A version this build does not know is an error, not a guess.
extension AlertEngine {
    public static let checkpointVersion: UInt32 = 1

    public func checkpoint() -> [UInt8] {
        var writer = CheckpointWriter()
        writer.put(Self.checkpointVersion)
        for value in [nextPlace, nextOutput, Int64(counts.passed), Int64(counts.unrouted)] { writer.put(value) }
        for value in [clock.watermark.nanoseconds, clock.latestArrival.nanoseconds] { writer.put(value) }
        for value in [clock.lateCount, clock.skewedCount, clock.arrivalTimedCount] { writer.put(Int64(value)) }
        writer.put(UInt32(clock.streams.streams.count))
        for stream in clock.streams.streams {
            writer.put(stream.name.source)
            writer.put(stream.name.hostname)
            writer.put(stream.watermark.nanoseconds)
            writer.put(stream.lastArrival.nanoseconds)
        }
        return writer.bytes
    }

    /// The engine as it stood when `checkpoint` was written; nil when the bytes are not such a checkpoint.
    public init?(_ settings: EngineSettings, checkpoint: [UInt8]) {
        var reader = CheckpointReader(checkpoint)
        guard reader.takeUInt32() == Self.checkpointVersion else { return nil }
        var numbers: [Int64] = []
        for _ in 0 ..< 9 {
            guard let number = reader.takeInt64() else { return nil }
            numbers.append(number)
        }
        guard let count = reader.takeUInt32(), count <= StreamTable.limit + StreamTable.sharedLimit else { return nil }
        var streams: [StreamTable.Stream] = []
        for _ in 0 ..< count {
            guard let source = reader.takeBytes(), let hostname = reader.takeBytes(),
                let watermark = reader.takeInt64(),
                let arrival = reader.takeInt64()
            else { return nil }
            streams.append(
                StreamTable.Stream(
                    name: StreamName(source: source, hostname: hostname), watermark: EventTime(nanoseconds: watermark),
                    lastArrival: EventTime(nanoseconds: arrival)))
        }
        guard reader.isAtEnd else { return nil }
        self.init(settings)
        restore(numbers, StreamTable(streams), settings)
    }
}

struct CheckpointWriter {
    private(set) var bytes: [UInt8] = []

    mutating func put(_ number: some FixedWidthInteger) {
        for shift in stride(from: 0, to: number.bitWidth, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: number >> shift))
        }
    }

    mutating func put(_ text: [UInt8]) {
        put(UInt32(text.count))
        bytes += text
    }
}

struct CheckpointReader {
    private let bytes: [UInt8]
    private var offset = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { offset == bytes.count }

    mutating func takeUInt32() -> UInt32? { take(UInt32.self) }
    mutating func takeInt64() -> Int64? { take(UInt64.self).map(Int64.init(bitPattern:)) }

    mutating func takeBytes() -> [UInt8]? {
        guard let count = takeUInt32(), Int(count) <= bytes.count - offset else { return nil }
        defer { offset += Int(count) }
        return Array(bytes[offset ..< offset + Int(count)])
    }

    private mutating func take<Number: FixedWidthInteger & UnsignedInteger>(_: Number.Type) -> Number? {
        let size = Number.bitWidth / 8
        guard size <= bytes.count - offset else { return nil }
        var number: Number = 0
        for index in 0 ..< size { number |= Number(bytes[offset + index]) << Number(8 * index) }
        offset += size
        return number
    }
}
