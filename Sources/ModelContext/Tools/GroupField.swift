// SPDX-License-Identifier: Apache-2.0
import AlertModel
import FalcoRules
import Journal
import MCPProtocol

/// One thing to group alerts by, under the name that callers use.
struct GroupField: Sendable {
    let name: String
    let key: AggregateQuery.Key
    /// Who chooses the values: false for names of rules and sources, priorities, fates and tags.
    let isUntrusted: Bool
    /// That the name is probably misspelt.
    let warning: String?

    /// Names that are not output fields.
    static let ownNames = [
        "rule", "priority", "source", "hostname", "container", "namespace", "fate", "tag",
    ]

    init(_ name: String) throws(ToolProblem) {
        self.name = name
        switch name {
        case "rule": (key, isUntrusted, warning) = (.column(.rule), false, nil)
        case "source": (key, isUntrusted, warning) = (.column(.source), false, nil)
        case "priority": (key, isUntrusted, warning) = (.priority, false, nil)
        case "fate": (key, isUntrusted, warning) = (.fate, false, nil)
        case "tag": (key, isUntrusted, warning) = (.tag, false, nil)
        case "hostname": (key, isUntrusted, warning) = (.column(.hostname), true, nil)
        case "container": (key, isUntrusted, warning) = (.column(.container), true, nil)
        case "namespace": (key, isUntrusted, warning) = (.column(.namespace), true, nil)
        default:
            warning = try Self.warning(name)
            (key, isUntrusted) = (.field(FieldName(name)), true)
        }
    }

    /// A name that is no field in a condition is none here.
    private static func warning(_ name: String) throws(ToolProblem) -> String? {
        guard name.contains(".") || name.contains("["), let condition = try? Condition("\(name) exists") else {
            throw ToolProblem(
                "by may hold \(ownNames.joined(separator: ", ")), or output fields such as proc.name, fd.name, user.name."
            )
        }
        return condition.warnings.first?.description
    }

    /// A group's value as JSON; names and values of workloads through `rendering`.
    func json(_ value: GroupValue, _ rendering: AlertRendering) -> JSONValue {
        switch value {
        case .null: .null
        case .priority(let priority): .string(priority.name)
        case .fate(let fate): .string(fate.name)
        case .time(let time): .string(time.description)
        case .text(let text): isUntrusted ? rendering.untrusted(text.span) : .string(Label.of(text.span))
        }
    }
}
