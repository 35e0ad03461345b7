// SPDX-License-Identifier: Apache-2.0
public import AlertModel
public import SigmaRules

/// What was in force where an alert was decided, as far as it can still be told.
public struct InForce: Sendable {
    /// nil when the rules cannot be compiled any more.
    public let rules: SigmaRuleSet?
    /// Those of the configuration; none when this version refuses it.
    public let silences: [Silence]

    public init(rules: SigmaRuleSet?, silences: [Silence]) {
        self.rules = rules
        self.silences = silences
    }
}
