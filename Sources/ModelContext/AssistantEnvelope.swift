// SPDX-License-Identifier: Apache-2.0
import MCPProtocol

/// What stands around every structured result, and its size.
enum ResultEnvelope {
    /// Unicode scalars of a structured result as JSON.
    static let characterLimit = 24_000

    private static let notice = SchemaField("notice", .text, required: true, "How to read what follows.")
    private static let stream = SchemaField(
        "stream",
        .object([
            SchemaField("cursor", .text, required: true, "For wait_for_alerts: what came after this call began."),
            SchemaField(
                "new_since_last", .wholeNumber, required: true, "Alerts passed on since the result before this one."),
            SchemaField("critical_open", .wholeNumber, required: true, "Open incidents, Critical or above."),
        ]),
        required: true, "Where the live alerts stand.")

    /// A tool as clients see it: its result with what is added here.
    static func declared(_ tool: Tool) -> Tool {
        guard case .object(let arguments) = tool.arguments, case .object(let result)? = tool.result else { return tool }
        return Tool(
            tool.name, title: tool.title, description: tool.description, arguments: arguments,
            result: [notice] + result + [stream], effects: tool.effects)
    }

    static func answer(_ result: JSONObject, _ tool: Tool, _ stream: JSONObject) -> ToolAnswer {
        guard tool.result != nil else { return limited(result) }
        var whole: JSONObject = ["notice": .string(AssistantText.notice)]
        for member in result.members { whole[member.name] = member.value }
        whole["stream"] = .object(stream)
        return limited(whole)
    }

    private static func limited(_ result: JSONObject) -> ToolAnswer {
        let text = JSONValue.object(result).encodedText
        // A scalar is at least one byte: the cheap count decides first.
        guard text.utf8.count <= characterLimit || text.unicodeScalars.count <= characterLimit else {
            return .mistake(
                "The result is longer than \(characterLimit) characters. Ask for less: a smaller limit, a narrower "
                    + "filter, a shorter time, or a lower level of detail.")
        }
        return ToolAnswer(text: text, structured: result)
    }
}

/// How many alerts passed between two results to the same caller. A caller that was not heard of for long starts anew.
struct NewsCounts {
    /// Callers that are remembered.
    static let limit = 256
    private var seen: [String: (alerts: Int64, order: UInt64)] = [:]
    private var order: UInt64 = 0

    /// What is new to this caller, who is told now; 0 for the first time.
    mutating func told(_ caller: String, _ alerts: Int64) -> Int64 {
        order += 1
        defer {
            seen[caller] = (alerts, order)
            if seen.count > Self.limit, let oldest = seen.min(by: { $0.value.order < $1.value.order }) {
                seen[oldest.key] = nil
            }
        }
        guard let last = seen[caller]?.alerts, last <= alerts else { return 0 }
        return alerts.subtractingReportingOverflow(last).partialValue
    }
}
