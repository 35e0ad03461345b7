// SPDX-License-Identifier: Apache-2.0
import AlertModel
import FalcoRules

/// One `--fail-on`: which findings fail the gate.
enum GateThreshold {
    /// That severe or more: alerts, and incidents by the priority that stands for their level.
    case priority(Priority)
    case incident
    case condition(Condition)
    /// Nothing: findings are only reported.
    case none

    /// - Throws: `CommandFailure.input` that shows where a condition is wrong.
    init(_ text: String) throws(CommandFailure) {
        if let priority = Priority(name: text) {
            self = .priority(priority)
        } else if text == "incident" {
            self = .incident
        } else if text == "none" {
            self = .none
        } else {
            do throws(ConditionError) {
                self = .condition(try Condition(text))
            } catch {
                let column = text.utf8.prefix(error.offset).count { $0 & 0xc0 != 0x80 } + 1
                let expected = error.expected.map { " (expected: \($0))" } ?? ""
                throw .input(
                    "--fail-on \(SafeText.visible(text)): column \(column): \(error.what)\(expected); it is a priority, "
                        + "incident, none or a condition")
            }
        }
    }

    func matches(_ facts: borrowing AlertFacts) -> Bool {
        switch self {
        case .priority(let least): facts.alert.priority >= least
        case .condition(let condition): condition.matches(facts)
        case .incident, .none: false
        }
    }

    func matches(_ incident: IncidentRecord) -> Bool {
        switch self {
        case .priority(let least): incident.level.priority >= least
        case .incident: true
        case .condition(let condition): condition.matches(.incident(incident))
        case .none: false
        }
    }
}
