// SPDX-License-Identifier: Apache-2.0
public import AlertModel
public import SigmaRules

/// Runs the correlation rules: counts, orders and compares alerts over time, and tells when a rule's condition holds
/// (semantics.md, 3).
///
/// Sees every alert that is no transport duplicate. For each alert only the rules are touched that look at a detection
/// it matched. Pure and single-threaded; memory is bounded by `CorrelateSettings.memoryBytes`, and what it has to forget
/// is counted by rule and reason. No allocation per alert in steady state; an incident that opens allocates.
public struct Correlator: Sendable {
    let rules: [CorrelationRule]
    let settings: CorrelateSettings
    let order: CorrelationOrder
    let plans: [KeyPlan]
    let values: [ValuePlan]
    let keepsKeys: [Bool]
    private let emits: [EmitMode]
    private let makesIncidents: [Bool]
    var secret: HashKey
    var states: RuleStates
    var incidents: IncidentTable
    var moment = EngineMoment(watermark: EventTime(nanoseconds: .min), now: EventTime(nanoseconds: .min))
    var memory = CorrelateMemory()
    /// By rule.
    public internal(set) var ruleCounters: [CorrelationCounters]
    // Kept to be used again.
    private var touched: [Int] = []
    private var bits: [UInt64]
    private var buffer = FiringBuffer()
    private var keyBytes = KeyBytes()
    var reading: RuleReading

    /// Titles of the rules whose state a checkpoint had, and which are gone or say something else now.
    public internal(set) var droppedRules: [String] = []

    /// `key` places entries in tables and changes no output.
    public init(_ rules: [CorrelationRule], _ settings: CorrelateSettings, key secret: HashKey) {
        self.rules = rules
        self.settings = settings
        self.secret = secret
        let order = CorrelationOrder(rules)
        self.order = order
        plans = rules.map { KeyPlan($0) }
        values = rules.map { ValuePlan($0) }
        let forgottenBytes = RuleStates.forgottenBytes(rules, settings.memoryBytes)
        states = RuleStates(
            rules, StateLimits(timesPerGroup: settings.timesPerGroup, forgottenBytes: forgottenBytes))
        emits = rules.map(\.emit)
        makesIncidents = rules.map(\.makesIncidents)
        keepsKeys = rules.map { RuleStates.keepsKeys($0) }
        reading = RuleReading(plans, values, keepsKeys: keepsKeys, order)
        incidents = IncidentTable(rules.indices.map { IncidentRule(rules[$0], lag: order.lags[$0]) }, settings)
        ruleCounters = rules.map { _ in CorrelationCounters() }
        bits = rules.map { _ in 0 }
    }

    /// Why these rules cannot run together; the loader refuses them.
    public static func problem(in rules: [CorrelationRule]) -> CorrelationProblem? { CorrelationOrder(rules).problem }

    public var incidentCounters: IncidentCounters { incidents.counters }
    public var openIncidents: Int { incidents.openCount }
    /// What groups and open incidents take, in bytes.
    public var byteCount: Int { memory.used + incidents.byteCount }
    public func groupCount(ofRule index: Int) -> Int { states.groupCount(index) }

    // MARK: - Alerts

    /// Takes an alert and the detections that it matches. True when at least one rule could not place it: it came too
    /// late for what the rule still holds.
    @discardableResult
    public mutating func observe(
        _ context: borrowing AlertContext, _ matches: borrowing MatchSet, _ outbox: inout Outbox
    ) -> Bool {
        observe(context, matches, Tactics(of: context.facts.alert), memory: -1, isNew: true, &outbox)
    }

    /// The same; `tactics` are those that the alert's tags name, `memory` is its place in `AlertMemory`.
    mutating func observe(
        _ context: borrowing AlertContext, _ matches: borrowing MatchSet, _ tactics: Tactics, memory place: Int,
        isNew: Bool, _ outbox: inout Outbox
    ) -> Bool {
        reading.facts.next(place, isNew: isNew)
        collect(matches)
        guard !touched.isEmpty else { return false }
        incidents.followsAlert = true
        var isUnplaced = false
        for place in touched.indices {
            let rule = touched[place]
            if observe(context, rule, bits[rule], tactics, &outbox) == .unplaced { isUnplaced = true }
            bits[rule] = 0
        }
        touched.removeAll(keepingCapacity: true)
        return isUnplaced
    }

