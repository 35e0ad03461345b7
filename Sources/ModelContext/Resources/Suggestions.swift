// SPDX-License-Identifier: Apache-2.0
import MCPProtocol
import MCPServing

/// What could be typed on: ids, and names of rules, as tools show them.
///
/// Ids are Creance's own. A rule's name comes with alerts: it is suggested only when it is plain visible ASCII of the length
/// of a name and says nothing to an assistant, since clients may show suggestions without any notice.
struct Suggestions {
    private let calls: [String: AssistantTool]
    private let caller: Caller

    init(_ calls: [String: AssistantTool], _ caller: Caller) {
        self.calls = calls
        self.caller = caller
    }

    /// Of those that are open; of all where none is.
    func incidents() async -> [String] {
        for state in ["open", "any"] {
            let result = await ask(ResourceList.incidents, ["state": .string(state), "detail": "brief", "limit": 50])
            let ids = (result?["incidents"]?.array ?? []).compactMap { $0["record"]?["subject"]?.string }
            if !ids.isEmpty { return ids }
        }
        return []
    }

    func alerts() async -> [String] {
        let arguments: JSONObject = ["fate": ["passed"], "detail": "brief", "limit": 20]
        let result = await ask(ResourceList.search, arguments)
        return (result?["alerts"]?.array ?? []).compactMap { $0["id"]?.string }
    }

    /// The rules with most alerts of the latest day.
    func rules() async -> [String] {
        let result = await ask(ResourceList.overview, [:])
        return (result?["top_rules"]?.array ?? []).compactMap { $0["rule"]?.string }.filter(RuleName.isPlain)
    }

    private func ask(_ name: String, _ arguments: JSONObject) async -> JSONObject? {
        guard let tool = calls[name] else { return nil }
        let context = CallContext(revision: .july2026, client: nil, clientCapabilities: [:])
        return try? await tool.run(ToolCall(arguments: arguments, caller: caller, context: context))
    }

    /// Conditions to begin with.
    static let conditions = [
        "priority >= error", "priority = critical", "manipulation_suspected = true", "container.id != host",
        "k8s.ns.name exists", "tags intersects (mitre_execution)",
    ]

    /// Those that begin with what was typed; the case of ASCII letters does not count.
    static func matching(_ values: [String], _ typed: String) -> [String] {
        let typed = typed.lowercased()
        return values.filter { $0.lowercased().hasPrefix(typed) }
    }
}
