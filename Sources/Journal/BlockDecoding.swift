// SPDX-License-Identifier: Apache-2.0
public import AlertModel

/// Turns raw bytes back into an alert: the journal stores what was sent, and decodes it again when it is read.
///
/// Must append exactly what decoding the same bytes at the same arrival time appended when they were accepted.
public protocol BlockDecoder {
    func decode(_ encoding: AlertEncoding, _ raw: Span<UInt8>, arrival: EventTime, into batch: inout AlertBatchBuilder)
}

/// Decoders are made where they are used, one per call and thread, so that they need not be thread-safe.
public typealias BlockDecoderFactory = @Sendable () -> any BlockDecoder

/// Opens the blocks that one call reads. Belongs to one thread.
struct BlockReading {
    let decoder: any BlockDecoder
    let zstd = ZstdReading()

    /// The batch of a block; `wanted` are the indexes to decode, nil for all. Throws `Unreadable` when it is damaged.
    func batch(
        _ columns: BlockColumns, payload: [UInt8], wanted: [Int]? = nil
    ) throws(Unreadable) -> AlertBatch {
        let total = columns.rawLengths.reduce(0, +)
        guard let raw = zstd.content(payload, length: total) else { throw Unreadable(reason: "its payload is damaged") }
        var starts: [Int] = []
        starts.reserveCapacity(columns.count)
        var start = 0
        for length in columns.rawLengths {
            starts.append(start)
            start += length
        }
        let indexes = wanted ?? Array(0 ..< columns.count)
        let bytes = indexes.reduce(0) { $0 + columns.rawLengths[$1] }
        var builder = AlertBatchBuilder(byteCapacity: min(bytes, 1 << 28), recordCapacity: max(1, indexes.count))
        for (done, index) in indexes.enumerated() {
            guard let encoding = AlertEncoding(rawValue: columns.encodings[index]) else {
                throw Unreadable(reason: "an alert's encoding is unknown")
            }
            let message = raw.span.extracting(starts[index] ..< starts[index] + columns.rawLengths[index])
            decoder.decode(
                encoding, message, arrival: EventTime(nanoseconds: columns.arrivals[index]), into: &builder)
            guard builder.alertCount == done + 1 else {
                throw Unreadable(reason: "alert \(index) of the block is no longer accepted by the decoder")
            }
        }
        return builder.seal()
    }
}

/// A reference to a `Decompressor`, which cannot be copied.
final class ZstdReading {
    private let decompressor = Decompressor()

    func content(_ frame: [UInt8], length: Int) -> [UInt8]? { decompressor.decompress(frame.span, length: length) }
}

/// A journal entry that is there and cannot be read; the ones around it can.
public struct Unreadable: Error, Hashable, Sendable {
    public internal(set) var place: Int64 = 0
    /// Places it takes.
    public internal(set) var placeCount = 1
    public internal(set) var epoch: UInt64 = 0
    public internal(set) var source = ""
    public internal(set) var reason: String
}

extension Unreadable: CustomStringConvertible {
    public var description: String { "the entry at place \(place) (\(placeCount) places) cannot be read: \(reason)" }
}
