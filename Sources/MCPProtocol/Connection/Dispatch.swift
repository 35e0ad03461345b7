// SPDX-License-Identifier: Apache-2.0

extension ServerConnection {
    /// The result of a request; nil: it comes later, or is a stream.
    mutating func dispatch(
        _ request: IncomingRequest, batch: Int?, _ actions: inout [ServerAction]
    ) throws(ProtocolError) -> JSONObject? {
        if RequestMetadata.isModern(request) {
            guard batch == nil else { throw ProtocolError(.invalidRequest, "This revision has no batches.") }
            let metadata = try RequestMetadata(request.params)
            let context = CallContext(
                revision: metadata.revision, client: metadata.client, clientCapabilities: metadata.capabilities,
                progressToken: try progressToken(request.params), logLevel: metadata.logLevel)
            switch request.method {
            case "server/discover": return discovery(in: metadata.revision)
            case "subscriptions/listen":
                try listen(request, &actions)
                return nil
            default: return try serve(request, context, batch: nil, &actions)
            }
        }
        switch request.method {
        case "initialize":
            guard batch == nil else { throw ProtocolError(.invalidRequest, "initialize cannot be part of a batch.") }
            return try initialize(request.params)
        case "ping": return [:]
        default: break
        }
        guard let session else {
            throw ProtocolError(
                .invalidRequest, "Send initialize first, or name the protocol version in params._meta.")
        }
        let context = CallContext(
            revision: session.revision, client: session.client, clientCapabilities: session.clientCapabilities,
            progressToken: try progressToken(request.params), logLevel: session.logLevel)
        switch request.method {
        case "logging/setLevel": return try setLogLevel(request.params)
        case "resources/subscribe": return try subscribe(request.params)
        case "resources/unsubscribe":
            subscriptions.unwatch(try uri(request.params))
            return [:]
        default: return try serve(request, context, batch: batch, &actions)
        }
    }

    /// The methods that both eras have.
    private mutating func serve(
        _ request: IncomingRequest, _ context: CallContext, batch: Int?, _ actions: inout [ServerAction]
    ) throws(ProtocolError) -> JSONObject? {
        let revision = context.revision
        let params = request.params
        var work: Call.Work
        switch request.method {
        case "tools/list" where !profile.tools.isEmpty:
            if let cursor = params["cursor"], cursor != .null {
                throw .invalidParams("The list of tools has one page; ask without a cursor.")
            }
            return finished(["tools": .array(profile.tools.map { $0.json(in: revision) })], revision, list: true)
        case "resources/list" where profile.offersResources:
            let entries = profile.resources.map { $0.json(in: revision) }
            return finished(try page(entries, .resources, as: "resources", params), revision, list: true)
        case "resources/templates/list" where profile.offersResources:
            let entries = profile.templates.map { $0.json(in: revision) }
            return finished(try page(entries, .templates, as: "resourceTemplates", params), revision, list: true)
        case "prompts/list" where !profile.prompts.isEmpty:
            let entries = profile.prompts.map { $0.json(in: revision) }
            return finished(try page(entries, .prompts, as: "prompts", params), revision, list: true)
        case "tools/call" where !profile.tools.isEmpty:
            switch try toolCall(params) {
            case .work(let call): work = call
            case .mistake(let answer): return finished(answer.json(in: revision), revision)
            }
        case "resources/read" where profile.offersResources:
            let uri = try uri(params)
            guard ServerProfile.isPlausible(uri) else {
                throw .resourceNotFound(String(uri.prefix(ServerProfile.uriLimit)), in: revision)
            }
            work = .resource(uri: uri)
        case "prompts/get" where !profile.prompts.isEmpty: work = try promptCall(params)
        case "completion/complete" where profile.offersCompletion: work = .completion(try completion(params))
        default: throw .methodNotFound
        }
        guard calls.count < limits.calls else {
            throw ProtocolError(.busy, "Too many requests are under way; wait for one to end.")
        }
        lastNumber += 1
        let number = CallNumber(value: lastNumber)
        calls[request.id] = Underway(number: number, context: context, batch: batch)
        requests[number] = request.id
        actions.append(.perform(Call(number: number, request: request.id, context: context, work: work)))
        return nil
    }

    private func page(
        _ entries: [JSONValue], _ list: PageCursor.List, as name: String, _ params: JSONObject
    ) throws(ProtocolError) -> JSONObject {
        try PageCursor.page(of: entries, list, as: name, size: profile.pageSize, params: params)
    }

