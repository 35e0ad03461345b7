// SPDX-License-Identifier: Apache-2.0
public import MCPProtocol
public import MCPServing
import Synchronization

/// All that the product offers to assistants, put together: tools, resources and prompts of their groups, in their order.
///
/// What a caller is shown depends on its scopes alone, never on an alert. Every structured result gets `notice` in front
/// and `stream` behind, keeps the size budget, and is audited. Any task.
public final class Assistant: AssistantService {
    private let tools: [AssistantTool]
    private let resourceGroups: [any ResourceGroup]
    private let promptGroups: [any PromptGroup]
    private let changes: any ResourceChanges
    private let settings: AssistantSettings
    private let audit: @Sendable (AuditEntry) -> Void
    /// What is shown, by the scopes that count; made once.
    private let profiles: [ServerProfile]
    private let news = Mutex(NewsCounts())

    /// - Parameter audit: called after every call, on any thread; must not wait.
    public init(
        tools groups: [any ToolGroup], resources: [any ResourceGroup] = [], prompts: [any PromptGroup] = [],
        changes: any ResourceChanges, settings: AssistantSettings, audit: @escaping @Sendable (AuditEntry) -> Void
    ) {
        let tools = groups.flatMap(\.tools)
        self.tools = tools
        resourceGroups = resources
        promptGroups = prompts
        self.changes = changes
        self.settings = settings
        self.audit = audit
        profiles = (0 ..< Caller.Scopes.combinations).map { bits in
            let scopes = Caller.Scopes(rawValue: bits)
            return ServerProfile(
                name: "creance", title: "Creance", version: settings.version, instructions: AssistantText.instructions,
                tools: tools.filter { scopes.isSuperset(of: $0.scopes) }.map {
                    ResultEnvelope.declared($0.declaration)
                },
                resources: scopes.contains(.read) ? resources.flatMap(\.resources) : [],
                templates: scopes.contains(.read) ? resources.flatMap(\.templates) : [],
                prompts: scopes.contains(.read) ? prompts.flatMap(\.prompts) : [],
                subscribable: scopes.contains(.read) ? resources.flatMap(\.subscribable) : [],
                isPrivate: settings.isPrivate)
        }
    }

    public func profile(for caller: Caller) -> ServerProfile {
        profiles[Int(scopes(of: caller).rawValue % Caller.Scopes.combinations)]
    }

    /// Changes are for nobody where the configuration does not allow them.
    private func scopes(of caller: Caller) -> Caller.Scopes {
        settings.allowsWrites ? caller.scopes : caller.scopes.subtracting(.write)
    }

    public func perform(
        _ call: Call, for caller: Caller, progress: @escaping @Sendable (Double, Double?, String?) -> Void
    ) async -> CallOutcome {
        let caller = Caller(name: caller.name, scopes: scopes(of: caller))
        let started = ContinuousClock.now
        let meter = CallMeter()
        let outcome = await CallMeter.$current.withValue(meter) {
            await answer(to: call, for: caller, progress: progress)
        }
        audit(
            AuditEntry(
                call, outcome, by: caller, duration: .now - started, redactions: meter.redactions,
                isCancelled: Task.isCancelled))
        return outcome
    }

    public func watch(
        _ uris: Set<String>, as watcher: WatcherID,
        tell: @escaping @Sendable (_ uri: String, _ note: JSONObject) -> Void
    ) {
        changes.watch(uris, as: watcher, tell: tell)
    }

    private func answer(
        to call: Call, for caller: Caller, progress: @escaping @Sendable (Double, Double?, String?) -> Void
    ) async -> CallOutcome {
        switch call.work {
        case .tool(let name, let arguments):
            guard let tool = tools.first(where: { $0.declaration.name == name }),
                caller.scopes.isSuperset(of: tool.scopes)
            else { return .failed(.invalidParams("There is no such tool; see tools/list.")) }
            let given = ToolCall(arguments: arguments, caller: caller, context: call.context, progress: progress)
            do throws(ToolProblem) {
                let stream = stream(for: caller.name)
                return .tool(ResultEnvelope.answer(try await tool.run(given), tool.declaration, stream))
            } catch {
                return .tool(.mistake(error.sentence))
            }
        case .resource(let uri):
            guard caller.scopes.contains(.read) else { return .resourceNotFound(uri: uri) }
            return await read(uri, for: caller)
        case .prompt(let name, let arguments):
            guard caller.scopes.contains(.read), let group = promptGroups.first(where: { $0.has(name) }) else {
                return .failed(.invalidParams("There is no such prompt; see prompts/list."))
            }
            do throws(ToolProblem) {
                return .prompt(try await group.fill(name, arguments, for: caller))
            } catch {
                return .failed(.invalidParams(error.sentence))
            }
        case .completion(let question): return .completion(await complete(question, for: caller))
        }
    }

    private func read(_ uri: String, for caller: Caller) async -> CallOutcome {
        do throws(ToolProblem) {
            for group in resourceGroups {
                guard let reading = try await group.read(uri, for: caller) else { continue }
                let size = reading.contents.reduce(0) { $0 + $1.text.unicodeScalars.count }
                guard size <= settings.resourceLimit else {
                    return .failed(
                        ProtocolError(.internalError, "The resource is too large; use the tools, which have limits."))
                }
                return .resource(reading.contents, keepMilliseconds: Int64(reading.keep / .milliseconds(1)))
            }
            return .resourceNotFound(uri: uri)
        } catch {
            return .failed(ProtocolError(.internalError, error.sentence))
        }
    }

    private func complete(_ question: CompletionQuestion, for caller: Caller) async -> CompletionAnswer {
        guard caller.scopes.contains(.read) else { return CompletionAnswer([]) }
        switch question.subject {
        case .prompt(let name):
            guard let group = promptGroups.first(where: { $0.has(name) }) else { return CompletionAnswer([]) }
            return CompletionAnswer(await group.complete(question, prompt: name, for: caller))
        case .template(let template):
            guard let group = resourceGroups.first(where: { $0.has(template) }) else { return CompletionAnswer([]) }
            return CompletionAnswer(await group.complete(question, template: template, for: caller))
        }
    }

    /// Taken before the tool works: what comes meanwhile is new in the next result, or told twice, but never missed.
    private func stream(for name: String) -> JSONObject {
        let standing = changes.standing
        let new = news.withLock { $0.told(name, standing.alerts) }
        return [
            "cursor": .string(standing.cursor), "new_since_last": .integer(new),
            "critical_open": .integer(standing.criticalOpen),
        ]
    }
}

/// What the assistants' part is told by the configuration.
public struct AssistantSettings: Sendable {
    public var version: String
    /// Tools that change something exist at all.
    public var allowsWrites: Bool
    /// What one principal was answered is not for another: authentication is on.
    public var isPrivate: Bool
    /// Characters of one resource.
    public var resourceLimit: Int

    public init(version: String, allowsWrites: Bool = false, isPrivate: Bool = true, resourceLimit: Int = 200_000) {
        self.version = version
        self.allowsWrites = allowsWrites
        self.isPrivate = isPrivate
        self.resourceLimit = resourceLimit
    }
}

extension Caller.Scopes {
    fileprivate static let combinations: UInt8 = 8
}

extension PromptGroup {
    fileprivate func has(_ name: String) -> Bool { prompts.contains { $0.name == name } }
}

extension ResourceGroup {
    fileprivate func has(_ template: String) -> Bool { templates.contains { $0.uriTemplate == template } }
}
