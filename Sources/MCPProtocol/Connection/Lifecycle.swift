// SPDX-License-Identifier: Apache-2.0

extension ServerConnection {
    /// The legacy handshake. A client may do it again; the newest counts, and the session's subscriptions end.
    mutating func initialize(_ params: JSONObject) throws(ProtocolError) -> JSONObject {
        guard let asked = params["protocolVersion"]?.string else {
            throw .invalidParams("protocolVersion must be a string.")
        }
        guard let capabilities = params["capabilities"]?.object else {
            throw .invalidParams("capabilities must be an object.")
        }
        guard let client = ClientIdentity(params["clientInfo"]) else {
            throw .invalidParams("clientInfo must have a name and a version.")
        }
        let known = ProtocolRevision(rawValue: asked).flatMap { $0.isModern ? nil : $0 }
        let revision = known ?? .newestLegacy
        session = Session(revision: revision, client: client, clientCapabilities: capabilities)
        subscriptions.closeSession()
        var result: JSONObject = ["protocolVersion": .string(revision.rawValue)]
        result["capabilities"] = profile.capabilities(in: revision)
        result["serverInfo"] = profile.identity(in: revision)
        result["instructions"] = .string(profile.instructions)
        return result
    }

    /// What the modern era has in the handshake's place.
    func discovery(in revision: ProtocolRevision) -> JSONObject {
        let result: JSONObject = [
            "supportedVersions": .strings(ProtocolRevision.modern.map(\.rawValue)),
            "capabilities": profile.capabilities(in: revision), "instructions": .string(profile.instructions),
        ]
        return finished(result, revision, list: true)
    }

    mutating func setLogLevel(_ params: JSONObject) throws(ProtocolError) -> JSONObject {
        guard let level = params["level"]?.string.flatMap({ LogLevel(rawValue: $0) }) else {
            throw .invalidParams("level must be one of \(LogLevel.names).")
        }
        session?.logLevel = level
        return [:]
    }

    mutating func subscribe(_ params: JSONObject) throws(ProtocolError) -> JSONObject {
        guard profile.offersResources, !profile.subscribable.isEmpty else { throw .methodNotFound }
        let uri = try uri(params)
        guard profile.isSubscribable(uri) else {
            throw .resourceNotFound(String(uri.prefix(ServerProfile.uriLimit)), in: .newestLegacy)
        }
        guard subscriptions.watch(uri, limit: limits.urisPerStream, lists: profile.changingLists) else {
            throw ProtocolError(.busy, "Too many resources are subscribed to; unsubscribe from one.")
        }
        return [:]
    }

    /// Opens the modern era's stream. The first frame says what is honoured; the answer comes when the stream ends.
    mutating func listen(_ request: IncomingRequest, _ actions: inout [ServerAction]) throws(ProtocolError) {
        guard let asked = request.params["notifications"]?.object else {
            throw .invalidParams("notifications must be an object.")
        }
        guard subscriptions.listening < limits.streams else {
            throw ProtocolError(.busy, "Too many subscriptions are open; close one.")
        }
        var filter = Subscriptions.Filter()
        var honoured = JSONObject()
        let lists: [(String, ServerProfile.ChangingLists)] = [
            ("toolsListChanged", .tools), ("promptsListChanged", .prompts), ("resourcesListChanged", .resources),
        ]
        for (name, list) in lists {
            guard let wish = asked[name], wish != .null else { continue }
            guard let wish = wish.bool else { throw .invalidParams("\(name) must be true or false.") }
            guard wish, profile.changingLists.contains(list) else { continue }
            filter.lists.insert(list)
            honoured[name] = true
        }
        if let wish = asked["resourceSubscriptions"], wish != .null {
            guard let wish = wish.array, wish.count <= limits.urisPerStream else {
                throw .invalidParams("resourceSubscriptions must be an array of at most \(limits.urisPerStream) URIs.")
            }
            for element in wish {
                guard let uri = element.string else { throw .invalidParams("resourceSubscriptions must hold strings.") }
                if profile.isSubscribable(uri), !filter.uris.contains(uri) { filter.uris.append(uri) }
            }
            if !filter.uris.isEmpty { honoured["resourceSubscriptions"] = .strings(filter.uris) }
        }
        subscriptions.open(request.id, filter)
        let params: JSONObject = ["notifications": .object(honoured)]
        let method = "notifications/subscriptions/acknowledged"
        actions.append(Subscriptions.frame(method, params, note: [:], on: request.id))
    }
}
