// SPDX-License-Identifier: Apache-2.0
public import AlertModel

/// Adds to alerts what is known about them from elsewhere (semantics.md, 5): earlier alerts of their container, ATT&CK,
/// databases of addresses, lists of indicators, lookup tables.
///
/// Pure, on the engine's thread, once per alert before deduplication. Never changes an alert's own fields; adds only what
/// something reads (`EnrichSettings.wanted`). Allocates for containers and tags that are new, not for alerts.
public struct Enricher: Sendable {
    public let settings: EnrichSettings
    public private(set) var counters = EnrichCounters()
    private let key: HashKey
    private let noKinds: AlertKinds
    private var backfill: Backfill?
    /// Not optional: an optional one is copied where it is asked, and its references are counted, for each alert.
    private var attack: AttackTags
    private let addsAttack: Bool
    private var tables: TableStage?
    /// The latest arrival so far: what the age of databases is judged by.
    private var now = EventTime(nanoseconds: .min)
    private let attackName = FieldName("attack")

    /// - Parameter key: places entries in tables; nothing that is added depends on it.
    public init(
        _ settings: EnrichSettings, tables: EnrichTables = EnrichTables(), key: HashKey = HashKey(low: 0, high: 0)
    ) {
        self.settings = settings
        self.key = key
        noKinds = AlertKinds(key)
        attack = AttackTags(key)
        addsAttack = settings.attack && settings.wanted.contains(attackName)
        take(tables)
        if settings.backfill {
            let backfill = Backfill(limitBytes: settings.backfillMemory, wanted: settings.wanted, key: key)
            if backfill.isWanted || self.tables?.readsBackfill == true { self.backfill = backfill }
        }
    }

    /// The same enricher with another generation of tables: what back-fill remembers stays. To be called between entries.
    public func with(tables: EnrichTables) -> Enricher {
        var next = self
        next.take(tables)
        if next.backfill == nil, settings.backfill, next.tables?.readsBackfill == true {
            next.backfill = Backfill(limitBytes: settings.backfillMemory, wanted: settings.wanted, key: key)
        }
        return next
    }

    /// SHA-256 of the tables in force, in hexadecimal; empty without tables.
    public var generation: String { tables?.tables.generation ?? "" }

    /// Names of databases past their age limit, which add nothing any more: for health.
    public var expiredDatabases: [String] { tables?.expired ?? [] }

    /// Nothing is configured or nothing is wanted: alerts pass as they are.
    public var isIdle: Bool { backfill == nil && !addsAttack && tables?.isIdle ?? true }

    /// Empties `added` and fills it for the alerts of a batch.
    public mutating func enrich(_ batch: AlertBatch, into added: inout AddedFields) {
        enrich(batch, noKinds, isNumbered: false, into: &added)
    }

    /// The numbers of kinds mean others from here on.
    mutating func forgetKinds() { attack.forgetKinds() }

    /// The same; `kinds` has numbered the batch, if `isNumbered`.
    mutating func enrich(
        _ batch: AlertBatch, _ kinds: borrowing AlertKinds, isNumbered: Bool, into added: inout AddedFields
    ) {
        added.removeAll()
        guard !isIdle else { return }
        for index in 0 ..< batch.count {
            let alert = batch.alert(at: index)
            backfill?.visit(alert, into: &added, &counters)
            let kind = isNumbered ? kinds.number(at: index) : AlertKinds.none
            if addsAttack, attack.add(alert, kind: kind, attackName, to: &added) { counters.attacks += 1 }
            pass(alert.arrivalTime)
            tables?.visit(alert, backfill, into: &added, &counters)
            added.endAlert()
        }
    }

    /// The engine's time: databases grow old also while nothing arrives.
    public mutating func advance(_ moment: EngineMoment) { pass(moment.now) }

    private mutating func pass(_ time: EventTime) {
        guard time > now else { return }
        now = time
        tables?.pass(time)
    }

    private mutating func take(_ tables: EnrichTables) {
        let stage = tables.isEmpty ? nil : TableStage(tables, wanted: settings.wanted, now: now, key: key)
        self.tables = stage
    }
}

// Checkpoints: what back-fill remembers, the time, and the counters. Tables are not part of it: their generation is the
// journal's to keep.
extension Enricher {
    private static let version: UInt8 = 1

    public func write(to writer: inout ByteWriter) {
        writer.put(Self.version)
        writer.put(now)
        for value in counters.values { writer.put(Int64(value)) }
        writer.put(backfill) { $1.write(to: &$0) }
    }

    /// The enricher as it stood, under settings that may have changed: with less memory it forgets the oldest
    /// containers, without back-fill all of them.
    public init(
        _ settings: EnrichSettings, tables: EnrichTables = EnrichTables(), key: HashKey = HashKey(low: 0, high: 0),
        from reader: inout ByteReader
    ) throws(MalformedBytes) {
        self.init(settings, tables: tables, key: key)
        guard try reader.take(UInt8.self) == Self.version else { throw MalformedBytes() }
        pass(try reader.takeTime())
        var values: [Int] = []
        for _ in counters.values { values.append(try reader.takeInt()) }
        counters = EnrichCounters(values)
        guard try reader.takeBool() else { return }
        let restored = try Backfill(
            limitBytes: max(settings.backfillMemory, 1), wanted: settings.wanted, key: key, from: &reader)
        if backfill != nil { backfill = restored }
    }
}
