// SPDX-License-Identifier: Apache-2.0
public import MCPProtocol
import Synchronization

/// What an HTTP request is answered with.
public enum HTTPReply: Sendable {
    case complete(HTTPAnswer)
    /// Comes later, or bit by bit.
    case reading(ExchangeReading)
}

/// A whole response.
public struct HTTPAnswer: Sendable {
    public let status: Int
    public let fields: [HTTPRefusal.Field]
    public let body: [UInt8]

    init(_ status: Int, _ fields: [HTTPRefusal.Field] = [], _ body: [UInt8] = []) {
        self.status = status
        self.fields = fields
        self.body = body
    }

    public init(_ refusal: HTTPRefusal) { self = .json(refusal.status, refusal.body, also: refusal.fields) }

    static func json(_ status: Int, _ body: [UInt8], also fields: [HTTPRefusal.Field] = []) -> HTTPAnswer {
        // What a principal was answered is for no cache on the way.
        HTTPAnswer(
            status, [.init("Content-Type", "application/json"), .init("Cache-Control", "no-store")] + fields, body)
    }

    /// Taken; there is nothing to say.
    static let accepted = HTTPAnswer(202)
}

/// A response as it comes to be. It is plain JSON if the answer is the first that comes, and a stream of events as soon
/// as anything else comes first or nothing comes for a while: then the client, and every proxy on the way, sees that it
/// lives. One task reads; `end` may come from any thread, and must come once.
public final class ExchangeReading: Sendable {
    public enum Beginning: Sendable {
        case complete(HTTPAnswer)
        /// `next` gives the body.
        case stream([HTTPRefusal.Field])
    }

    private let queue: MessageQueue
    private let commentInterval: Duration
    private let mayStream: Bool
    /// The stream begins at once, as that of a session does.
    private let isStream: Bool
    /// Sent first on a stream.
    private let opening: [UInt8]?
    private let extra: [HTTPRefusal.Field]
    private let isAlive: @Sendable () -> Void
    private let ended: Mutex<(@Sendable () -> Void)?>
    private let held = Mutex<[[UInt8]]>([])

    /// - Parameters:
    ///   - isAlive: called while a stream is quiet and its client is there.
    ///   - end: called once.
    init(
        _ queue: MessageQueue, commentInterval: Duration, mayStream: Bool, isStream: Bool = false,
        opening: [UInt8]? = nil,
        also extra: [HTTPRefusal.Field] = [], isAlive: @escaping @Sendable () -> Void = {},
        end: @escaping @Sendable () -> Void
    ) {
        self.queue = queue
        self.commentInterval = commentInterval
        self.mayStream = mayStream
        self.isStream = isStream
        self.opening = opening
        self.extra = extra
        self.isAlive = isAlive
        ended = Mutex(end)
    }

    deinit { end() }

    /// The answer, if it is there already and nothing came before it.
    public var readyAnswer: HTTPAnswer? {
        guard !isStream, let item = queue.pollAnswer(), let status = item.answerStatus else { return nil }
        return .json(status, item.message, also: extra)
    }

    public func begin() async -> Beginning {
        if isStream { return stream(first: nil) }
        while true {
            switch await queue.next(atMost: commentInterval) {
            case .item(let item):
                if let status = item.answerStatus { return .complete(.json(status, item.message, also: extra)) }
                if mayStream { return stream(first: Self.frame(item)) }
            case .silence:
                isAlive()
                if mayStream { return stream(first: ServerSentEvents.comment) }
            case .end: return .complete(.accepted)
            }
        }
    }

    private func stream(first: [UInt8]?) -> Beginning {
        held.withLock { held in held = [opening, first].compactMap(\.self) }
        return .stream(ServerSentEvents.fields + extra)
    }

    /// The next piece of a stream, waiting for it; nil at its end.
    public func next() async -> [UInt8]? {
        if let piece = held.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) { return piece }
        switch await queue.next(atMost: commentInterval) {
        case .item(let item): return Self.frame(item)
        case .silence:
            isAlive()
            return ServerSentEvents.comment
        case .end: return nil
        }
    }

    private static func frame(_ item: MessageQueue.Item) -> [UInt8] {
        ServerSentEvents.event(item.message, id: item.id)
    }

    /// The response is over, or its client has gone.
    public func end() {
        let end = ended.withLock { ended in
            defer { ended = nil }
            return ended
        }
        queue.abandon()
        end?()
    }
}
