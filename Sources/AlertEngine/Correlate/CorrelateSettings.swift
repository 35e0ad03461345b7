// SPDX-License-Identifier: Apache-2.0

/// What correlation is set to; configuration key `correlate`.
public struct CorrelateSettings: Hashable, Sendable {
    /// What all rules' groups and open incidents may take together, in bytes.
    public var memoryBytes: Int
    /// Times kept per group; beyond it counts are approximate and say so.
    public var timesPerGroup: Int
    /// Incidents open at once; beyond it the oldest closes early, which is counted.
    public var incidentLimit: Int
    /// An open incident that changed says so this often.
    public var updateEvery: Duration

    public init(
        memoryBytes: Int = 256 << 20, timesPerGroup: Int = 262_144, incidentLimit: Int = 65_536,
        updateEvery: Duration = .seconds(600)
    ) {
        self.memoryBytes = memoryBytes
        self.timesPerGroup = timesPerGroup
        self.incidentLimit = incidentLimit
        self.updateEvery = updateEvery
    }
}
