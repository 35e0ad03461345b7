// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// The engine's state as bytes, for the journal to keep (semantics.md, 7).
///
///     version u32 │ generation │ next place i64 │ next output i64 │ fates │ clock │ epochs │ one part per stage
///
/// Written by `ByteWriter`; the journal adds the checksum. A version this build does not know is an error, not a guess.
extension AlertEngine {
    public static let checkpointVersion: UInt32 = 7

    public func checkpoint() -> [UInt8] {
        var writer = ByteWriter()
        writer.put(Self.checkpointVersion)
        writer.put(generation)
        writer.put(nextPlace)
        writer.put(nextOutput)
        counts.write(to: &writer)
        clock.write(to: &writer)
        writer.put(epochs.epochs) { $0.put($1) }
        stages.write(to: &writer)
        return writer.bytes
    }

    /// The engine as it stood when `checkpoint` was written; nil when the bytes are not such a checkpoint.
    public init?(_ settings: EngineSettings, checkpoint: [UInt8]) {
        var reader = ByteReader(checkpoint)
        do throws(MalformedBytes) {
            try self.init(settings, from: &reader)
        } catch { return nil }
        guard reader.isAtEnd else { return nil }
    }

    /// The configuration that was in force when `checkpoint` was written; nil when the bytes are not a checkpoint of this
    /// version.
    public static func generation(ofCheckpoint checkpoint: [UInt8]) -> String? {
        var reader = ByteReader(checkpoint)
        guard (try? reader.take(UInt32.self)) == checkpointVersion else { return nil }
        return try? reader.takeString()
    }

    private init(_ settings: EngineSettings, from reader: inout ByteReader) throws(MalformedBytes) {
        guard try reader.take(UInt32.self) == Self.checkpointVersion else { throw MalformedBytes() }
        self.init(settings)
        generation = try reader.takeString()
        nextPlace = try reader.take(Int64.self)
        nextOutput = try reader.take(Int64.self)
        counts = try FateCounts(from: &reader)
        clock = try EventClock(settings.time, from: &reader)
        epochs = EpochTable(
            try reader.takeList { (reader) throws(MalformedBytes) in try reader.take(UInt64.self) })
        stages = try EngineStages(settings, from: &reader)
    }
}
