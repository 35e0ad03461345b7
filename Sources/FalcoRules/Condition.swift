// SPDX-License-Identifier: Apache-2.0
public import AlertModel

/// A condition in Falco's filter syntax over alerts and the engine's own records, `priority >= error and not
/// proc.name in (apt, dpkg)`. docs/conditions.md has the language.
///
/// Compiled once; evaluation allocates nothing, does not recurse, and takes time linear in the condition and in the texts
/// that it looks at. Equal when the text is equal.
public struct Condition: Hashable, Sendable, CustomStringConvertible {
    /// The only stored property, so that a copy costs one reference.
    let program: ConditionProgram

    public init(_ text: String) throws(ConditionError) {
        let tree = try ConditionParser.parse(Array(text.utf8))
        program = try ConditionProgram(
            CompoundFields.written(out: tree), text: text, warnings: FieldCatalogue.warnings(tree))
    }

    /// As it was written.
    public var text: String { program.text }
    /// Names that are probably misspelt, but may come from a plugin or a newer Falco.
    public var warnings: [ConditionError] { program.warnings }
    /// The first check in it that holds for the engine's own records at most, never for an alert: what is wrong with the
    /// condition where only alerts are asked.
    public var recordCheck: ConditionError? { program.recordCheck }

    /// The output fields that it reads, each once, those on the left of operators first.
    public var fields: [FieldName] {
        var fields: [FieldName] = []
        for leaf in program.leaves where leaf.place == .field { fields.append(program.names[Int(leaf.name)]) }
        for other in program.comparisons where other.place == .field { fields.append(other.name) }
        var seen: Set<FieldName> = []
        return fields.filter { seen.insert($0).inserted }
    }

    public var description: String { text }

    public static func == (left: Condition, right: Condition) -> Bool { left.text == right.text }
    public func hash(into hasher: inout Hasher) { hasher.combine(text) }

    public func matches(_ facts: borrowing AlertFacts) -> Bool { program.matches(facts) }
    public func matches(_ record: EngineRecord) -> Bool { program.matches(RecordFacts(record)) }
    public func matches(_ gap: Gap) -> Bool { program.matches(RecordFacts(gap)) }
}
