// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// Open incidents as bytes, by slot, because timers name slots.
extension IncidentTable {
    func write(to writer: inout ByteWriter) {
        writer.put(incidents) { writer, incident in writer.put(incident) { $1.write(to: &$0) } }
        writer.put(free) { $0.put($1) }
        closes.write(to: &writer)
        updates.write(to: &writer)
        gaps.write(to: &writer)
        writer.put(orphans) { $1.write(to: &$0) }
        writer.put(nextNumber)
        for number in counters.numbers { writer.put(Int64(number)) }
    }

    /// `stored`: the checkpoint's rules; `known`: by their index, the index of the same rule now. Open incidents of a rule
    /// that is gone or says something else now become orphans.
    mutating func restore(
        from reader: inout ByteReader, _ stored: [StoredRule], _ known: [Int?]
    ) throws(MalformedBytes) {
        let restored = try reader.takeList { (reader) throws(MalformedBytes) in
            try reader.takeOptional { (reader) throws(MalformedBytes) in try OpenIncident(from: &reader) }
        }
        var freed = try reader.takeList { (reader) throws(MalformedBytes) in try reader.take(UInt32.self) }
        guard freed.allSatisfy({ $0 < restored.count && restored[Int($0)] == nil }), Set(freed).count == freed.count,
            restored.count < Int(Int32.max)
        else { throw MalformedBytes() }
        incidents = restored
        var orphaned: [(incident: OpenIncident, rule: StoredRule)] = []
        for (slot, incident) in restored.enumerated() {
            guard let incident else { continue }
            guard incident.rule < known.count else { throw MalformedBytes() }
            guard let rule = known[incident.rule] else {
                if stored[incident.rule].makesIncidents {
                    orphaned.append((incident, stored[incident.rule]))
                }
                incidents[slot] = nil
                freed.append(UInt32(slot))
                continue
            }
            incidents[slot]?.rule = rule
        }
        free = freed
        closes = try TimerQueue(from: &reader)
        updates = try TimerQueue(from: &reader)
        gaps = try GapMemory(from: &reader)
        orphans = try reader.takeList { (reader) throws(MalformedBytes) in try Orphan(from: &reader) }
        orphaned.sort { $0.incident.number < $1.incident.number }
        for index in orphaned.indices {
            if gaps.touches(orphaned[index].incident, hold: orphaned[index].rule.hold) {
                orphaned[index].incident.hasGap = true
            }
        }
        orphans += orphaned.map { Orphan($0.incident, of: $0.rule) }
        nextNumber = try reader.take(UInt64.self)
        var numbers: [Int] = []
        for _ in counters.numbers { numbers.append(try reader.takeInt()) }
        counters = IncidentCounters(numbers)
        try relink()
    }
}

extension OpenIncident {
    fileprivate func write(to writer: inout ByteWriter) {
        writer.put(id)
        writer.put(Int64(rule))
        writer.put(key.low)
        writer.put(key.high)
        writer.put(fields) { $0.put($1) }
        for time in [from, until, first, last, shownAt] { writer.put(time) }
        writer.put(value)
        writer.put(shownValue)
        for list in [firstAlerts, lastAlerts] {
            writer.put(list) { writer, alert in
                writer.put(alert.time)
                writer.put(alert.reference.packed)
            }
        }
        writer.put(tactics.rawValue)
        writer.put(priority.rawValue)
        writer.put(Int64(revision))
        for number in [closeOrder, updateOrder, number] { writer.put(number) }
        for flag in [hasChanged, isApproximate, mayBeUndercounted, hasGap] { writer.put(flag) }
        writer.put(nextOfGroup)
    }

    fileprivate init(from reader: inout ByteReader) throws(MalformedBytes) {
        func alerts(_ reader: inout ByteReader) throws(MalformedBytes) -> [Contribution] {
            let list = try reader.takeList { (reader) throws(MalformedBytes) in
                Contribution(
                    time: try reader.takeTime(), reference: AlertReference(packed: try reader.take(UInt64.self)))
            }
            guard list.count <= Self.half else { throw MalformedBytes() }
            return list
        }
        let id = try reader.takeSubjectID()
        let rule = try reader.takeInt()
        guard rule >= 0 else { throw MalformedBytes() }
        let key = Fingerprint(low: try reader.take(UInt64.self), high: try reader.take(UInt64.self))
        let fields = try reader.takeList { (reader) throws(MalformedBytes) in try reader.takeKeyField() }
        var times: [EventTime] = []
        for _ in 0 ..< 5 { times.append(try reader.takeTime()) }
        let (value, shownValue) = (try reader.takeDouble(), try reader.takeDouble())
        let (firstAlerts, lastAlerts) = (try alerts(&reader), try alerts(&reader))
        let tactics = Tactics(rawValue: try reader.take(UInt16.self))
        guard let priority = Priority(rawValue: try reader.take(UInt8.self)) else { throw MalformedBytes() }
        let revision = try reader.takeInt()
        let orders = (try reader.take(UInt64.self), try reader.take(UInt64.self), try reader.take(UInt64.self))
        self.init(
            id: id, rule: rule, key: key, fields: fields, from: times[0], until: times[1], first: times[2],
            last: times[3], value: value, firstAlerts: firstAlerts, lastAlerts: lastAlerts, tactics: tactics,
            priority: priority, revision: revision, shownValue: shownValue, shownAt: times[4],
            hasChanged: try reader.takeBool(), closeOrder: orders.0, updateOrder: orders.1,
            isApproximate: try reader.takeBool(),
            mayBeUndercounted: try reader.takeBool(), hasGap: try reader.takeBool(), number: orders.2,
            nextOfGroup: try reader.take(Int32.self))
    }
}

extension IncidentCounters {
    fileprivate var numbers: [Int] { [opened, closed, merged, closedAtLimit, lateForClosed] }

    fileprivate init(_ numbers: [Int]) {
        opened = numbers[0]
        closed = numbers[1]
        merged = numbers[2]
        closedAtLimit = numbers[3]
        lateForClosed = numbers[4]
    }
}
