// SPDX-License-Identifier: Apache-2.0

/// One tool: name, description and schemas as clients see them. Constant text, never anything from an alert.
public struct Tool: Sendable {
    /// What the tool does to the world; hints for the client's consent dialogue.
    public struct Effects: Sendable {
        public let isReadOnly: Bool
        public let isDestructive: Bool
        public let isIdempotent: Bool
        /// Whether it reaches beyond this server.
        public let isOpenWorld: Bool

        public init(readOnly: Bool, destructive: Bool = false, idempotent: Bool = true, openWorld: Bool = false) {
            isReadOnly = readOnly
            isDestructive = destructive
            isIdempotent = idempotent
            isOpenWorld = openWorld
        }

        var json: JSONObject {
            [
                "readOnlyHint": .bool(isReadOnly), "destructiveHint": .bool(isDestructive),
                "idempotentHint": .bool(isIdempotent), "openWorldHint": .bool(isOpenWorld),
            ]
        }
    }

    public let name: String
    public let title: String
    /// ASCII.
    public let description: String
    /// The arguments; they are checked before the tool is asked, and missing ones filled with their defaults.
    public let arguments: Schema
    /// The structured result; nil if the tool answers with text only.
    public let result: Schema?
    public let effects: Effects

    public init(
        _ name: String, title: String, description: String, arguments: [SchemaField], result: [SchemaField]?,
        effects: Effects
    ) {
        self.name = name
        self.title = title
        self.description = description
        self.arguments = .object(arguments)
        self.result = result.map { .object($0) }
        self.effects = effects
    }

    func json(in revision: ProtocolRevision) -> JSONValue {
        var tool: JSONObject = ["name": .string(name)]
        if revision.hasStructuredContent { tool["title"] = .string(title) }
        tool["description"] = .string(description)
        tool["inputSchema"] = .object(arguments.json)
        if revision.hasStructuredContent, let result { tool["outputSchema"] = .object(result.json) }
        if revision.hasAnnotations { tool["annotations"] = .object(effects.json) }
        return .object(tool)
    }
}

/// What a tool answered.
public struct ToolAnswer: Sendable, Equatable {
    /// What a model reads; nil: the structured result as JSON.
    public var text: String?
    public var structured: JSONObject?
    /// The tool could not do it; the text says how to mend the call.
    public var isError: Bool

    public init(text: String? = nil, structured: JSONObject? = nil, isError: Bool = false) {
        self.text = text
        self.structured = structured
        self.isError = isError
    }

    /// Wrong input, as a result that the model sees and can act on.
    public static func mistake(_ text: String) -> ToolAnswer { ToolAnswer(text: text, isError: true) }

    func json(in revision: ProtocolRevision) -> JSONObject {
        let shown = text ?? structured.map { JSONValue.object($0).encodedText } ?? ""
        var result: JSONObject = ["content": [["type": "text", "text": .string(shown)]]]
        if revision.hasStructuredContent, let structured { result["structuredContent"] = .object(structured) }
        // Every revision reads a missing member as false.
        if isError { result["isError"] = true }
        return result
    }
}
