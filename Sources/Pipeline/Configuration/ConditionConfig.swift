// SPDX-License-Identifier: Apache-2.0
public import ConfigTree
public import FalcoRules

extension ConfigSection {
    /// A condition in Falco's filter syntax that must be there; nil when it is not, or is none.
    public mutating func requiredCondition(_ key: String, help: String) -> Condition? {
        let read = required(
            key, .condition, standIn: nil, example: "'priority >= error and not proc.name in (apt, dpkg)'", help: help)
        return remark(on: read, key)
    }

    /// A condition that must be there and is asked of alerts only, never of the engine's own records.
    public mutating func requiredAlertCondition(_ key: String, help: String) -> Condition? {
        guard let condition = requiredCondition(key, help: help) else { return nil }
        guard let check = condition.recordCheck else { return condition }
        report(
            .error, key, "column \(check.offset + 1) of the text: \(check.what)", allowed: check.expected)
        return nil
    }

    /// A condition that may be left out.
    ///
    /// - Parameter whenAbsent: what then matches, in words, for the reference.
    public mutating func optionalCondition(_ key: String, whenAbsent: String? = nil, help: String) -> Condition? {
        let read = optional(key, .condition, whenAbsent: whenAbsent, help: help)
        return remark(on: read ?? nil, key)
    }

    /// Says what in a condition is probably not meant.
    private mutating func remark(on condition: Condition?, _ key: String) -> Condition? {
        for warning in condition?.warnings ?? [] {
            report(
                .warning, key, "column \(warning.offset + 1) of the text: \(warning.what)", allowed: warning.expected,
                suggestion: warning.suggestion)
        }
        return condition
    }
}

extension ConfigValue where Value == Condition? {
    /// A condition; its problems are reported where they stand inside the text.
    public static var condition: Self {
        .init(
            "condition", allowed: nil,
            read: { text, _, _ throws(ConfigFault) in
                do throws(ConditionError) {
                    return try Condition(text)
                } catch {
                    let offset = text.utf8.prefix(error.offset).count { $0 & 0xc0 != 0x80 }
                    throw ConfigFault(
                        error.what, allowed: error.expected, suggestion: error.suggestion, offset: offset)
                }
            }, write: { $0?.text ?? "" })
    }
}
