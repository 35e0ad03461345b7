// SPDX-License-Identifier: Apache-2.0
public import AlertModel

/// Everything the engine's decisions depend on beside the journal: one generation of configuration and rules.
public struct EngineSettings: Sendable {
    public var time: TimeSettings
    /// False when no sink is configured: then every alert is counted as unrouted.
    public var hasSinks: Bool
    /// The journal's identity, part of every alert's id; 0 in a replay.
    public var installation: UInt64
    /// The installation's secret. It only places entries in tables.
    public var hashKey: HashKey

    public init(
        time: TimeSettings = TimeSettings(), hasSinks: Bool = true, installation: UInt64 = 0,
        hashKey: HashKey = HashKey(low: 0, high: 0)
    ) {
        self.time = time
        self.hasSinks = hasSinks
        self.installation = installation
        self.hashKey = hashKey
    }
}

/// What the engine's time stage is set to; configuration key `time`.
public struct TimeSettings: Hashable, Sendable {
    /// How far an alert may arrive behind later ones of its stream and still be in order.
    public var allowedLateness: Duration
    /// How far an event time may lie ahead of its arrival before the arrival time decides instead.
    public var futureSkew: Duration
    /// A stream silent (or behind) for longer does not hold the watermark back.
    public var idleTimeout: Duration

    public init(
        allowedLateness: Duration = .seconds(2), futureSkew: Duration = .seconds(5),
        idleTimeout: Duration = .seconds(10)
    ) {
        self.allowedLateness = allowedLateness
        self.futureSkew = futureSkew
        self.idleTimeout = idleTimeout
    }
}
