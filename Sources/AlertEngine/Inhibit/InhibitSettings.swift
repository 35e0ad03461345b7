// SPDX-License-Identifier: Apache-2.0
public import FalcoRules

/// What silences what while it lasts; configuration key `inhibit`.
public struct InhibitSettings: Hashable, Sendable {
    public struct Rule: Hashable, Sendable {
        /// Matches an incident (in force from its opening to its close) or an alert (in force for `duration`).
        public var when: Condition
        /// Alerts that are kept meanwhile.
        public var hold: Condition
        /// Fields whose values must be the same on both sides. Empty: none must.
        public var equal: [String]
        /// How long an alert that matches `when` holds others, from its own time.
        public var duration: Duration

        public init(when: Condition, hold: Condition, equal: [String], duration: Duration = .seconds(300)) {
            self.when = when
            self.hold = hold
            self.equal = equal
            self.duration = duration
        }
    }

    /// Bounds of the list.
    public enum Limit {
        public static let rules = 256
        public static let fields = 16
    }

    public var rules: [Rule]

    public init(rules: [Rule] = []) { self.rules = rules }
}
