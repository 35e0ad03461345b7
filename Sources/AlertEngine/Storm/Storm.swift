// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// One bucket that overflows: what it has held since, until it is quiet again.
struct Storm: Sendable {
    /// Alerts whose ids are kept from the beginning, and as many from the end.
    static let sampleCount = 4
    /// A storm that goes on says so this often.
    static let updateInterval: Int64 = 600_000_000_000

    let id: SubjectID
    let scope: StormRecord.Scope
    let key: String
    /// The slot of its bucket; −1 for the bucket of everything.
    let bucket: Int32
    private(set) var held = 0
    /// The deciding times of the alerts held: the least, the greatest.
    private(set) var first: EventTime
    private(set) var last: EventTime
    /// The engine's present when the last alert was held, and at the last record.
    private(set) var lastHeld: EventTime
    private var lastRecord: EventTime
    private var heldAtRecord = 0
    private var nextTenfold = 10
    private var revision = 0
    private var samples: [UInt64] = []
    private var talkers = TopTalkers()

    init(scope: StormRecord.Scope, key: String, bucket: Int32, time: EventTime, now: EventTime, alert: RecordID) {
        var writer = ByteWriter()
        writer.put("storm")
        writer.put(scope.rawValue)
        writer.put(key)
        writer.put(time)
        writer.put(alert)
        id = SubjectID(digestOf: writer.bytes.span)
        self.scope = scope
        self.key = key
        self.bucket = bucket
        first = time
        last = time
        lastHeld = now
        lastRecord = now
        samples.reserveCapacity(2 * Self.sampleCount)
    }

    /// Counts an alert; the record that this calls for, if any.
    mutating func hold(
        _ alert: AlertReference, time: EventTime, now: EventTime, talker: TableKey, _ name: borrowing TalkerName,
        _ outbox: inout Outbox
    ) {
        held += 1
        first = min(first, time)
        last = max(last, time)
        lastHeld = now
        talkers.count(talker, name)
        if samples.count < 2 * Self.sampleCount {
            samples.append(alert.packed)
        } else {
            samples[Self.sampleCount + (held - 1) % Self.sampleCount] = alert.packed
        }
        if held == 1 {
            emit(.open, now: now, &outbox, followsAlert: true)
        } else if held == nextTenfold {
            nextTenfold = nextTenfold.multipliedReportingOverflow(by: 10).partialValue
            emit(.update, now: now, &outbox, followsAlert: true)
        }
    }

    /// The present when something is due by itself.
    func due(_ quiet: Int64) -> EventTime {
        min(lastHeld.advanced(byNanoseconds: quiet), lastRecord.advanced(byNanoseconds: Self.updateInterval))
    }

    /// Says how it goes on or that it is over, when it is time; true when it is over.
    mutating func advance(_ moment: EngineMoment, quiet: Int64, _ outbox: inout Outbox) -> Bool {
        // The end of a replay ends everything.
        if moment.now >= lastHeld.advanced(byNanoseconds: quiet) || moment.watermark.nanoseconds == .max {
            emit(.close, now: moment.now, &outbox, followsAlert: false)
            return true
        }
        if moment.now >= lastRecord.advanced(byNanoseconds: Self.updateInterval) {
            if held > heldAtRecord {
                emit(.update, now: moment.now, &outbox, followsAlert: false)
            } else {
                lastRecord = moment.now
            }
        }
        return false
    }

    private mutating func emit(_ state: RecordState, now: EventTime, _ outbox: inout Outbox, followsAlert: Bool) {
        let record = StormRecord(
            storm: id, state: state, revision: revision, scope: scope, key: key, held: held, top: talkers.list,
            first: first, last: last, samples: samplesInOrder.map { outbox.id(of: AlertReference(packed: $0)) })
        outbox.add(.storm(record), followsAlert: followsAlert)
        revision += 1
        lastRecord = now
        heldAtRecord = held
    }

    /// The first ones, then the last ones in the order of their coming.
    private var samplesInOrder: [UInt64] {
        guard held > samples.count else { return samples }
        let oldest = held % Self.sampleCount
        return samples.prefix(Self.sampleCount)
            + (0 ..< Self.sampleCount).map { samples[Self.sampleCount + (oldest + $0) % Self.sampleCount] }
    }
}

extension Storm {
    func write(to writer: inout ByteWriter) {
        writer.put(id)
        writer.put(scope.rawValue)
        writer.put(key)
        writer.put(bucket)
        for number in [held, heldAtRecord, nextTenfold, revision] { writer.put(Int64(number)) }
        for time in [first, last, lastHeld, lastRecord] { writer.put(time) }
        writer.put(samples) { $0.put($1) }
        talkers.write(to: &writer)
    }

    init(from reader: inout ByteReader) throws(MalformedBytes) {
        id = try reader.takeSubjectID()
        guard let scope = StormRecord.Scope(rawValue: try reader.take(UInt8.self)) else { throw MalformedBytes() }
        self.scope = scope
        key = try reader.takeString()
        bucket = try reader.take(Int32.self)
        held = try reader.takeInt()
        heldAtRecord = try reader.takeInt()
        nextTenfold = try reader.takeInt()
        revision = try reader.takeInt()
        first = try reader.takeTime()
        last = try reader.takeTime()
        lastHeld = try reader.takeTime()
        lastRecord = try reader.takeTime()
        samples = try reader.takeList { (reader) throws(MalformedBytes) in try reader.take(UInt64.self) }
        talkers = try TopTalkers(from: &reader)
        guard held > 0, samples.count == min(held, 2 * Self.sampleCount), revision > 0 else { throw MalformedBytes() }
    }
}
