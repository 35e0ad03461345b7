// SPDX-License-Identifier: Apache-2.0

extension ServerConnection {
    /// Answers a call; nothing happens if it was cancelled meanwhile.
    public mutating func finish(_ number: CallNumber, _ outcome: CallOutcome) -> [ServerAction] {
        guard let id = requests.removeValue(forKey: number), let call = calls.removeValue(forKey: id) else { return [] }
        let revision = call.context.revision
        let message: JSONValue
        switch outcome {
        case .tool(let answer):
            message = OutgoingMessage.result(finished(answer.json(in: revision), revision), to: id)
        case .resource(let contents, let keep):
            let result = finished(["contents": .array(contents.map(\.json))], revision, keepMilliseconds: keep)
            message = OutgoingMessage.result(result, to: id)
        case .resourceNotFound(let uri):
            message = OutgoingMessage.error(.resourceNotFound(uri, in: revision), to: id)
        case .prompt(let answer): message = OutgoingMessage.result(finished(answer.json, revision), to: id)
        case .completion(let answer): message = OutgoingMessage.result(finished(answer.json, revision), to: id)
        case .failed(let error): message = OutgoingMessage.error(error, to: id)
        }
        var actions: [ServerAction] = []
        answer(message, id, batch: call.batch, &actions)
        return actions
    }

    /// Tells how far a call is, if its client asked; what does not grow is not told. The message is constant text.
    public mutating func progress(
        _ number: CallNumber, _ value: Double, of total: Double? = nil, _ message: String? = nil
    ) -> [ServerAction] {
        guard let id = requests[number], let call = calls[id], let token = call.context.progressToken,
            let progress = JSONNumber(value), value > call.progress ?? -Double.infinity
        else { return [] }
        calls[id]?.progress = value
        var params: JSONObject = ["progressToken": token.json, "progress": .number(progress)]
        if let total = total.flatMap({ JSONNumber($0) }) { params["total"] = .number(total) }
        if let message, call.context.revision.hasAnnotations { params["message"] = .string(message) }
        return [.send(OutgoingMessage.notification("notifications/progress", params), .exchange(id))]
    }

    /// A log message that belongs to a call, if its client wants messages of this level.
    public func log(_ level: LogLevel, logger: String, _ text: String, during number: CallNumber) -> [ServerAction] {
        guard let id = requests[number], let call = calls[id] else { return [] }
        // The session's level may have changed since the call began.
        let least = call.context.revision.isModern ? call.context.logLevel : session?.logLevel
        guard let least, level >= least else { return [] }
        return [.send(Self.logMessage(level, logger, text), .exchange(id))]
    }

    /// A log message to a session of the legacy era; the modern era has none outside requests.
    public func log(_ level: LogLevel, logger: String, _ text: String) -> [ServerAction] {
        guard let session, session.isReady, let least = session.logLevel, level >= least else { return [] }
        return [.send(Self.logMessage(level, logger, text), .session)]
    }

    private static func logMessage(_ level: LogLevel, _ logger: String, _ text: String) -> JSONValue {
        OutgoingMessage.notification(
            "notifications/message",
            ["level": .string(level.rawValue), "logger": .string(logger), "data": .string(text)])
    }

    /// A resource is different now. `note` goes into `_meta`: a cursor, counts; never text from an alert.
    public mutating func resourceChanged(_ uri: String, note: JSONObject = [:], at now: Duration) -> [ServerAction] {
        var actions: [ServerAction] = []
        subscriptions.changed(uri, note: note, at: now, &actions)
        return actions
    }

    /// Sends the updates that had to wait. Call it when `nextUpdate` has come.
    public mutating func sendUpdates(at now: Duration) -> [ServerAction] {
        var actions: [ServerAction] = []
        subscriptions.tellDue(at: now, &actions)
        return actions
    }

    /// When an update that waits may be sent; nil: none waits.
    public var nextUpdate: Duration? { subscriptions.nextDue }

    /// Lists are different now; only those that the profile calls changing are told.
    public func listsChanged(_ lists: ServerProfile.ChangingLists) -> [ServerAction] {
        var actions: [ServerAction] = []
        subscriptions.listChanged(lists.intersection(profile.changingLists), &actions)
        return actions
    }

    /// The response stream of a request is gone. That cancels a modern request, at once, and never a legacy one.
    public mutating func exchangeClosed(_ id: RequestID) -> [ServerAction] {
        var actions: [ServerAction] = []
        if let call = calls[id], !call.context.revision.isModern { return [] }
        _ = cancel(id, &actions)
        return actions
    }

    /// The server ends the streams of `subscriptions/listen` in good order.
    public mutating func endSubscriptions() -> [ServerAction] {
        subscriptions.listeningIDs.compactMap { id in
            guard subscriptions.close(id) else { return nil }
            var result = finished([:], .july2026)
            var meta = result["_meta"]?.object ?? [:]
            meta[MetaName.subscriptionID] = id.json
            result["_meta"] = .object(meta)
            return .send(OutgoingMessage.result(result, to: id), .answer(id))
        }
    }

    /// The connection is gone: every call is cancelled, oldest first, and nothing is remembered.
    public mutating func close() -> [ServerAction] {
        let numbers = requests.keys.sorted { $0.value < $1.value }
        calls = [:]
        requests = [:]
        batches = [:]
        session = nil
        subscriptions.closeAll()
        return numbers.map { .cancel($0) }
    }
}
