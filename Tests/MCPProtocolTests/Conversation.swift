// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import MCPProtocol

extension ServerProfile {
    /// A small server with one of everything.
    static let sample = ServerProfile(
        name: "sample", title: "Sample", version: "1.2.3", instructions: "Ask get_overview first.",
        tools: [
            Tool(
                "search", title: "Search", description: "Search alerts.",
                arguments: [
                    SchemaField("query", .string(length: 1 ... 20), required: true, "What to look for."),
                    SchemaField("limit", .integer(1 ... 100), default: 20, "How many."),
                ],
                result: [SchemaField("matched", .wholeNumber, required: true)],
                effects: Tool.Effects(readOnly: true))
        ],
        resources: [
            Resource(
                "sample://latest", name: "latest", title: "Latest", description: "New.", mediaType: "application/json")
        ],
        templates: [
            ResourceTemplate(
                "sample://alert/{id}", name: "alert", title: "Alert", description: "One.", mediaType: "application/json"
            )
        ],
        prompts: [
            Prompt(
                "hunt", title: "Hunt", description: "Look for a thing.",
                arguments: [Prompt.Argument("what", "The thing.", required: true), Prompt.Argument("where", "A host.")])
        ],
        subscribable: [.exactly("sample://latest"), .beginning("sample://alert/")], changingLists: [.resources])
}

/// A connection, spoken to in text; what comes back is text, too, with the route before each message.
struct Conversation {
    var connection: ServerConnection
    /// The newest call that was to be performed.
    var call: Call?

    init(_ profile: ServerProfile = .sample, limits: ConnectionLimits = ConnectionLimits()) {
        connection = ServerConnection(profile, limits: limits)
    }

    mutating func say(_ text: String) -> [String] { show(connection.receive(Array(text.utf8))) }

    /// The same for a modern request: the three dots in `params` take the metadata.
    mutating func modern(_ id: String, _ method: String, _ params: String = "", meta: String = "") -> [String] {
        say(
            #"{"jsonrpc":"2.0","id":\#(id),"method":"\#(method)","params":{\#(params)\#(params.isEmpty ? "" : ",")"_meta":{"#
                + #""io.modelcontextprotocol/protocolVersion":"2026-07-28","#
                + #""io.modelcontextprotocol/clientCapabilities":{}\#(meta)}}}"#)
    }

    /// The legacy handshake, silently.
    mutating func shakeHands(_ revision: String = "2025-11-25") {
        _ = say(
            #"{"jsonrpc":"2.0","id":"hello","method":"initialize","params":{"protocolVersion":"\#(revision)","#
                + #""capabilities":{},"clientInfo":{"name":"c","version":"1"}}}"#)
        _ = say(#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#)
    }

    mutating func finish(_ outcome: CallOutcome) -> [String] {
        guard let call else { return ["there was no call"] }
        return show(connection.finish(call.number, outcome))
    }

    mutating func show(_ actions: [ServerAction]) -> [String] {
        actions.map { action in
            switch action {
            case .send(let message, .answer(let id)):
                return "answer \(id?.json.encodedText ?? "-"): \(message.encodedText)"
            case .send(let message, .exchange(let id)): return "exchange \(id.json.encodedText): \(message.encodedText)"
            case .send(let message, .session): return "session: \(message.encodedText)"
            case .perform(let call):
                self.call = call
                return "perform \(call.number.value)"
            case .cancel(let number): return "cancel \(number.value)"
            case .end(let id): return "end \(id.json.encodedText)"
            }
        }
    }
}

/// The error code in the only message of an answer.
func code(_ lines: [String]) -> Int64? {
    guard lines.count == 1, let start = lines[0].firstIndex(of: "{"),
        let message = try? JSONValue(reading: Array(lines[0][start...].utf8)), let code = message["error"]?["code"],
        case .integer(let number) = code
    else { return nil }
    return number
}