    /// Which rules look at what matched, in order of rules.
    private mutating func collect(_ matches: borrowing MatchSet) {
        for word in matches.words.indices {
            var rest = matches.words[word]
            while rest != 0 {
                let detection = word << 6 + rest.trailingZeroBitCount
                rest &= rest - 1
                guard detection < reading.routesOfDetection.count else { continue }
                for index in reading.routesOfDetection[detection] {
                    let route = reading.routes[index]
                    if bits[route.rule] == 0 { touch(route.rule) }
                    bits[route.rule] |= route.bit
                }
            }
        }
    }

    private mutating func touch(_ rule: Int) {
        // By insertion: they are few.
        touched.append(rule)
        var place = touched.count - 1
        while place > 0, touched[place - 1] > rule {
            touched.swapAt(place - 1, place)
            place -= 1
        }
    }

    private mutating func observe(
        _ context: borrowing AlertContext, _ rule: Int, _ references: UInt64, _ tactics: Tactics,
        _ outbox: inout Outbox
    ) -> Placement {
        ruleCounters[rule].alerts += 1
        let row = reading.rows[rule]
        var placement = Placement.placed
        var earlier: Fingerprint?
        var rest = references
        for place in row.lists {
            var mine = rest & reading.bits[place]
            guard mine != 0 else { continue }
            rest &= ~mine
            guard let key = reading.group(place, row, context.facts, secret) else {
                ruleCounters[rule].nullKeys += 1
                continue
            }
            // Lists that read the same group are one observation: an alert counts once.
            if rest != 0 {
                for other in place + 1 ..< row.lists.upperBound where rest & reading.bits[other] != 0 {
                    if reading.group(other, row, context.facts, secret) == key {
                        mine |= rest & reading.bits[other]
                        rest &= ~reading.bits[other]
                    }
                }
            }
            if earlier == key { continue }
            earlier = key
            let observation = Observation(
                time: context.time, reference: context.reference, references: mine, key: key,
                isLate: context.time < watermark(of: rule), tactics: tactics)
            if observe(context, rule, row, observation, list: place - row.lists.lowerBound, &outbox) == .unplaced {
                placement = .unplaced
            }
            if rest == 0 { break }
        }
        return placement
    }

    /// An alert in one group of a rule.
    private mutating func observe(
        _ context: borrowing AlertContext, _ rule: Int, _ row: RuleReading.Row, _ given: Observation, list: Int,
        _ outbox: inout Outbox
    ) -> Placement {
        var observation = given
        switch row.value {
        case .nothing: break
        case .tuple:
            let tuple = reading.facts.read(row.tuple, context.facts, secret)
            observation.tuple = tuple.isAllNull ? nil : tuple.hash
        case .other:
            guard values[rule].read(context.facts, into: &observation, secret) == .read else {
                ruleCounters[rule].notNumbers += 1
                return .placed
            }
        }
        keyBytes.removeAll()
        if row.keepsKeys, states.wantsKey(rule, observation) { keyBytes.write(context.facts, plans[rule], list: list) }
        buffer.removeAll()
        let placement = states.observe(rule, observation, key: keyBytes.bytes, &buffer)
        if placement == .unplaced { ruleCounters[rule].unplaced += 1 }
        if !buffer.isEmpty {
            var facts = FiredFacts(priority: context.facts.alert.priority, alert: context.reference)
            if opensSomething(buffer, rule) { facts.fields = plans[rule].fields(context.facts, list: list) }
            fired(rule, facts, &outbox)
        }
        account(rule)
        return placement
    }

    func watermark(of rule: Int) -> EventTime { moment.watermark.advanced(byNanoseconds: -order.lags[rule]) }

    private func opensSomething(_ buffer: FiringBuffer, _ rule: Int) -> Bool {
        for index in buffer.firings.indices where incidents.incident(for: buffer.firings[index], of: rule) == nil {
            return true
        }
        return false
    }

    // MARK: - Firings

