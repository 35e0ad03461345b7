// SPDX-License-Identifier: Apache-2.0
import AlertModel
import FalcoRules
public import MCPProtocol
public import MCPServing

/// What can be read under `creance://`: each resource is a call of a tool with fixed arguments, so that both always say the
/// same, or one of three constant pages.
///
/// Names, titles and descriptions are constant; so are the URIs that lists name. Any task.
public struct AssistantResources: ResourceGroup {
    private let calls: [String: AssistantTool]
    private let system: (any MonitoredSystem)?

    /// - Parameters:
    ///   - tools: those whose results are offered; what needs one that is not there is not offered.
    ///   - system: nil where no daemon is there: then there is no health.
    public init(tools: [any ToolGroup], system: (any MonitoredSystem)? = nil) {
        self.system = system
        calls = tools.flatMap(\.tools).reduce(into: [:]) { $0[$1.declaration.name] = $1 }
    }

    public var resources: [Resource] {
        ResourceList.fixed.filter { offers($0.source) }.map(\.resource)
    }

    public var templates: [ResourceTemplate] {
        ResourceList.families.filter { offers($0.source) }.map(\.template)
    }

    public var subscribable: [ServerProfile.Subscribable] {
        var subscribable: [ServerProfile.Subscribable] = []
        let live: [LiveResource] = [.latest, .openIncidents, .statistics, .health]
        for resource in live where resources.contains(where: { $0.uri == resource.uri }) {
            subscribable.append(.exactly(resource.uri))
        }
        if calls[ResourceList.search] != nil {
            subscribable += Priority.allCases.map { .exactly(LiveResource.priority($0).uri) }
            subscribable.append(.beginning("creance://alerts/query/"))
        }
        if calls[ResourceList.incident] != nil { subscribable.append(.beginning("creance://incidents/")) }
        return subscribable
    }

    private func offers(_ source: ResourceList.Source) -> Bool {
        switch source {
        case .page: true
        case .tool(let name): calls[name] != nil
        case .system: system != nil
        }
    }

    public func read(_ uri: String, for caller: Caller) async throws(ToolProblem) -> ResourceReading? {
        if let page = ResourceList.fixed.first(where: { $0.resource.uri == uri }), case .page(let text) = page.source {
            return ResourceReading(
                [ResourceText(uri: uri, mediaType: page.resource.mediaType, text: text)], keep: .seconds(3600))
        }
        if case .health? = LiveResource(uri: uri) { return system.map { Self.reading(HealthPage.json($0), uri) } }
        guard let (name, arguments) = ResourceCall.of(uri), let tool = calls[name] else { return nil }
        let call = ToolCall(
            arguments: arguments, caller: caller,
            context: CallContext(revision: .july2026, client: nil, clientCapabilities: [:]))
        let result: JSONObject
        do throws(ToolProblem) {
            result = try await tool.run(call)
        } catch {
            // What is not there (any more) is no trouble of the server's.
            let isMissing =
                error.sentence.hasPrefix("There is no ") || error.sentence.hasPrefix("This alert is of another")
            if ResourceCall.namesOne(uri), isMissing { return nil }
            throw error
        }
        return Self.reading(result, uri)
    }

    private static func reading(_ result: JSONObject, _ uri: String) -> ResourceReading {
        var shown: JSONObject = ["notice": .string(AssistantText.notice)]
        for member in result.members { shown[member.name] = member.value }
        return ResourceReading([
            ResourceText(uri: uri, mediaType: ResourceList.json, text: JSONValue.object(shown).encodedText)
        ])
    }

    public func complete(_ question: CompletionQuestion, template: String, for caller: Caller) async -> [String] {
        let values: [String]
        switch (template, question.argument) {
        case (ResourceList.priorityTemplate, "priority"): values = AlertFilter.priorityNames
        case (ResourceList.queryTemplate, "condition"): values = Suggestions.conditions.map(LiveResource.encoded)
        case (ResourceList.incidentTemplate, "id"): values = await suggestions(caller).incidents()
        case (ResourceList.alertTemplate, "id"): values = await suggestions(caller).alerts()
        default: values = []
        }
        return Suggestions.matching(values, question.typed)
    }

    private func suggestions(_ caller: Caller) -> Suggestions { Suggestions(calls, caller) }
}
