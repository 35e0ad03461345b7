// SPDX-License-Identifier: Apache-2.0
public import FalcoProcess
import FalcoRules
import MCPProtocol

/// Falco's own seven tools. Where an executable is configured they run it; elsewhere the tools about rules answer from
/// Creance's own reader and field table. Every result says which engine answered.
///
/// Rules and configurations come as text or by a name under the configured folders, never as a path of this host.
public struct FalcoTools: ToolGroup {
    let engine: FalcoEngine
    let folders: FalcoFolders
    let monitor: FalcoMonitor

    /// - Parameter executable: nil: none is configured.
    public init(executable: FalcoProcess.Settings?, folders: FalcoFolders, monitor: FalcoMonitor) {
        engine = FalcoEngine(executable)
        self.folders = folders
        self.monitor = monitor
    }

    public var tools: [AssistantTool] {
        [
            AssistantTool(Self.startMonitoring) { (call) async throws(ToolProblem) in try await startMonitoring(call) },
            AssistantTool(Self.dryRun) { (call) async throws(ToolProblem) in try await dryRun(call) },
            AssistantTool(Self.validateRules) { (call) async throws(ToolProblem) in try await validateRules(call) },
            AssistantTool(Self.listRules) { (call) async throws(ToolProblem) in try await listRules(call) },
            AssistantTool(Self.describeRule) { (call) async throws(ToolProblem) in try await describeRule(call) },
            AssistantTool(Self.listFields) { (call) async throws(ToolProblem) in try await listFields(call) },
            AssistantTool(Self.getVersion) { (call) async throws(ToolProblem) in try await getVersion(call) },
        ]
    }

    // MARK: What several of them take

    static let rulesArguments = [
        SchemaField(
            "rules_path", .string(length: 1 ... FalcoFolders.Limit.nameBytes),
            "A rules file by its name under the configured folders, such as falco_rules.yaml or rules.d/own.yaml. Never "
                + "a path of the host."),
        SchemaField(
            "rules", .string(length: 1 ... FalcoInput.inlineLimit),
            "The text of a rules file (YAML), instead of rules_path."),
        SchemaField(
            "with_configured_rules", .boolean, default: false,
            "Load the configured rules first, so that rules or rules_path may use their macros and lists."),
    ]

    static let configArguments = [
        SchemaField(
            "config_path", .string(length: 1 ... FalcoFolders.Limit.nameBytes),
            "A Falco configuration by its name under the configured folders, such as falco.yaml."),
        SchemaField(
            "config", .string(length: 1 ... FalcoInput.inlineLimit),
            "The text of a Falco configuration (YAML), instead of config_path; only keys that can do nothing but change "
                + "how Falco judges and words alerts."),
    ]

    static let format = SchemaField(
        "output_format", .choice(["json", "text"]), default: "json",
        "json: structured members. text: what Falco prints for people, in `text`.")

    static let engineMember = SchemaField(
        "engine", .text, required: true, "Who answered: `falco` with its version, or `creance`, the built-in reader.")

    static let textMember = SchemaField("text", .text, "What Falco prints for people, with output_format text.")
}
