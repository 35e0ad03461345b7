// SPDX-License-Identifier: Apache-2.0
import MCPProtocol
import Synchronization

/// One session of the legacy eras: its connection and its streams.
public final class LegacySession: Sendable {
    let runner: ConnectionRunner
    let outlet: SessionOutlet

    init(service: any AssistantService, caller: Caller, limits: EndpointLimits, clock: ServingClock) {
        outlet = SessionOutlet(limits: limits)
        runner = ConnectionRunner(
            service: service, caller: caller, outlet: outlet, limits: limits.connection, clock: clock)
    }
}

/// Keeps what a session says and hands it to whoever reads that stream now. Any thread.
final class SessionOutlet: MessageOutlet {
    private struct State {
        var streams: SessionStreams
        /// Who reads which stream now.
        var readers: [UInt64: MessageQueue] = [:]
        /// The newest message of the session's own stream that a reader was given.
        var ownRead: UInt64 = 0
        var isClosed = false
    }

    private let limits: EndpointLimits
    private let state: Mutex<State>

    init(limits: EndpointLimits) {
        self.limits = limits
        state = Mutex(State(streams: SessionStreams(limits: limits.replay)))
    }

    private func queue() -> MessageQueue {
        MessageQueue(messages: limits.waitingMessages, bytes: limits.waitingBytes)
    }

    /// The stream for the answer to a request; nil if one with this id is under way.
    func open(for request: RequestID) -> (number: UInt64, queue: MessageQueue)? {
        state.withLock { state in
            guard !state.isClosed, !state.streams.isOpen(request) else { return nil }
            let number = state.streams.open(for: request)
            let queue = queue()
            state.readers[number] = queue
            return (number, queue)
        }
    }

    /// The session's own stream, from what nobody was given yet; or any stream from what its client had last. Whoever read
    /// it before loses it: that connection is gone, or its client has another one. Nil: there is no such stream.
    func resume(_ lastEventID: String?) -> (number: UInt64, queue: MessageQueue)? {
        let (found, former) = state.withLock { state -> ((UInt64, MessageQueue)?, MessageQueue?) in
            var place = ServerSentEvents.EventID(stream: SessionStreams.own, sequence: state.ownRead)
            if let lastEventID {
                guard let given = ServerSentEvents.EventID(lastEventID) else { return (nil, nil) }
                place = given
            }
            guard !state.isClosed, let replay = state.streams.replay(after: place) else { return (nil, nil) }
            let queue = queue()
            for event in replay.events where !queue.push(Self.item(event)) { break }
            if place.stream == SessionStreams.own, let last = replay.events.last { state.ownRead = last.id.sequence }
            guard !replay.hasEnded else {
                queue.finish()
                return ((place.stream, queue), nil)
            }
            return ((place.stream, queue), state.readers.updateValue(queue, forKey: place.stream))
        }
        former?.finish()
        return found
    }

    /// This reader has gone; what comes is kept for the next.
    func detach(_ number: UInt64, _ queue: MessageQueue) {
        state.withLock { state in
            if state.readers[number] === queue { state.readers[number] = nil }
        }
    }

    func send(_ message: JSONValue, _ route: MessageRoute) -> Bool {
        state.withLock { state in
            guard let number = state.streams.stream(for: route),
                let event = state.streams.record(message.encoded, on: number)
            else { return true }
            // Clients of the legacy eras take 400 for a broken transport and 404 for the end of the session: an answer is
            // 200, whatever it says.
            let status: Int? = if case .answer = route { 200 } else { nil }
            let item = MessageQueue.Item(message: event.message, id: event.id, answerStatus: status)
            if let reader = state.readers[number] {
                // A reader that is too slow loses its stream; the message is kept, and it may come back for it.
                if !reader.push(item) {
                    state.readers[number] = nil
                } else if number == SessionStreams.own {
                    state.ownRead = event.id.sequence
                }
            }
            if case .answer(let request?) = route { Self.end(request, number, &state) }
            return true
        }
    }

    private static func item(_ event: SessionStreams.Event) -> MessageQueue.Item {
        MessageQueue.Item(message: event.message, id: event.id, answerStatus: nil)
    }

    func end(_ request: RequestID) {
        state.withLock { state in
            guard let number = state.streams.stream(for: .exchange(request)) else { return }
            Self.end(request, number, &state)
        }
    }

    private static func end(_ request: RequestID, _ number: UInt64, _ state: inout State) {
        state.streams.end(request)
        state.readers.removeValue(forKey: number)?.finish()
    }

    func close() {
        let readers = state.withLock { state in
            state.isClosed = true
            defer { state.readers = [:] }
            return Array(state.readers.values)
        }
        for reader in readers { reader.finish() }
    }
}
