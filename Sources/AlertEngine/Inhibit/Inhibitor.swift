// SPDX-License-Identifier: Apache-2.0
public import AlertModel
import FalcoRules

/// Keeps alerts back while something that explains them is open (semantics.md, 4).
///
/// An incident holds from its opening record to its closing one, whatever the alerts' times; an alert that matches `when`
/// holds alerts whose deciding time lies within `duration` behind its own, both ends included. Whatever matches `when` is
/// never held by the same inhibition. The alert that brings an incident about is decided before the incident is observed:
/// it is not held by it. A null in one of the `equal` fields is equal to nothing.
///
/// Pure. Bounded: what finds no room in the table holds nothing, so that alerts leave rather than vanish; this is counted.
/// Looking at an alert allocates nothing.
public struct Inhibitor: Sendable {
    /// Combinations of inhibition and equal values, and open incidents, each.
    static let tableLimit = 16_384
    private static let searchLimit = 16

    public struct Counters: Hashable, Sendable {
        /// Alerts held.
        public var inhibited = 0
        /// Incidents and alerts that matched `when` and had a null among the equal fields.
        public var unkeyed = 0
        /// Those that found no room.
        public var untracked = 0
    }

    private struct Rule {
        let when: Condition
        let hold: Condition
        let equal: EqualKey
        let duration: Int64
        /// Of all four: by it a rule finds what it has in force, wherever the list names it.
        let digest: SubjectID

        init(_ rule: InhibitSettings.Rule) {
            when = rule.when
            hold = rule.hold
            equal = EqualKey(rule.equal)
            duration = max(0, rule.duration.wholeNanoseconds)
            var writer = ByteWriter()
            writer.put(when.text)
            writer.put(hold.text)
            writer.put(equal.names) { $0.put($1) }
            writer.put(duration)
            digest = SubjectID(digestOf: writer.bytes.span)
        }
    }

    /// What is in force for one inhibition and one tuple of values.
    private struct Window {
        /// Of alerts, closed; empty when `until` lies before `from`.
        var from = EventTime(nanoseconds: .max)
        var until = EventTime(nanoseconds: .min)
        var openIncidents: Int32 = 0
        /// Index of its inhibition.
        var rule: Int32 = 0
    }

    private let rules: [Rule]
    private let key: HashKey
    private var windowTable = SlotTable(limit: tableLimit)
    private var windows: [Window] = []
    private var incidentTable = SlotTable(limit: tableLimit)
    /// By slot of an incident: the slot of its window.
    private var incidentWindows: [Int32] = []
    private var hand = 0
    private var watermark = EventTime(nanoseconds: .min)
    public private(set) var counters = Counters()

    public init(_ settings: InhibitSettings, key: HashKey) {
        self.key = key
        rules = settings.rules.map { Rule($0) }
    }

    public var isEmpty: Bool { rules.isEmpty }

    /// The condition (`when`) of the first inhibition that holds the alert, which counts it; nil: none does.
    public mutating func inhibitor(of context: borrowing AlertContext) -> String? {
        guard windowTable.count > 0 else { return nil }
        for index in rules.indices where rules[index].hold.matches(context.facts) {
            var hasher = hasher(of: index)
            guard rules[index].equal.combine(context.facts, into: &hasher),
                let slot = windowTable.slot(of: TableKey(hasher.finalize())),
                isInForce(windows[slot], at: context.time),
                !rules[index].when.matches(context.facts)
            else { continue }
            counters.inhibited += 1
            return rules[index].when.text
        }
        return nil
    }

    private func isInForce(_ window: Window, at time: EventTime) -> Bool {
        window.openIncidents > 0 || (window.from <= time && time <= window.until)
    }

