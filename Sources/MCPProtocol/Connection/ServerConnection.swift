// SPDX-License-Identifier: Apache-2.0

/// The server's side of one connection: messages in, actions out. Pure: no clock, no I/O, no threads.
///
/// The era is chosen for every message anew. What the legacy era remembers (the handshake, the log level, the session's
/// subscriptions) touches no modern message; for a modern message over HTTP a fresh connection is as good as an old one.
/// Times are counted from any fixed instant; they only space out updates.
public struct ServerConnection: Sendable {
    /// What the legacy era's `initialize` settled.
    public struct Session: Sendable, Equatable {
        public let revision: ProtocolRevision
        public let client: ClientIdentity?
        public let clientCapabilities: JSONObject
        /// The client sent `notifications/initialized`: from here on it may be sent notifications of its session.
        public internal(set) var isReady = false
        /// Nil: no log messages were asked for.
        public internal(set) var logLevel: LogLevel?
    }

    struct Underway: Sendable {
        let number: CallNumber
        let context: CallContext
        let batch: Int?
        var progress: Double?
    }

    struct Batch: Sendable {
        /// The first request's id: it names the exchange.
        let first: RequestID?
        var missing: Int
        var answers: [JSONValue] = []
    }

    public let profile: ServerProfile
    public let limits: ConnectionLimits
    /// Nil before `initialize`.
    public internal(set) var session: Session?
    /// Messages that were no use to anybody: responses nobody asked for, notifications that are not known.
    public internal(set) var ignored = 0

    var calls: [RequestID: Underway] = [:]
    var requests: [CallNumber: RequestID] = [:]
    var lastNumber: UInt64 = 0
    var batches: [Int: Batch] = [:]
    var lastBatch = 0
    var subscriptions: Subscriptions

    /// Calls under way.
    public var callCount: Int { calls.count }
    /// Streams of `subscriptions/listen` that are open.
    public var listeningCount: Int { subscriptions.listening }
    /// What somebody on this connection wants to hear of: `resourceChanged` with anything else says nothing.
    public var watchedURIs: Set<String> { subscriptions.uris }
    /// Another number whenever `watchedURIs` may be different.
    public var watchRevision: UInt64 { subscriptions.revision }

    public init(_ profile: ServerProfile, limits: ConnectionLimits = ConnectionLimits()) {
        self.profile = profile
        self.limits = limits
        subscriptions = Subscriptions(interval: limits.updateInterval)
    }

    /// Takes one frame of the transport: a line, or the body of a POST.
    public mutating func receive(_ bytes: [UInt8]) -> [ServerAction] {
        do throws(ProtocolError) {
            return receive(try MessageDocument(reading: bytes, limits: limits.document))
        } catch {
            return [.send(OutgoingMessage.error(error, to: nil), .answer(nil))]
        }
    }

    public mutating func receive(_ document: MessageDocument) -> [ServerAction] {
        var actions: [ServerAction] = []
        switch document {
        case .single(let value): take(value, batch: nil, &actions)
        case .batch(let elements): take(elements, &actions)
        }
        return actions
    }

    private mutating func take(_ elements: [JSONValue], _ actions: inout [ServerAction]) {
        guard let session, session.revision.hasBatches, !elements.isEmpty, elements.count <= limits.batch else {
            let error = ProtocolError(.invalidRequest, "Batches are not taken here; send one message at a time.")
            actions.append(.send(OutgoingMessage.error(error, to: nil), .answer(nil)))
            return
        }
        lastBatch += 1
        let batch = lastBatch
        let messages = elements.map { value -> Result<IncomingMessage, IncomingMessage.Rejection> in
            do throws(IncomingMessage.Rejection) { return .success(try IncomingMessage(value)) } catch {
                return .failure(error)
            }
        }
        var answered = 0
        var first: RequestID?
        for message in messages {
            switch message {
            case .success(.request(let request)):
                answered += 1
                first = first ?? request.id
            case .failure: answered += 1
            default: break
            }
        }
        if answered > 0 { batches[batch] = Batch(first: first, missing: answered) }
        for element in elements { take(element, batch: batch, &actions) }
    }

    private mutating func take(_ value: JSONValue, batch: Int?, _ actions: inout [ServerAction]) {
        do throws(IncomingMessage.Rejection) {
            switch try IncomingMessage(value) {
            case .request(let request): take(request, batch: batch, &actions)
            case .notification(let method, let params): note(method, params, &actions)
            case .response: ignored += 1
            }
        } catch {
            answer(OutgoingMessage.error(error.error, to: error.id), error.id, batch: batch, &actions)
        }
    }

    private mutating func take(_ request: IncomingRequest, batch: Int?, _ actions: inout [ServerAction]) {
        do throws(ProtocolError) {
            if calls[request.id] != nil || subscriptions.isListening(request.id) {
                throw ProtocolError(.invalidRequest, "A request with this id is under way.")
            }
            if let result = try dispatch(request, batch: batch, &actions) {
                answer(OutgoingMessage.result(result, to: request.id), request.id, batch: batch, &actions)
            }
        } catch {
            answer(OutgoingMessage.error(error, to: request.id), request.id, batch: batch, &actions)
        }
    }

    /// Sends an answer, or keeps it until its batch is complete.
    mutating func answer(_ message: JSONValue, _ id: RequestID?, batch: Int?, _ actions: inout [ServerAction]) {
        guard let batch else {
            actions.append(.send(message, .answer(id)))
            return
        }
        batches[batch]?.answers.append(message)
        settle(batch, &actions)
    }

    /// One request of a batch needs nothing more.
    mutating func settle(_ batch: Int, _ actions: inout [ServerAction]) {
        batches[batch]?.missing -= 1
        guard let gathered = batches[batch], gathered.missing <= 0 else { return }
        batches[batch] = nil
        if !gathered.answers.isEmpty {
            actions.append(.send(.array(gathered.answers), .answer(gathered.first)))
        } else if let first = gathered.first {
            actions.append(.end(first))
        }
    }

    private mutating func note(_ method: String, _ params: JSONObject, _ actions: inout [ServerAction]) {
        switch method {
        case "notifications/initialized":
            guard session != nil else { return ignored += 1 }
            session?.isReady = true
            subscriptions.openSession(profile.changingLists)
        case "notifications/cancelled":
            guard let id = params["requestId"].flatMap({ RequestID($0) }), cancel(id, &actions) else {
                return ignored += 1
            }
        default: ignored += 1
        }
    }

    /// Ends a call or a subscription without an answer; false if there is none with this id.
    mutating func cancel(_ id: RequestID, _ actions: inout [ServerAction]) -> Bool {
        if let call = calls.removeValue(forKey: id) {
            requests[call.number] = nil
            actions.append(.cancel(call.number))
            if let batch = call.batch { settle(batch, &actions) } else { actions.append(.end(id)) }
            return true
        }
        guard subscriptions.close(id) else { return false }
        actions.append(.end(id))
        return true
    }
}
