// SPDX-License-Identifier: Apache-2.0
import AlertModel
import SigmaRules

/// What the incidents of one rule need of it.
struct IncidentRule: Sendable {
    var rule: CorrelationRule
    /// Satisfying times at most this far apart belong to one incident; it closes when they are further behind.
    var hold: Int64
    /// How far the rule's watermark stands behind the engine's: it waits for the verdicts of rules it refers to.
    var lag: Int64
    var tactics: Tactics

    init(_ rule: CorrelationRule, lag: Int64) {
        self.rule = rule
        self.lag = lag
        hold = Self.hold(of: rule)
        tactics = rule.tags.reduce(into: Tactics()) { $0.formUnion(Tactics(tag: $1)) }
    }

    static func hold(of rule: CorrelationRule) -> Int64 {
        if case .session(let gap) = rule.window { gap.wholeNanoseconds } else { rule.timespan.wholeNanoseconds }
    }
}

/// What fired, and where its texts come from.
struct FiredFacts: Sendable {
    /// The key with its names: rendered only when an incident opens.
    var fields: [KeyField] = []
    var priority: Priority
    /// The alert under decision; nil for a verdict.
    var alert: AlertReference?
}

/// One incident per rule and group while the condition holds (semantics.md, 3: Incidents).
///
/// OPEN at once; UPDATE on tenfold growth, on a more severe alert than any before, or every `updateEvery` if changed;
/// CLOSE when the watermark passes the last satisfying time + `hold`.
struct IncidentTable: Sendable {
    struct OpenGroup: CorrelationGroup {
        var key: Fingerprint
        var next = UInt32.max
        /// Its first open incident.
        var head: Int32
    }

    private(set) var rules: [IncidentRule]
    // Of the rules, for the hot path: a rule is a large value, and reading one field of it must not copy it.
    private let holds: [Int64]
    private let emits: [EmitMode]
    let settings: CorrelateSettings
    var incidents: [OpenIncident?] = []
    /// By place: the id, without what else the incident holds.
    private(set) var ids: [SubjectID] = []
    var free: [UInt32] = []
    var groups: [GroupTable<OpenGroup>]
    var closes = TimerQueue()
    var updates = TimerQueue()
    var gaps = GapMemory()
    /// Open incidents held against gaps one by one, ever: what gaps have cost.
    private(set) var gapLooks = 0
    /// In order of opening. Empty but between a change of rules and the `advance` after it.
    var orphans: [Orphan] = []
    var nextNumber: UInt64 = 0
    private(set) var openCount = 0
    // Open incidents in order of opening.
    private var oldest: Int32 = -1
    private var newest: Int32 = -1
    var textBytes = 0
    var counters = IncidentCounters()
    /// Records are caused by the alert under decision and leave right behind it; otherwise by the passing of time.
    var followsAlert = true

    init(_ rules: [IncidentRule], _ settings: CorrelateSettings) {
        self.rules = rules
        holds = rules.map(\.hold)
        emits = rules.map(\.rule.emit)
        self.settings = settings
        groups = rules.map { _ in GroupTable<OpenGroup>() }
    }

    var byteCount: Int { openCount * OpenIncident.byteCount + textBytes }
    private var limitBytes: Int { settings.memoryBytes / 2 }

    /// The open incident of a group that a firing belongs to; nil when it opens one.
    func incident(for firing: Firing, of rule: Int) -> UInt32? {
        guard emits[rule] != .reset else { return nil }
        let group = groups[rule].find(firing.key)
        guard group != GroupTable<OpenGroup>.none else { return nil }
        var best: (slot: UInt32, from: EventTime)?
        var slot = groups[rule][group].head
        while slot >= 0 {
            // Fields are read one by one: a copy of an incident would count references for each alert.
            guard let from = incidents[Int(slot)]?.from, let until = incidents[Int(slot)]?.until else { break }
            if touches(from, until, firing, holds[rule]), best.map({ from < $0.from }) ?? true {
                best = (UInt32(slot), from)
            }
            slot = incidents[Int(slot)]?.nextOfGroup ?? -1
        }
        return best?.slot
    }

    private func touches(_ from: EventTime, _ until: EventTime, _ firing: Firing, _ hold: Int64) -> Bool {
        firing.from.nanoseconds.subtractingClamped(until.nanoseconds) <= hold
            && from.nanoseconds.subtractingClamped(firing.until.nanoseconds) <= hold
    }

    // MARK: - What fires

