// SPDX-License-Identifier: Apache-2.0
public import AlertModel
import FalcoRules
public import Journal
public import MCPProtocol

/// Which alerts a call asks for: the filter parameters that several tools share, read once.
///
/// Every condition that is given must hold; a list is met by any of its values. The same filter asks the journal
/// (`query`) and alerts as they come (`matches`). Any thread.
public struct AlertFilter: Sendable {
    /// For `JournalReader.search` and `aggregate`; order, limit and cursor are for the caller to set.
    public let query: AlertQuery
    /// The condition as it was given.
    public let condition: String?
    /// Names in the condition that are probably misspelt, but may come from a plugin or a newer Falco.
    public let warnings: [String]
    private let matcher: AlertMatcher

    /// Which of the shared parameters a tool has besides priority, columns, text and condition.
    public struct Parts: OptionSet, Sendable {
        public let rawValue: UInt8
        public init(rawValue: UInt8) { self.rawValue = rawValue }
        /// `last`, `from` and `to`.
        public static let times = Parts(rawValue: 1)
        /// `fate`.
        public static let fates = Parts(rawValue: 2)
        public static let all: Parts = [.times, .fates]
    }

    /// Reads the parameters that `fields` declares; others are not looked at.
    ///
    /// - Parameter now: what `last` and times ago count from.
    public init(_ arguments: JSONObject, now: EventTime) throws(ToolProblem) {
        var query = AlertQuery()
        (query.from, query.through) = try FilterTime.window(arguments, now: now)
        if let name = arguments["min_priority"]?.string {
            guard let priority = Priority(name: name) else {
                throw ToolProblem("min_priority must be one of \(Self.priorityNames.joined(separator: ", ")).")
            }
            query.atLeast = priority
        }
        for (name, column) in Self.columns {
            guard let values = arguments[name]?.array, !values.isEmpty else { continue }
            query.values[column] = values.compactMap(\.string)
        }
        if let text = arguments["text"]?.string, !text.isEmpty { query.text = text }
        for name in arguments["fate"]?.array ?? [] {
            guard let fate = Fate.allCases.first(where: { $0.name == name.string }) else {
                throw ToolProblem("fate must hold some of \(Self.fateNames.joined(separator: ", ")).")
            }
            query.fates.insert(fate)
        }
        let condition = try Self.condition(arguments["when"]?.string)
        if let condition { query.condition = { condition.matches($0) } }
        self.query = query
        self.condition = condition?.text
        warnings = condition?.warnings.prefix(3).map(\.description) ?? []
        matcher = AlertMatcher(query)
    }

    /// Whether an alert passes. `fate` is nil before the engine decided.
    public func matches(_ facts: borrowing AlertFacts, fate: Fate?) -> Bool { matcher.matches(facts, fate: fate) }

    /// A condition in Falco's filter syntax over alerts; nil for none. Problems say where and what would be right.
    static func condition(_ text: String?) throws(ToolProblem) -> Condition? {
        guard let text, !text.isEmpty else { return nil }
        do throws(ConditionError) {
            let condition = try Condition(text)
            if let check = condition.recordCheck { throw check }
            return condition
        } catch {
            throw ToolProblem("when cannot be read, \(error). It is a condition in Falco's filter syntax: \(example)")
        }
    }

    private static let example = "proc.name in (nc, socat) and k8s.ns.name = shop and priority >= error"
}

extension AlertFilter {
    static let columns: [(name: String, column: AlertQuery.Column)] = [
        ("rule", .rule), ("source", .source), ("hostname", .hostname), ("container", .container),
        ("namespace", .namespace),
    ]
    static let priorityNames = Priority.allCases.map { $0.name.lowercased() }
    static let fateNames = Fate.allCases.map(\.name)

    /// The declarations of the shared parameters, in one order everywhere.
    public static func fields(_ parts: Parts = .all) -> [SchemaField] {
        var fields = parts.contains(.times) ? FilterTime.fields : []
        fields += [
            SchemaField("min_priority", .choice(priorityNames), "That severe or more severe."),
            values("rule", "Whole names of detection rules."),
            values("source", "What the rule looks at: syscall, k8s_audit, or a plugin's name."),
            values("hostname", "Whole host names."),
            values("container", "Container ids, as in container.id; \"host\" for none."),
            values("namespace", "Kubernetes namespaces, as in k8s.ns.name."),
            SchemaField(
                "text", .string(length: 1 ... 256),
                "Part of the output, rule, host, a tag or any output field; the case of ASCII letters does not count."),
            SchemaField(
                "when", .string(length: 1 ... 4096),
                "Condition in Falco's filter syntax over output fields, rule, priority, tags, hostname, source and what "
                    + "enrichment added, for example: \(example)"),
        ]
        if parts.contains(.fates) {
            fields.append(
                SchemaField(
                    "fate", .list(.choice(fateNames), atMost: fateNames.count),
                    "What became of the alert. Only passed alerts went out; suppressed ones were counted in a group."))
        }
        return fields
    }

    private static func values(_ name: String, _ summary: String) -> SchemaField {
        SchemaField(name, .list(.string(length: 1 ... 1024), atMost: 32), summary + " Any of them matches.")
    }
}