    /// An alert that is no transport duplicate, whatever its fate: it may begin to hold others.
    public mutating func observe(_ context: borrowing AlertContext) {
        for index in rules.indices where rules[index].when.matches(context.facts) {
            var hasher = hasher(of: index)
            guard rules[index].equal.combine(context.facts, into: &hasher) else {
                counters.unkeyed += 1
                continue
            }
            guard let slot = windowSlot(TableKey(hasher.finalize()), index) else { continue }
            let end = context.time.advanced(byNanoseconds: rules[index].duration)
            if windows[slot].until < windows[slot].from || context.time > windows[slot].until {
                windows[slot].from = context.time
                windows[slot].until = end
            } else if end >= windows[slot].from {
                windows[slot].from = min(windows[slot].from, context.time)
                windows[slot].until = max(windows[slot].until, end)
            }
        }
    }

    /// A record that came of a tick, or of an alert that is not at hand.
    public mutating func observe(_ record: EngineRecord) {
        for index in rules.indices {
            guard isNews(record, of: index) else { continue }
            var hasher = hasher(of: index)
            let isKeyed = rules[index].equal.combine(record, into: &hasher)
            begin(record, index, isKeyed ? TableKey(hasher.finalize()) : nil)
        }
    }

    /// A record that the alert under decision brought about: fields that the record does not have are the alert's.
    public mutating func observe(_ record: EngineRecord, causedBy context: borrowing AlertContext) {
        for index in rules.indices {
            guard isNews(record, of: index) else { continue }
            var hasher = hasher(of: index)
            let isKeyed = rules[index].equal.combine(record, causedBy: context.facts, into: &hasher)
            begin(record, index, isKeyed ? TableKey(hasher.finalize()) : nil)
        }
    }

    /// After every entry.
    public mutating func advance(_ moment: EngineMoment) { watermark = max(watermark, moment.watermark) }

    /// Whether a record begins something that is not in force yet; its end is dealt with here.
    private mutating func isNews(_ record: EngineRecord, of rule: Int) -> Bool {
        let slot = incidentTable.slot(of: incidentKey(record.subject, rule))
        guard record.state != .close else {
            if let slot { end(slot) }
            return false
        }
        return slot == nil && rules[rule].when.matches(record)
    }

    private mutating func begin(_ record: EngineRecord, _ rule: Int, _ window: TableKey?) {
        guard let window else {
            counters.unkeyed += 1
            return
        }
        guard !incidentTable.isFull else {
            counters.untracked += 1
            return
        }
        guard let windowSlot = windowSlot(window, rule),
            let slot = incidentTable.insert(incidentKey(record.subject, rule))
        else { return }
        windows[windowSlot].openIncidents += 1
        if slot == incidentWindows.count {
            incidentWindows.append(Int32(windowSlot))
        } else {
            incidentWindows[slot] = Int32(windowSlot)
        }
    }

    private mutating func end(_ incident: Int) {
        let slot = Int(incidentWindows[incident])
        windows[slot].openIncidents -= 1
        incidentTable.remove(incident)
        if windows[slot].openIncidents == 0, windows[slot].until < windows[slot].from { windowTable.remove(slot) }
    }

    private func hasher(of rule: Int) -> KeyedHasher {
        var hasher = KeyedHasher(key: key)
        hasher.combine(rules[rule].digest.high)
        hasher.combine(rules[rule].digest.low)
        return hasher
    }

    private func incidentKey(_ subject: SubjectID, _ rule: Int) -> TableKey {
        var hasher = hasher(of: rule)
        hasher.combine(subject.high)
        hasher.combine(subject.low)
        return TableKey(hasher.finalize())
    }

    /// The window of a key, made when there is none; nil: no room, which is counted.
    private mutating func windowSlot(_ key: TableKey, _ rule: Int) -> Int? {
        if let slot = windowTable.slot(of: key) { return slot }
        if windowTable.isFull { makeRoom() }
        guard let slot = windowTable.insert(key) else {
            counters.untracked += 1
            return nil
        }
        let window = Window(rule: Int32(rule))
        if slot == windows.count { windows.append(window) } else { windows[slot] = window }
        return slot
    }

