// SPDX-License-Identifier: Apache-2.0
public import AlertModel

/// The alert under decision, as every stage sees it.
public struct AlertContext: ~Escapable {
    public let facts: AlertFacts
    /// The time that decides: the event time, or the arrival where that lies too far ahead.
    public let time: EventTime
    public let arrival: EventTime
    public let reference: AlertReference
    /// Behind the watermark that stood before its batch.
    public let isLate: Bool

    @_lifetime(copy facts)
    public init(
        _ facts: consuming AlertFacts, time: EventTime, arrival: EventTime, reference: AlertReference, isLate: Bool
    ) {
        self.facts = facts
        self.time = time
        self.arrival = arrival
        self.reference = reference
        self.isLate = isLate
    }
}

/// Where the engine stands in time after an entry: what timers go by.
public struct EngineMoment: Hashable, Sendable {
    /// Nothing at or before this time is expected any more.
    public var watermark: EventTime
    /// The latest arrival or tick.
    public var now: EventTime

    public init(watermark: EventTime, now: EventTime) {
        self.watermark = watermark
        self.now = now
    }
}

/// Where stages put the records they make while one entry is decided.
public struct Outbox: Sendable {
    public private(set) var records: [PlacedRecord] = []
    public private(set) var links: [IncidentLink] = []
    /// The index of the alert under decision; the number of alerts once all are decided.
    public var position = 0
    private let installation: UInt64
    private var epochs: EpochTable

    public init(installation: UInt64 = 0, epochs: EpochTable = EpochTable([0])) {
        self.installation = installation
        self.epochs = epochs
    }

    public mutating func removeAll(epochs: EpochTable) {
        records.removeAll(keepingCapacity: true)
        links.removeAll(keepingCapacity: true)
        position = 0
        self.epochs = epochs
    }

    /// Adds a record. `followsAlert`: it was caused by the alert under decision and leaves right behind it. No record leaves
    /// before one that was made earlier: the journal numbers outputs in this order.
    public mutating func add(_ record: EngineRecord, followsAlert: Bool = true) {
        let wanted = followsAlert ? position + 1 : position
        records.append(PlacedRecord(position: Swift.max(wanted, records.last?.position ?? 0), record: record))
    }

    /// Notes that the alert under decision counted in an incident.
    public mutating func link(_ incident: SubjectID) {
        links.append(IncidentLink(alert: position, incident: incident))
    }

    public func id(of reference: AlertReference) -> RecordID { epochs.id(of: reference, installation: installation) }
}