    /// Opens an incident. Its fields must be rendered.
    mutating func open(
        _ firing: Firing, _ alerts: ArraySlice<Contribution>, of rule: Int, _ facts: consuming FiredFacts,
        _ moment: EngineMoment, _ outbox: inout Outbox
    ) -> UInt32 {
        // Half of the memory at most, or a flood of incidents would push out what all rules know.
        while openCount > 0, openCount >= settings.incidentLimit || byteCount + OpenIncident.byteCount > limitBytes {
            closeOldest(&outbox)
        }
        let source = rules[rule]
        var incident = OpenIncident(
            id: Self.id(source.rule, facts.fields, first: firing.first), rule: rule, key: firing.key,
            fields: facts.fields, from: firing.from, until: firing.until, first: firing.first, last: firing.last,
            value: firing.value, tactics: firing.tactics.union(source.tactics), priority: facts.priority,
            shownValue: firing.value, shownAt: moment.now, number: nextNumber)
        nextNumber += 1
        incident.isApproximate = firing.isApproximate
        incident.mayBeUndercounted = firing.mayBeUndercounted
        incident.take(alerts)
        incident.hasGap = gaps.touches(incident, hold: source.hold)
        counters.opened += 1
        let slot = place(incident)
        show(slot, .open, firing: source.rule.emit == .once ? nil : facts.alert, moment, &outbox)
        return slot
    }

    /// Adds a firing to an open incident, and every other open incident that it bridges.
    mutating func join(
        _ slot: UInt32, of rule: Int, _ firing: Firing, _ alerts: ArraySlice<Contribution>, _ facts: FiredFacts,
        _ moment: EngineMoment, _ outbox: inout Outbox
    ) {
        // In place, in one go: whatever asks about an optional incident copies it, and counts references.
        guard let step = incidents[Int(slot)]?.join(firing, alerts, facts.priority) else { return }
        var isTenfold = step.isTenfold
        let group = groups[rule].find(firing.key)
        if group != GroupTable<OpenGroup>.none,
            incidents[Int(groups[rule][group].head)]?.nextOfGroup ?? -1 >= 0
        {
            bridge(slot, firing, moment, &outbox)
            isTenfold = incidents[Int(slot)]?.isTenfold ?? false
        }
        if emits[rule] == .every, let alert = facts.alert {
            show(slot, .update, firing: alert, moment, &outbox)
        } else if step.isWorse || isTenfold {
            show(slot, .update, firing: nil, moment, &outbox)
        } else if step.isUnwatched {
            waitForUpdate(slot)
        }
    }

    private mutating func bridge(
        _ slot: UInt32, _ firing: Firing, _ moment: EngineMoment, _ outbox: inout Outbox
    ) {
        guard let kept = incidents[Int(slot)] else { return }
        let group = groups[kept.rule].find(kept.key)
        var later: [(slot: UInt32, from: EventTime, number: UInt64)] = []
        var next = groups[kept.rule][group].head
        while next >= 0, let other = incidents[Int(next)] {
            if UInt32(next) != slot, touches(other.from, other.until, firing, rules[kept.rule].hold) {
                later.append((UInt32(next), other.from, other.number))
            }
            next = other.nextOfGroup
        }
        for other in later.sorted(by: { ($0.from, $0.number) < ($1.from, $1.number) }) {
            guard let absorbed = incidents[Int(other.slot)] else { continue }
            show(other.slot, .close, firing: nil, mergedInto: kept.id, moment, &outbox)
            counters.merged += 1
            remove(other.slot)
            incidents[Int(slot)]?.absorb(absorbed, adds: firing.adds)
        }
    }

    private mutating func waitForUpdate(_ slot: UInt32) {
        guard incidents[Int(slot)]?.updateOrder == OpenIncident.none, let shownAt = incidents[Int(slot)]?.shownAt
        else { return }
        let due = shownAt.advanced(by: settings.updateEvery)
        incidents[Int(slot)]?.updateOrder = updates.set(due.nanoseconds, slot)
    }

    // MARK: - Time

    /// Incidents that a change of rules left behind, then updates that are due, then incidents whose time has passed; each in order of when it was due.
    mutating func advance(_ moment: EngineMoment, _ outbox: inout Outbox) {
        for index in orphans.indices { orphans[index].close(&outbox) }
        counters.closed += orphans.count
        orphans = []
        if gaps.takeSweep(at: moment.now) { markGaps() }
        while let timer = updates.popDue(before: moment.now.nanoseconds.addingClamped(1)) {
            guard let incident = open(timer), incident.updateOrder == timer.order else { continue }
            incidents[Int(timer.slot)]?.updateOrder = OpenIncident.none
            guard incident.hasChanged else { continue }
            if incident.shownAt.advanced(by: settings.updateEvery) > moment.now {
                waitForUpdate(timer.slot)
            } else {
                show(timer.slot, .update, firing: nil, moment, &outbox)
            }
        }
        while let timer = closes.popDue(before: moment.watermark.nanoseconds) {
            guard let incident = open(timer), incident.closeOrder == timer.order else { continue }
            let due = closeTime(incident)
            if due < moment.watermark.nanoseconds {
                close(timer.slot, moment, &outbox)
            } else {
                incidents[Int(timer.slot)]?.closeOrder = closes.set(due, timer.slot)
            }
        }
    }

    private func open(_ timer: TimerQueue.Timer) -> OpenIncident? {
        Int(timer.slot) < incidents.count ? incidents[Int(timer.slot)] : nil
    }

    private func closeTime(_ incident: OpenIncident) -> Int64 {
        incident.until.nanoseconds.addingClamped(rules[incident.rule].hold).addingClamped(rules[incident.rule].lag)
    }

