// SPDX-License-Identifier: Apache-2.0
public import AlertModel
public import PositionedYAML

/// A rule as Falco would load it.
public struct FalcoRule: Sendable {
    public let name: String
    public let description: String
    /// As it was written, with what was appended and without exceptions.
    public let condition: String
    /// With lists, macros and exceptions in their place.
    public let compiledCondition: String
    public let output: String
    /// Without what Falco takes out of it.
    public let compiledOutput: String
    public let priority: Priority
    public let source: String
    public let tags: [String]
    public let isEnabled: Bool
    public let capture: Bool
    /// Milliseconds.
    public let captureDuration: Int
    /// Fields of the condition, by name.
    public let conditionFields: [String]
    public let operators: [String]
    /// Fields of the output, in its order, each once.
    public let outputFields: [String]
    /// Event types that it looks at; empty for a rule of a plugin's source.
    public let events: [String]
    public let exceptionNames: [String]
    public let exceptionFields: [String]
    public let exceptionOperators: [String]
    /// Those that the condition names itself.
    public let lists: [String]
    public let macros: [String]
    public let file: String
    public let position: YAMLPosition

    init(
        _ item: RuleItem, _ expression: RuleExpression, _ output: String, _ format: OutputFormat, lists: [String],
        macros: [String], restriction: EventRestriction?
    ) {
        name = item.name
        description = item.description
        condition = item.condition
        compiledCondition = expression.text
        self.output = item.output
        compiledOutput = output
        priority = item.priority
        source = item.source
        tags = item.tags
        isEnabled = item.isEnabled
        capture = item.capture
        captureDuration = item.captureDuration
        let reading = ConditionReading(expression)
        conditionFields = reading.fields
        operators = reading.operators
        outputFields = format.fields
        events = item.source == "syscall" ? restriction?.allTypes ?? EventTypes.all.sorted() : []
        exceptionNames = item.exceptions.map(\.name)
        exceptionFields = Array(Set(item.exceptions.flatMap { $0.fields?.texts ?? [] })).sorted()
        exceptionOperators = Array(Set(item.exceptions.flatMap { $0.comparisons?.texts ?? [] })).sorted()
        self.lists = lists
        self.macros = macros
        file = item.context.file
        position = item.context.position
    }
}

/// The fields and operators of a condition, each once, in order.
struct ConditionReading {
    let fields: [String]
    let operators: [String]

    init(_ expression: RuleExpression) {
        var fields: Set<String> = []
        var operators: Set<String> = []
        expression.forEachCheck { check in
            for field in check.fields { fields.insert(field.key) }
            operators.insert(check.operator)
        }
        self.fields = fields.sorted()
        self.operators = operators.sorted()
    }
}
