// SPDX-License-Identifier: Apache-2.0
public import FalcoRules

/// Which sinks get what; key `route`.
public struct RouteSettings: Hashable, Sendable {
    public struct Rule: Hashable, Sendable {
        /// Absent: everything.
        public var when: Condition?
        /// Names of sinks. Empty: what matches goes nowhere.
        public var to: [String]
        /// Look at the rules behind this one as well.
        public var continues: Bool

        public init(when: Condition? = nil, to: [String], continues: Bool = false) {
            self.when = when
            self.to = to
            self.continues = continues
        }
    }

    /// Bounds of the list.
    public enum Limit {
        public static let rules = 1_000
        /// Different sinks that rules name.
        public static let sinks = 64
        /// Different sets of sinks that can come of the rules.
        public static let sets = 1_024
    }

    /// Absent: there is no list, and everything goes to every sink.
    public var rules: [Rule]?

    public init(rules: [Rule]? = nil) { self.rules = rules }
}
