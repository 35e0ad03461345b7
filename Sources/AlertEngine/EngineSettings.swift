// SPDX-License-Identifier: Apache-2.0
public import AlertModel
public import SigmaRules

/// Everything the engine's decisions depend on beside the journal: one generation of configuration, rules and tables.
public struct EngineSettings: Sendable {
    public var time: TimeSettings
    /// Absent: no source can bring an alert twice.
    public var identity: IdentitySettings?
    public var enrich: EnrichSettings
    public var tables: EnrichTables
    public var silence: SilenceSettings
    /// Absent: switched off.
    public var deduplicate: DeduplicateSettings?
    public var rules: SigmaRuleSet
    public var correlate: CorrelateSettings
    public var inhibit: InhibitSettings
    /// Absent: switched off.
    public var storm: StormSettings?
    public var router: Router
    /// False when no sink is configured: then every alert is counted as unrouted.
    public var hasSinks: Bool
    /// The journal's identity, part of every alert's id; 0 in a replay.
    public var installation: UInt64
    /// The installation's secret. It only places entries in tables.
    public var hashKey: HashKey

    /// The bare engine: time and route only.
    public init(
        time: TimeSettings = TimeSettings(), identity: IdentitySettings? = nil, enrich: EnrichSettings = .off,
        tables: EnrichTables = EnrichTables(),
        silence: SilenceSettings = SilenceSettings(), deduplicate: DeduplicateSettings? = nil,
        rules: SigmaRuleSet = SigmaRuleSet(), correlate: CorrelateSettings = CorrelateSettings(),
        inhibit: InhibitSettings = InhibitSettings(), storm: StormSettings? = nil, router: Router = Router(),
        hasSinks: Bool = true, installation: UInt64 = 0, hashKey: HashKey = HashKey(low: 0, high: 0)
    ) {
        self.time = time
        self.identity = identity
        self.enrich = enrich
        self.tables = tables
        self.silence = silence
        self.deduplicate = deduplicate
        self.rules = rules
        self.correlate = correlate
        self.inhibit = inhibit
        self.storm = storm
        self.router = router
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
