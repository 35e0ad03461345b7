// SPDX-License-Identifier: Apache-2.0

/// What the engine's time stage is set to; configuration key `time`.
public struct EngineSettings: Hashable, Sendable {
    /// How far an alert may arrive behind later ones of its stream and still be in order.
    public var allowedLateness: Duration
    /// How far an event time may lie ahead of its arrival before the arrival time decides instead.
    public var futureSkew: Duration
    /// A stream silent (or behind) for longer does not hold the watermark back.
    public var idleTimeout: Duration
    /// False when no sink is configured: then every alert is counted as unrouted.
    public var hasSinks: Bool

    public init(
        allowedLateness: Duration = .seconds(2), futureSkew: Duration = .seconds(5),
        idleTimeout: Duration = .seconds(10),
        hasSinks: Bool = true
    ) {
        self.allowedLateness = allowedLateness
        self.futureSkew = futureSkew
        self.idleTimeout = idleTimeout
        self.hasSinks = hasSinks
    }
}