    /// Turns what stands in the buffer into incidents, and tells rules that refer to this one.
    private mutating func fired(_ rule: Int, _ facts: FiredFacts, _ outbox: inout Outbox) {
        // The buffer is needed again when a chain goes on.
        var mine = FiringBuffer()
        swap(&mine, &buffer)
        for index in mine.firings.indices { fired(rule, index, mine, facts, &outbox) }
        swap(&mine, &buffer)
    }

    private mutating func fired(
        _ rule: Int, _ index: Int, _ mine: borrowing FiringBuffer, _ facts: FiredFacts, _ outbox: inout Outbox
    ) {
        let firing = mine.firings[index]
        ruleCounters[rule].firings += 1
        let contributions = mine.alerts[firing.alerts]
        let isOpen: Bool
        let slot: UInt32
        if let known = incidents.incident(for: firing, of: rule) {
            incidents.join(known, of: rule, firing, contributions, facts, moment, &outbox)
            (slot, isOpen) = (known, true)
        } else if firing.joinsOnly && emits[rule] != .reset {
            incidents.counters.lateForClosed += 1
            return
        } else {
            var facts = facts
            if !firing.keyBytes.isEmpty {
                facts.fields = KeyPlan.fields(canonical: Array(mine.keys[firing.keyBytes]))
            }
            slot = incidents.open(firing, contributions, of: rule, facts, moment, &outbox)
            isOpen = false
        }
        // The id alone: a copy of an incident counts the references of all its lists.
        if facts.alert != nil, makesIncidents[rule] { outbox.link(incidents.ids[Int(slot)]) }
        if emits[rule] == .reset { states.reset(rule, firing.key) }
        if !order.ofCorrelation[rule].isEmpty, !isOpen || emits[rule] == .every {
            chain(rule, slot, firing, contributions.last?.reference, facts, &outbox)
        }
    }

    /// A fired correlation is itself an alert at the time of its last contributing one.
    private mutating func chain(
        _ child: Int, _ slot: UInt32, _ firing: Firing, _ reference: AlertReference?, _ facts: FiredFacts,
        _ outbox: inout Outbox
    ) {
        guard let incident = incidents.incidents[Int(slot)] else { return }
        for index in order.ofCorrelation[child].indices {
            let route = order.ofCorrelation[child][index]
            let rule = route.rule
            ruleCounters[rule].alerts += 1
            guard let list = plans[rule].bitsOfList.firstIndex(where: { $0 & route.bit != 0 }) else { continue }
            guard let key = plans[rule].hash(incident.fields, list: list, secret) else {
                ruleCounters[rule].nullKeys += 1
                continue
            }
            var observation = Observation(
                time: firing.last, reference: reference ?? AlertReference(packed: 0), references: route.bit, key: key,
                isLate: firing.last < watermark(of: rule), tactics: incident.tactics)
            guard values[rule].read(incident.fields, into: &observation, secret) == .read else {
                ruleCounters[rule].notNumbers += 1
                continue
            }
            var next = facts
            next.fields = plans[rule].fields(incident.fields, list: list)
            let bytes = keepsKeys[rule] ? KeyPlan.canonical(next.fields) : []
            buffer.removeAll()
            if states.observe(rule, observation, key: bytes, &buffer) == .unplaced { ruleCounters[rule].unplaced += 1 }
            if !buffer.isEmpty { fired(rule, next, &outbox) }
            account(rule)
        }
    }

    // MARK: - Time

    /// Verdicts of windows that the watermark passed, then updates and ends of incidents. After every entry.
    public mutating func advance(_ moment: EngineMoment, _ outbox: inout Outbox) {
        incidents.followsAlert = false
        let facts = FiredFacts(priority: .debug, alert: nil)
        self.moment = moment
        for rule in order.order {
            buffer.removeAll()
            states.advance(rule, to: watermark(of: rule), &buffer)
            if !buffer.isEmpty { fired(rule, facts, &outbox) }
            account(rule)
        }
        incidents.advance(moment, &outbox)
    }

    /// A gap record: incidents whose time it falls into say so.
    public mutating func observe(_ gap: Gap) { incidents.observe(gap) }
}
