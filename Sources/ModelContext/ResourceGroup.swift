// SPDX-License-Identifier: Apache-2.0
public import MCPProtocol
public import MCPServing

/// Resources that share what they read from. The order of groups, and of resources in them, is what clients see.
public protocol ResourceGroup: Sendable {
    var resources: [Resource] { get }
    var templates: [ResourceTemplate] { get }
    /// Which of their URIs change, and can be subscribed to.
    var subscribable: [ServerProfile.Subscribable] { get }

    /// What stands under a URI; nil: it is none of this group's, or there is no such thing.
    ///
    /// - Throws: `ToolProblem`, when it exists and cannot be read now.
    func read(_ uri: String, for caller: Caller) async throws(ToolProblem) -> ResourceReading?

    /// What could be typed on for a variable of one of `templates`; matching by prefix is the group's. At most a hundred
    /// are sent. Only trusted names: ids, priorities, names from the configuration.
    func complete(_ question: CompletionQuestion, template: String, for caller: Caller) async -> [String]
}

extension ResourceGroup {
    public var templates: [ResourceTemplate] { [] }
    public var subscribable: [ServerProfile.Subscribable] { [] }
    public func complete(_ question: CompletionQuestion, template: String, for caller: Caller) async -> [String] { [] }
}

/// What was read under one URI.
public struct ResourceReading: Sendable {
    public var contents: [ResourceText]
    /// How long a client may keep it (modern era).
    public var keep: Duration

    public init(_ contents: [ResourceText], keep: Duration = .zero) {
        self.contents = contents
        self.keep = keep
    }
}

/// Prompts that belong together. The order of groups, and of prompts in them, is what clients see.
public protocol PromptGroup: Sendable {
    var prompts: [Prompt] { get }

    /// One of `prompts` with its arguments, which fit its declaration.
    ///
    /// - Throws: `ToolProblem`, when an argument names something that is not there.
    func fill(_ name: String, _ arguments: JSONObject, for caller: Caller) async throws(ToolProblem) -> PromptAnswer

    /// As `ResourceGroup.complete`, for an argument of one of `prompts`.
    func complete(_ question: CompletionQuestion, prompt: String, for caller: Caller) async -> [String]
}

extension PromptGroup {
    public func complete(_ question: CompletionQuestion, prompt: String, for caller: Caller) async -> [String] { [] }
}
