// SPDX-License-Identifier: Apache-2.0
import AlertModel
import SigmaRules

/// The lists of facts that rules read as keys and as tuples of values, each list once, with what the alert under decision
/// has for them: rules that group alike share one hash.
///
/// What it gives is what `KeyedHasher.combine(fact:of:)` gives for the facts of a list, one after the other. Flat tables:
/// reading an alert counts no references.
struct FactLists: Sendable {
    /// What an alert has for a list.
    struct Reading: Sendable {
        var hash = Fingerprint(low: 0, high: 0)
        var isRead = false
        var hasNull = false
        var isAllNull = false
    }

    private enum Kind: UInt8, Sendable {
        case rule, priority, source, hostname, output, tags, container, field, named
    }

    private struct Fact: Sendable {
        let kind: Kind
        let id: UInt16
        /// Of `names`.
        let name: Int32
    }

    private var lists: [[FactName]] = []
    private var facts: [Fact] = []
    private var ranges: [Range<Int>] = []
    private var names: [FieldName] = []
    /// By list: of the alert under decision, then of the alerts that `AlertMemory` remembers, a run each.
    private var readings: [Reading] = []
    /// Keeps what `touch` reads from being left out.
    private var touched: UInt64 = 0
    /// The run of the alert under decision.
    private var run = 0
    /// No list holds what no two alerts share.
    private(set) var isMemorable = true

    /// The number of a list, which is added when it is new.
    mutating func number(of list: [FactName]) -> Int {
        if let known = lists.firstIndex(of: list) { return known }
        lists.append(list)
        let first = facts.count
        for name in list { facts.append(fact(name)) }
        ranges.append(first ..< facts.count)
        readings.append(Reading())
        if list.contains(.output) { isMemorable = false }
        return lists.count - 1
    }

    var count: Int { lists.count }

    /// Room for what is remembered of so many alerts.
    mutating func reserve(_ places: Int) {
        readings = [Reading](repeating: Reading(), count: lists.count * (places + 1))
    }

    /// Whether a list reads a field of Falco's list, by its number.
    func reads(_ id: UInt16) -> Bool { facts.contains { $0.id == id } }

    private mutating func fact(_ name: FactName) -> Fact {
        switch name {
        case .rule: return Fact(kind: .rule, id: 0, name: -1)
        case .priority: return Fact(kind: .priority, id: 0, name: -1)
        case .source: return Fact(kind: .source, id: 0, name: -1)
        case .hostname: return Fact(kind: .hostname, id: 0, name: -1)
        case .output: return Fact(kind: .output, id: 0, name: -1)
        case .tags: return Fact(kind: .tags, id: 0, name: -1)
        case .field(let field):
            names.append(field)
            let kind: Kind = field.id == 0 ? .named : field.id == KnownField.containerID.id ? .container : .field
            return Fact(kind: kind, id: field.id, name: Int32(names.count - 1))
        }
    }

    /// Reads what is remembered at these places, so that it is at hand when it is asked for.
    mutating func touch(_ places: [Int32]) {
        guard !lists.isEmpty else { return }
        for place in places where place >= 0 {
            let first = (Int(place) + 1) * lists.count
            touched ^= readings[first].hash.low ^ readings[first + lists.count - 1].hash.low
        }
    }

    /// What comes is another alert: one that is remembered at `place`, or -1. `isNew`: what is there is of another.
    mutating func next(_ place: Int, isNew: Bool) {
        run = (place + 1) * lists.count
        guard place < 0 || isNew else { return }
        for list in lists.indices { readings[run + list].isRead = false }
    }

    /// What the alert under decision has for a list.
    mutating func read(_ list: Int, _ facts: borrowing AlertFacts, _ secret: HashKey) -> Reading {
        if readings[run + list].isRead { return readings[run + list] }
        var hasher = KeyedHasher(key: secret)
        var reading = Reading(isRead: true, isAllNull: true)
        for index in ranges[list] {
            if combine(index, facts, into: &hasher) { reading.isAllNull = false } else { reading.hasNull = true }
        }
        reading.hash = hasher.finalize()
        readings[run + list] = reading
        return reading
    }

    private func combine(_ index: Int, _ facts: borrowing AlertFacts, into hasher: inout KeyedHasher) -> Bool {
        let fact = self.facts[index]
        switch fact.kind {
        case .rule: return hasher.combine(keyText: facts.alert.rule)
        case .priority: return hasher.combine(priority: facts.alert.priority)
        case .source: return hasher.combine(keyText: facts.alert.source)
        case .hostname: return hasher.combine(keyText: facts.alert.hostname)
        case .output: return hasher.combine(keyText: facts.alert.output)
        case .tags: return hasher.combine(tagsOf: facts.alert)
        case .container:
            guard let value = facts.value(id: fact.id) else { return hasher.combineNull() }
            if value.text.equals("host") { return hasher.combine(hostNamed: facts.alert.hostname) }
            return hasher.combine(value)
        case .field:
            guard let value = facts.value(id: fact.id) else { return hasher.combineNull() }
            return hasher.combine(value)
        case .named:
            guard let value = facts.value(names[Int(fact.name)]) else { return hasher.combineNull() }
            return hasher.combine(value)
        }
    }
}