    private func progressToken(_ params: JSONObject) throws(ProtocolError) -> RequestID? {
        guard let given = params["_meta"]?[MetaName.progressToken], given != .null else { return nil }
        guard let token = RequestID(given) else {
            throw .invalidParams("The progress token must be a string or an integer.")
        }
        return token
    }

    func uri(_ params: JSONObject) throws(ProtocolError) -> String {
        guard let uri = params["uri"]?.string else { throw .invalidParams("uri must be a string.") }
        return uri
    }

    private enum CheckedToolCall { case work(Call.Work), mistake(ToolAnswer) }

    private func toolCall(_ params: JSONObject) throws(ProtocolError) -> CheckedToolCall {
        guard let name = params["name"]?.string else { throw .invalidParams("name must be a string.") }
        guard let tool = profile.tool(name) else { throw .invalidParams("There is no such tool; see tools/list.") }
        let arguments = tool.arguments.bracketed(try arguments(params))
        let problems = tool.arguments.problems(in: .object(arguments))
        guard problems.isEmpty else {
            return .mistake(.mistake("The arguments do not fit: \(problems.joined(separator: "; "))."))
        }
        return .work(.tool(name: tool.name, arguments: tool.arguments.filled(arguments)))
    }

    private func promptCall(_ params: JSONObject) throws(ProtocolError) -> Call.Work {
        guard let name = params["name"]?.string else { throw .invalidParams("name must be a string.") }
        guard let prompt = profile.prompt(name) else {
            throw .invalidParams("There is no such prompt; see prompts/list.")
        }
        let arguments = try arguments(params)
        let problems = prompt.schema.problems(in: .object(arguments))
        guard problems.isEmpty else {
            throw .invalidParams("The arguments do not fit: \(problems.joined(separator: "; ")).")
        }
        return .prompt(name: prompt.name, arguments: arguments)
    }

    private func arguments(_ params: JSONObject) throws(ProtocolError) -> JSONObject {
        guard let given = params["arguments"], given != .null else { return [:] }
        guard let arguments = given.object else { throw .invalidParams("arguments must be an object.") }
        return arguments
    }

    private func completion(_ params: JSONObject) throws(ProtocolError) -> CompletionQuestion {
        guard let argument = params["argument"]?["name"]?.string, let typed = params["argument"]?["value"]?.string,
            typed.unicodeScalars.count <= 1024
        else { throw .invalidParams("argument must have a name and a value, a string of at most 1024 characters.") }
        let subject: CompletionQuestion.Subject
        let reference = params["ref"]
        switch reference?["type"]?.string {
        case "ref/prompt":
            let known = reference?["name"]?.string.flatMap { profile.prompt($0) }
            guard let known, known.arguments.contains(where: { $0.name.hasSameBytes(as: argument) }) else {
                throw .invalidParams("There is no such prompt, or it has no such argument.")
            }
            subject = .prompt(known.name)
        case "ref/resource":
            let uri = reference?["uri"]?.string ?? ""
            guard let known = profile.templates.first(where: { $0.uriTemplate.hasSameBytes(as: uri) }) else {
                throw .invalidParams("There is no such resource template.")
            }
            subject = .template(known.uriTemplate)
        default: throw .invalidParams("ref.type must be ref/prompt or ref/resource.")
        }
        let others = params["context"]?["arguments"]?.object ?? [:]
        guard others.members.allSatisfy({ $0.value.string != nil }) else {
            throw .invalidParams("context.arguments must hold strings.")
        }
        return CompletionQuestion(subject: subject, argument: argument, typed: typed, others: others)
    }

    /// A result with what its revision wants around it.
    func finished(
        _ result: JSONObject, _ revision: ProtocolRevision, list: Bool = false, keepMilliseconds: Int64? = nil
    ) -> JSONObject {
        guard revision.isModern else { return result }
        var result = result
        result["resultType"] = "complete"
        if let keep = keepMilliseconds ?? (list ? profile.listsKeepMilliseconds : nil) {
            result["ttlMs"] = .integer(max(keep, 0))
            result["cacheScope"] = profile.isPrivate ? "private" : "public"
        }
        result["_meta"] = .object([MetaName.serverInfo: profile.identity(in: revision)])
        return result
    }
}
