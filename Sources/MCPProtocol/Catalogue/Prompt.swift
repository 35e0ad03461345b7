// SPDX-License-Identifier: Apache-2.0

/// A prompt that a user can pick.
public struct Prompt: Sendable {
    /// One argument; the protocol knows only strings here.
    public struct Argument: Sendable {
        public let name: String
        public let description: String
        public let isRequired: Bool

        public init(_ name: String, _ description: String, required: Bool = false) {
            self.name = name
            self.description = description
            isRequired = required
        }
    }

    public let name: String
    public let title: String
    public let description: String
    public let arguments: [Argument]

    public init(_ name: String, title: String, description: String, arguments: [Argument] = []) {
        self.name = name
        self.title = title
        self.description = description
        self.arguments = arguments
    }

    /// Characters of one argument.
    static let argumentLimit = 4096

    /// What the arguments must look like.
    var schema: Schema {
        .object(
            arguments.map { SchemaField($0.name, .string(length: 0 ... Self.argumentLimit), required: $0.isRequired) })
    }

    func json(in revision: ProtocolRevision) -> JSONValue {
        var prompt: JSONObject = ["name": .string(name)]
        if revision.hasStructuredContent { prompt["title"] = .string(title) }
        prompt["description"] = .string(description)
        if !arguments.isEmpty {
            prompt["arguments"] = .array(
                arguments.map { argument in
                    [
                        "name": .string(argument.name), "description": .string(argument.description),
                        "required": .bool(argument.isRequired),
                    ]
                })
        }
        return .object(prompt)
    }
}

/// A prompt with its arguments filled in.
public struct PromptAnswer: Sendable, Equatable {
    public enum Role: String, Sendable { case user, assistant }

    public struct Message: Sendable, Equatable {
        public let role: Role
        public let text: String

        public init(_ role: Role, _ text: String) {
            self.role = role
            self.text = text
        }
    }

    public let description: String
    public let messages: [Message]

    public init(description: String, messages: [Message]) {
        self.description = description
        self.messages = messages
    }

    var json: JSONObject {
        [
            "description": .string(description),
            "messages": .array(
                messages.map { message in
                    [
                        "role": .string(message.role.rawValue),
                        "content": ["type": "text", "text": .string(message.text)],
                    ]
                }),
        ]
    }
}

/// Suggestions for an argument that is being typed.
public struct CompletionAnswer: Sendable, Equatable {
    /// The protocol allows 100.
    public static let valueLimit = 100

    public let values: [String]
    public let total: Int
    public let hasMore: Bool

    /// Takes all that match; the first hundred are sent.
    public init(_ matches: [String]) {
        values = Array(matches.prefix(Self.valueLimit))
        total = matches.count
        hasMore = matches.count > Self.valueLimit
    }

    var json: JSONObject {
        ["completion": ["values": .strings(values), "total": .integer(Int64(total)), "hasMore": .bool(hasMore)]]
    }
}
