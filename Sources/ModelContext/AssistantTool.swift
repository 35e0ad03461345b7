// SPDX-License-Identifier: Apache-2.0
public import MCPProtocol
public import MCPServing

/// One tool: what clients see of it, who may call it, and what it does.
public struct AssistantTool: Sendable {
    public let declaration: Tool
    /// The caller needs all of these; a tool that a caller may not use is not in its list either.
    public let scopes: Caller.Scopes
    /// Does the work. The arguments fit the declaration, defaults filled in. Throwing `ToolProblem` makes a result with
    /// `isError` that the model can act on.
    public let run: @Sendable (ToolCall) async throws(ToolProblem) -> JSONObject

    public init(
        _ declaration: Tool, scopes: Caller.Scopes = .read,
        run: @escaping @Sendable (ToolCall) async throws(ToolProblem) -> JSONObject
    ) {
        self.declaration = declaration
        self.scopes = scopes
        self.run = run
    }
}

/// One call of a tool.
public struct ToolCall: Sendable {
    public let arguments: JSONObject
    public let caller: Caller
    public let context: CallContext
    /// How far it is: value, total, constant text.
    public let progress: @Sendable (Double, Double?, String?) -> Void

    public init(
        arguments: JSONObject, caller: Caller, context: CallContext,
        progress: @escaping @Sendable (Double, Double?, String?) -> Void = { _, _, _ in }
    ) {
        self.arguments = arguments
        self.caller = caller
        self.context = context
        self.progress = progress
    }
}

/// Why a tool could not do it, in one or two sentences that say how to mend the call. Constant text and what the caller
/// itself may choose from; never text from an alert.
public struct ToolProblem: Error, Sendable {
    public let sentence: String
    public init(_ sentence: String) { self.sentence = sentence }
}
