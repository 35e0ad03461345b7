// SPDX-License-Identifier: Apache-2.0

/// The streams of one legacy session: what was said on each, so that a client that lost one can go on (`Last-Event-ID`).
///
/// Stream 0 is the session's own (`GET`); every other belongs to one request. Pure. Memory is bounded by `Limits`: the
/// oldest messages of a stream go first, then the streams that ended first.
public struct SessionStreams: Sendable {
    /// What is kept for a client that may come back.
    public struct Limits: Sendable {
        /// Messages of one stream.
        public var messages = 256
        /// Bytes of all messages of one stream.
        public var bytes = 1 << 20
        /// Streams that have ended.
        public var ended = 16

        public init() {}
    }

    /// One message in its place.
    public struct Event: Sendable, Equatable {
        public let id: ServerSentEvents.EventID
        public let message: [UInt8]

        public var frame: [UInt8] { ServerSentEvents.event(message, id: id) }
    }

    private struct Stream: Sendable {
        /// The sequence of the next message; 0 is the beginning itself.
        var next: UInt64 = 1
        var events: [Event] = []
        var bytes = 0
        var hasEnded = false
    }

    public static let own: UInt64 = 0

    private let limits: Limits
    private var streams: [UInt64: Stream] = [own: Stream()]
    private var requests: [RequestID: UInt64] = [:]
    private var endedInOrder: [UInt64] = []
    private var last: UInt64 = 0
    /// Messages that were dropped before anybody asked for them again.
    public private(set) var forgotten = 0

    public init(limits: Limits = Limits()) { self.limits = limits }

    /// The stream for a request's messages.
    public mutating func open(for request: RequestID) -> UInt64 {
        last += 1
        streams[last] = Stream()
        requests[request] = last
        return last
    }

    /// Which stream carries this message; nil: none does.
    public func stream(for route: MessageRoute) -> UInt64? {
        switch route {
        case .session: Self.own
        case .exchange(let id): requests[id]
        case .answer(let id): id.flatMap { requests[$0] }
        }
    }

    /// Whether a request with this id waits for its answer.
    public func isOpen(_ request: RequestID) -> Bool { requests[request] != nil }

    /// Keeps a message and gives it its place.
    public mutating func record(_ message: [UInt8], on number: UInt64) -> Event? {
        guard var stream = streams[number], !stream.hasEnded else { return nil }
        // The array is not copied: nothing else holds it now.
        streams[number] = nil
        let event = Event(id: .init(stream: number, sequence: stream.next), message: message)
        stream.next += 1
        stream.events.append(event)
        stream.bytes += message.count
        while stream.events.count > 1, stream.events.count > limits.messages || stream.bytes > limits.bytes {
            stream.bytes -= stream.events.removeFirst().message.count
            forgotten += 1
        }
        streams[number] = stream
        return event
    }

    /// Nothing follows on the stream of this request; it can still be replayed for a while.
    public mutating func end(_ request: RequestID) {
        guard let number = requests.removeValue(forKey: request) else { return }
        streams[number]?.hasEnded = true
        endedInOrder.append(number)
        if endedInOrder.count > limits.ended { streams[endedInOrder.removeFirst()] = nil }
    }

    /// What followed an event on its stream, and whether more may come. Nil: the stream is unknown, or forgotten.
    public func replay(after id: ServerSentEvents.EventID) -> (events: [Event], hasEnded: Bool)? {
        guard let stream = streams[id.stream], id.sequence < stream.next else { return nil }
        return (stream.events.filter { $0.id.sequence > id.sequence }, stream.hasEnded)
    }
}