    /// Takes out a window in which nothing more is expected.
    private mutating func makeRoom() {
        for _ in 0 ..< Self.searchLimit {
            hand = (hand + 1) % windows.count
            if windows[hand].openIncidents == 0, windows[hand].until < watermark {
                windowTable.remove(hand)
                return
            }
        }
    }
}

// Checkpoints.
//
//     hash key 2 × u64 │ counters, hand i64 │ watermark i64 │ digests of the list │ windows │ incidents
extension Inhibitor {
    /// The hash key goes along: the tables' keys are only comparable under the key they were made with.
    public func write(to writer: inout ByteWriter) {
        writer.put(key.low)
        writer.put(key.high)
        for number in [counters.inhibited, counters.unkeyed, counters.untracked, hand] { writer.put(Int64(number)) }
        writer.put(watermark)
        writer.put(rules) { $0.put($1.digest) }
        windowTable.write(to: &writer)
        writer.put(windows) {
            $0.put($1.from)
            $0.put($1.until)
            $0.put($1.openIncidents)
            $0.put($1.rule)
        }
        incidentTable.write(to: &writer)
        writer.put(incidentWindows) { $0.put($1) }
    }

    /// - Parameter settings: of an inhibition that was not in the list in that form, nothing is in force until something
    ///   matches anew; the others go on, wherever the list names them now.
    public init(_ settings: InhibitSettings, key: HashKey, from reader: inout ByteReader) throws(MalformedBytes) {
        self.init(settings, key: HashKey(low: try reader.take(UInt64.self), high: try reader.take(UInt64.self)))
        counters.inhibited = try reader.takeInt()
        counters.unkeyed = try reader.takeInt()
        counters.untracked = try reader.takeInt()
        hand = try reader.takeInt()
        watermark = try reader.takeTime()
        let digests = try reader.takeList { (reader) throws(MalformedBytes) in try reader.takeSubjectID() }
        windowTable = try SlotTable(limit: Self.tableLimit, from: &reader)
        windows = try reader.takeList { (reader) throws(MalformedBytes) in
            Window(
                from: try reader.takeTime(), until: try reader.takeTime(), openIncidents: try reader.take(Int32.self),
                rule: try reader.take(Int32.self))
        }
        incidentTable = try SlotTable(limit: Self.tableLimit, from: &reader)
        incidentWindows = try reader.takeList { (reader) throws(MalformedBytes) in try reader.take(Int32.self) }
        try checkLinks(ruleCount: digests.count)
        let isSame = digests.count == rules.count && digests.indices.allSatisfy { digests[$0] == rules[$0].digest }
        if !isSame { keep(digests.map { digest in rules.firstIndex { $0.digest == digest } }) }
    }

    /// Takes out what belongs to inhibitions that are gone. `known`: by index before, the index now.
    private mutating func keep(_ known: [Int?]) {
        // A window that is out of the table already may name none of the list.
        let rules = windows.map { known.indices.contains(Int($0.rule)) ? known[Int($0.rule)] : nil }
        for incident in incidentWindows.indices where rules[Int(incidentWindows[incident])] == nil {
            incidentTable.remove(incident)
        }
        for slot in windows.indices {
            if let rule = rules[slot] {
                windows[slot].rule = Int32(rule)
            } else {
                windowTable.remove(slot)
                windows[slot] = Window()
            }
        }
    }

    private func checkLinks(ruleCount: Int) throws(MalformedBytes) {
        guard windows.count == windowTable.slotCount, incidentWindows.count == incidentTable.slotCount, hand >= 0,
            hand < max(1, windows.count), ruleCount <= InhibitSettings.Limit.rules,
            windows.allSatisfy({ $0.openIncidents >= 0 && (0 ..< max(1, ruleCount)).contains(Int($0.rule)) }),
            incidentWindows.allSatisfy({ windows.indices.contains(Int($0)) })
        else { throw MalformedBytes() }
        // Every incident that is in the table is one of its window's, or ending it would count below zero.
        let sum = windows.reduce(0) { $0 + Int($1.openIncidents) }
        guard sum == incidentTable.count else { throw MalformedBytes() }
    }
}
