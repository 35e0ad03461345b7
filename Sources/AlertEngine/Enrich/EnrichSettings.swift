// SPDX-License-Identifier: Apache-2.0
public import AlertModel

/// Which of the fields that enrichment could add are read by anything: a rule, a route, a sink.
public enum WantedFields: Hashable, Sendable {
    /// A sink writes them all (the `creance` format).
    case all
    case only(Set<FieldName>)

    public func contains(_ name: FieldName) -> Bool {
        switch self {
        case .all: true
        case .only(let names): names.contains(name)
        }
    }
}

/// What enrichment is set to; configuration section `enrich`. Files come in as `EnrichTables`.
public struct EnrichSettings: Hashable, Sendable {
    /// Null `k8s.*` and `container.*` fields from earlier alerts of the same container.
    public var backfill: Bool
    /// What back-fill may remember, in bytes; beyond it, the container that was not seen for longest is forgotten.
    public var backfillMemory: Int
    /// Names of ATT&CK tactics and techniques from tags, as field `attack`.
    public var attack: Bool
    public var wanted: WantedFields

    public init(
        backfill: Bool = true, backfillMemory: Int = 16 << 20, attack: Bool = true, wanted: WantedFields = .all
    ) {
        self.backfill = backfill
        self.backfillMemory = backfillMemory
        self.attack = attack
        self.wanted = wanted
    }

    /// Nothing is added to any alert.
    public static let off = EnrichSettings(backfill: false, attack: false, wanted: .only([]))
}

/// What enrichment did since the journal began.
public struct EnrichCounters: Hashable, Sendable {
    /// Fields added by back-fill.
    public var backfilled = 0
    /// Containers that back-fill met.
    public var containers = 0
    /// Containers forgotten because of `backfillMemory`.
    public var forgotten = 0
    /// Values that back-fill could not keep: too long, or too many names.
    public var unlearnt = 0
    /// Alerts that got `attack`.
    public var attacks = 0
    /// Addresses looked up in a database, and those it knew.
    public var addresses = 0
    public var located = 0
    /// Look-ups that a database past its age limit did not get.
    public var expired = 0
    /// Alerts with an indicator, per list hit.
    public var indicators = 0
    /// Rows found in lookup tables.
    public var rows = 0

    public init() {}

    /// In the order of the checkpoint.
    var values: [Int] {
        [
            backfilled, containers, forgotten, unlearnt, attacks, addresses, located, expired, indicators, rows,
        ]
    }

    init(_ values: [Int]) {
        precondition(values.count == 10)
        backfilled = values[0]
        containers = values[1]
        forgotten = values[2]
        unlearnt = values[3]
        attacks = values[4]
        addresses = values[5]
        located = values[6]
        expired = values[7]
        indicators = values[8]
        rows = values[9]
    }
}
