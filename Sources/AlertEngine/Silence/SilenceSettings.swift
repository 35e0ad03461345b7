// SPDX-License-Identifier: Apache-2.0
public import AlertModel
public import FalcoRules

/// The silences of the configuration; key `silence`.
public struct SilenceSettings: Hashable, Sendable {
    /// A silence with its condition, ready to be evaluated.
    public struct Configured: Hashable, Sendable {
        public let silence: Silence
        public let condition: Condition

        public init(_ condition: Condition, until: EventTime, reason: String) {
            silence = Silence(when: condition.text, until: until, reason: reason)
            self.condition = condition
        }
    }

    public var silences: [Configured]

    public init(_ silences: [Configured] = []) { self.silences = silences }
}

/// A silence as it stands: what `creance silence list` shows.
public struct SilenceStatus: Hashable, Sendable {
    public let silence: Silence
    /// Of the configuration; otherwise set at run time.
    public let isConfigured: Bool
    /// Alerts it has matched.
    public let matched: Int
    /// Its end has not come.
    public let isInForce: Bool

    public init(silence: Silence, isConfigured: Bool, matched: Int, isInForce: Bool) {
        self.silence = silence
        self.isConfigured = isConfigured
        self.matched = matched
        self.isInForce = isInForce
    }
}
