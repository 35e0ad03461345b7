// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// What a condition reads: of an alert, one of its own parts or an output field; of a record, a value by its name.
struct ConditionField {
    /// Where an alert has it.
    enum Place: UInt8 {
        case rule, priority, source, hostname, tags, output, kind
        /// `manipulation_suspected`: worked out of the alert's texts when it is asked for.
        case manipulation
        /// `evt.time`, as the alert's time decides it.
        case time
        /// Under `name`, in the output fields or among what was added.
        case field
        /// Nowhere: only records have it.
        case recordOnly
    }

    /// The values of a field that has few, for checks at load.
    enum Vocabulary {
        case priority, level
        case words([String])
        case number, bool
    }

    let place: Place
    let name: FieldName
    let vocabulary: Vocabulary?

    /// Names without a dot.
    static let words = [
        "rule", "priority", "source", "hostname", "tags", "output", "kind", "state", "value", "total", "suppressed",
        "variants", "held", "reason", "attack", "approximate", "undercount_possible", "gap", "manipulation_suspected",
    ]
    static func isWord(_ name: String) -> Bool { words.contains(name) }

    /// Names with a dot that records have and alerts do not.
    static let recordNames = [
        "rule.title", "rule.id", "rule.level", "rule.type", "incident.id", "group.id", "storm.id", "storm.scope",
        "storm.key",
    ]

    init(_ expression: FieldExpression) throws(ConditionError) {
        let key = expression.key
        name = FieldName(key)
        vocabulary = Self.vocabulary(key, name)
        switch key {
        case "rule": place = .rule
        case "priority": place = .priority
        case "source": place = .source
        case "hostname": place = .hostname
        case "tags": place = .tags
        case "output": place = .output
        case "kind": place = .kind
        case "evt.time": place = .time
        case "manipulation_suspected": place = .manipulation
        default:
            if Self.words.contains(key) || Self.recordNames.contains(key) {
                place = .recordOnly
            } else {
                if let problem = FieldCatalogue.problem(expression) { throw problem }
                place = .field
            }
        }
    }

    private static func vocabulary(_ key: String, _ name: FieldName) -> Vocabulary? {
        switch key {
        case "priority": return .priority
        case "rule.level": return .level
        case "kind": return .words(["alert", "summary", "incident", "storm", "gap"])
        case "state": return .words(RecordState.allCases.map(\.name))
        case "storm.scope": return .words(StormRecord.Scope.allCases.map(\.name))
        case "value", "total", "suppressed", "variants", "held", "evt.time": return .number
        case "approximate", "undercount_possible", "gap", "manipulation_suspected": return .bool
        default: break
        }
        // `calert_type`: what Falco's list says that the field holds.
        switch name.type {
        case 2, 3: return .number
        case 4: return .bool
        default: return nil
        }
    }
}