    private mutating func close(_ slot: UInt32, _ moment: EngineMoment, _ outbox: inout Outbox) {
        show(slot, .close, firing: nil, moment, &outbox)
        counters.closed += 1
        remove(slot)
    }

    private mutating func closeOldest(_ outbox: inout Outbox) {
        guard oldest >= 0 else { return }
        let slot = UInt32(oldest)
        incidents[Int(slot)]?.mayBeUndercounted = true
        counters.closedAtLimit += 1
        show(slot, .close, firing: nil, nil, &outbox)
        remove(slot)
    }

    /// A gap marks the incidents whose time it falls into, open ones and those that will open with alerts from that time.
    mutating func observe(_ gap: Gap) { gaps.add(gap) }

    /// Open incidents that gaps have touched since the last time: that is a change, of which an update tells.
    private mutating func markGaps() {
        for slot in incidents.indices {
            guard let incident = incidents[slot], !incident.hasGap else { continue }
            gapLooks += 1
            guard gaps.touches(incident, hold: rules[incident.rule].hold) else { continue }
            incidents[slot]?.hasGap = true
            incidents[slot]?.hasChanged = true
            waitForUpdate(UInt32(slot))
        }
    }

    // MARK: - Slots

    mutating func place(_ incident: OpenIncident) -> UInt32 {
        var incident = incident
        let slot = free.popLast() ?? UInt32(incidents.count)
        if slot == incidents.count { incidents.append(nil) }
        while ids.count <= Int(slot) { ids.append(incident.id) }
        ids[Int(slot)] = incident.id
        link(&incident, Int(slot))
        incident.closeOrder = closes.set(closeTime(incident), slot)
        openCount += 1
        textBytes += Self.textBytes(incident)
        incidents[Int(slot)] = incident
        return slot
    }

    private mutating func remove(_ slot: UInt32) {
        guard let incident = incidents[Int(slot)] else { return }
        incidents[Int(slot)] = nil
        free.append(slot)
        if incident.older >= 0 {
            incidents[Int(incident.older)]?.newer = incident.newer
        } else {
            oldest = incident.newer
        }
        if incident.newer >= 0 {
            incidents[Int(incident.newer)]?.older = incident.older
        } else {
            newest = incident.older
        }
        openCount -= 1
        textBytes -= Self.textBytes(incident)
        let group = groups[incident.rule].find(incident.key)
        guard group != GroupTable<OpenGroup>.none else { return }
        if groups[incident.rule][group].head == Int32(slot) {
            groups[incident.rule][group].head = incident.nextOfGroup
        } else {
            var before = groups[incident.rule][group].head
            while before >= 0, let other = incidents[Int(before)], other.nextOfGroup != Int32(slot) {
                before = other.nextOfGroup
            }
            if before >= 0 { incidents[Int(before)]?.nextOfGroup = incident.nextOfGroup }
        }
        if groups[incident.rule][group].head < 0 { groups[incident.rule].remove(group) }
    }

    /// Links the open incidents of each group anew, the latest first, and counts them.
    mutating func relink() throws(MalformedBytes) {
        groups = rules.map { _ in GroupTable<OpenGroup>() }
        (openCount, textBytes, oldest, newest) = (0, 0, -1, -1)
        let slots = incidents.indices.filter { incidents[$0] != nil }
        for slot in slots.sorted(by: { (incidents[$0]?.number ?? 0) < (incidents[$1]?.number ?? 0) }) {
            guard var incident = incidents[slot] else { continue }
            guard incident.rule < rules.count else { throw MalformedBytes() }
            while ids.count <= slot { ids.append(incident.id) }
            ids[slot] = incident.id
            link(&incident, slot)
            openCount += 1
            textBytes += Self.textBytes(incident)
            incidents[slot] = incident
        }
    }

    private mutating func link(_ incident: inout OpenIncident, _ slot: Int) {
        incident.older = newest
        incident.newer = -1
        if newest >= 0 { incidents[Int(newest)]?.newer = Int32(slot) } else { oldest = Int32(slot) }
        newest = Int32(slot)
        let group = groups[incident.rule].find(incident.key)
        if group == GroupTable<OpenGroup>.none {
            incident.nextOfGroup = -1
            _ = groups[incident.rule].insert(OpenGroup(key: incident.key, head: Int32(slot)), nil)
        } else {
            incident.nextOfGroup = groups[incident.rule][group].head
            groups[incident.rule][group].head = Int32(slot)
        }
    }

    static func textBytes(_ incident: OpenIncident) -> Int {
        incident.fields.reduce(0) {
            if case .text(let text) = $1.value { $0 + text.utf8.count + 64 } else { $0 + 64 }
        }
    }
}

/// What happened to incidents.
public struct IncidentCounters: Hashable, Sendable {
    public var opened = 0
    public var closed = 0
    /// Closed as part of another one.
    public var merged = 0
    /// Closed early, because `incidentLimit` were open.
    public var closedAtLimit = 0
    /// Late alerts that belong to an incident which closed before.
    public var lateForClosed = 0

    public init() {}
}
