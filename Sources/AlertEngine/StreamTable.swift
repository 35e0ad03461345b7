// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// A stream of alerts: what one host says through one of Falco's sources.
public struct StreamName: Hashable, Comparable, Sendable {
    public let source: [UInt8]
    /// Empty for the stream that hosts beyond the limit share.
    public let hostname: [UInt8]

    public static func < (left: StreamName, right: StreamName) -> Bool {
        left.source.lexicographicallyPrecedes(right.source)
            || left.source == right.source && left.hostname.lexicographicallyPrecedes(right.hostname)
    }
}

/// The watermark of every stream, at most `limit` of them; further hosts share one stream per source.
///
/// Found by hash, confirmed by bytes; the stream of the alert before is tried first, because alerts come in runs.
struct StreamTable: Sendable {
    static let limit = 4096
    /// Room for the shared streams beside them.
    static let sharedLimit = 256

    struct Stream: Sendable {
        let name: StreamName
        var watermark: EventTime
        var lastArrival: EventTime
    }

    private(set) var streams: [Stream] = []
    private var places: [UInt64: Int] = [:]
    private var latest = 0
    /// No stream can be idle before; only a hint, and not part of the state.
    private var idleFrom = EventTime(nanoseconds: .min)

    init() {}

    init(_ restored: [Stream]) {
        for stream in restored {
            places[Self.hash(stream.name.source.span, stream.name.hostname.span)] = streams.count
            streams.append(stream)
        }
    }

    /// - Parameter idle: a stream silent for longer may give its place to a new one when the table is full.
    mutating func advance(
        source: Span<UInt8>, hostname: Span<UInt8>, to watermark: EventTime, arrival: EventTime, idle: Duration
    ) {
        let index = place(of: source, hostname, watermark, arrival, idle)
        latest = index
        if watermark > streams[index].watermark { streams[index].watermark = watermark }
        if arrival > streams[index].lastArrival { streams[index].lastArrival = arrival }
    }

    private mutating func place(
        of source: Span<UInt8>, _ hostname: Span<UInt8>, _ watermark: EventTime, _ arrival: EventTime, _ idle: Duration
    ) -> Int {
        if latest < streams.count, matches(latest, source, hostname) { return latest }
        // Two names with one hash share a stream: its watermark is then the greater of both, which is harmless and, at
        // 64 bits and 4,096 streams, does not happen by chance.
        let hash = Self.hash(source, hostname)
        if let index = places[hash] { return index }
        if streams.count >= Self.limit, !hostname.isEmpty {
            guard let freed = idlePlace(at: arrival, idle) else {
                return place(of: source, [UInt8]().span, watermark, arrival, idle)
            }
            let old = streams[freed].name
            places[Self.hash(old.source.span, old.hostname.span)] = nil
            let name = StreamName(source: Array(_span: source), hostname: Array(_span: hostname))
            streams[freed] = Stream(name: name, watermark: watermark, lastArrival: arrival)
            places[hash] = freed
            return freed
        }
        // Sources are text from outside as well: when even their shared streams are too many, the first one takes all.
        if streams.count >= Self.limit + Self.sharedLimit { return 0 }
        places[hash] = streams.count
        let name = StreamName(source: Array(_span: source), hostname: Array(_span: hostname))
        streams.append(Stream(name: name, watermark: watermark, lastArrival: arrival))
        return streams.count - 1
    }

    /// The stream that has been silent for longest, when that is longer than `idle`; of equal ones the first. Looked for
    /// only once the one found last could have become idle: hosts beyond the limit cost no scan each time.
    private mutating func idlePlace(at arrival: EventTime, _ idle: Duration) -> Int? {
        guard arrival > idleFrom else { return nil }
        var oldest: Int?
        for index in streams.indices where !streams[index].name.hostname.isEmpty {
            if oldest.map({ streams[index].lastArrival < streams[$0].lastArrival }) ?? true { oldest = index }
        }
        guard let oldest else { return nil }
        idleFrom = streams[oldest].lastArrival.advanced(by: idle)
        return arrival > idleFrom ? oldest : nil
    }

    private func matches(_ index: Int, _ source: Span<UInt8>, _ hostname: Span<UInt8>) -> Bool {
        let name = streams[index].name
        return name.source.span.equals(source) && name.hostname.span.equals(hostname)
    }

    /// The least watermark among streams that spoke after one time and are not behind another; nil without any.
    func least(spokeAfter idleSince: EventTime, notBehind limit: EventTime) -> EventTime? {
        var least: EventTime?
        for stream in streams where stream.lastArrival >= idleSince && stream.watermark >= limit {
            if least.map({ stream.watermark < $0 }) ?? true { least = stream.watermark }
        }
        return least
    }

    func names(behind limit: EventTime, spokeAfter idleSince: EventTime) -> [StreamName] {
        streams.filter { $0.watermark < limit && $0.lastArrival >= idleSince }.map(\.name).sorted()
    }

    /// FNV-1a, the two texts apart by a byte that neither can be mistaken for.
    private static func hash(_ source: Span<UInt8>, _ hostname: Span<UInt8>) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        func mix(_ byte: UInt64) { hash = (hash ^ byte) &* 0x100_0000_01b3 }
        for index in source.indices { mix(UInt64(source[index])) }
        mix(256)
        for index in hostname.indices { mix(UInt64(hostname[index])) }
        return hash
    }
}
