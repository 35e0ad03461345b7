// SPDX-License-Identifier: Apache-2.0
import AlertEngine
import AlertModel

/// Deduplication straight from semantics.md, section 2, by lists and dictionaries of strings: slow, and different code.
struct Oracle {
    struct Member {
        let time: Int64
        let priority: Priority
        let variant: String
        let place: Int64
    }

    final class Group {
        let key: String
        var members: [Member] = []
        /// Openers of groups that were merged into this one and what they say about passing.
        var passed = 0
        /// Variant to whether its first alert left.
        var variants: [String: Bool] = [:]
        var clock: Int64
        let openClock: Int64
        let opener: Int64
        var decades: Set<Int> = []

        init(key: String, clock: Int64, opener: Int64) {
            self.key = key
            self.clock = clock
            openClock = clock
            self.opener = opener
        }

        var first: Int64 { members.map(\.time).min() ?? 0 }
        var last: Int64 { members.map(\.time).max() ?? 0 }
        var suppressed: Int { members.count - passed }
        var worst: Priority { members.map(\.priority).max() ?? .debug }
    }

    struct Close: Equatable {
        var total: Int
        var suppressed: Int
        var variants: Int
        var first: Int64
        var last: Int64
        var byPriority: [Int]
        var opener: Int64
    }

    let quiet: Int64
    let maxOpen: Int64
    let limit: Int
    var open: [Group] = []
    var watermark: Int64 = .min
    var closes: [Close] = []
    var decadeTotals: [Int] = []
    var first = 0
    var repeated = 0

    mutating func admit(_ alert: SampleAlert, place: Int64) -> String {
        let time = alert.eventTime.nanoseconds
        let clock = max(time, watermark)
        let key = Self.key(of: alert)
        let variant = Self.variant(of: alert)
        let member = Member(time: time, priority: alert.priority, variant: variant, place: place)
        let near = open.filter {
            $0.key == key && $0.first - time <= quiet && time - $0.last <= quiet
                && max($0.last, time) - min($0.first, time) <= maxOpen
        }
        guard let group = near.min(by: { $0.first < $1.first }) else {
            let group = Group(key: key, clock: clock, opener: place)
            group.members = [member]
            group.passed = 1
            group.variants[variant] = true
            open.append(group)
            bridge(group)
            return "first"
        }
        let severe = alert.priority >= .critical
        let leftSoFar = group.variants.values.filter { $0 }.count
        var word = "repeated"
        if let left = group.variants[variant] {
            if !left, severe { word = "variant" }
        } else if leftSoFar < limit || severe {
            word = "variant"
        }
        if word == "repeated", alert.priority > group.worst { word = "breakthrough" }
        group.variants[variant] = (group.variants[variant] ?? false) || word == "variant"
        group.members.append(member)
        group.clock = max(group.clock, clock)
        if word != "repeated" { group.passed += 1 }
        if [10, 100, 1_000].contains(group.members.count), group.suppressed > 0 {
            decadeTotals.append(group.members.count)
        }
        bridge(group)
        return word
    }

    /// Joins groups of one key that have grown together.
    private mutating func bridge(_ group: Group) {
        var again = true
        while again {
            again = false
            let same = open.filter { $0.key == group.key }.sorted { $0.first < $1.first }
            for (earlier, later) in zip(same, same.dropFirst())
            where later.first - earlier.last <= quiet && max(later.last, earlier.last) - earlier.first <= maxOpen {
                earlier.members += later.members
                earlier.passed += later.passed
                earlier.clock = max(earlier.clock, later.clock)
                earlier.variants.merge(later.variants) { $0 || $1 }
                open.removeAll { $0 === later }
                again = true
                break
            }
        }
    }

    mutating func advance(to watermark: Int64) {
        guard watermark > self.watermark else { return }
        self.watermark = watermark
        let due = open.filter { end(of: $0) <= watermark }
        for group in due.sorted(by: { (end(of: $0), $0.opener) < (end(of: $1), $1.opener) }) where group.suppressed > 0
        {
            var counts = [Int](repeating: 0, count: 8)
            for member in group.members { counts[Int(member.priority.rawValue)] += 1 }
            closes.append(
                Close(
                    total: group.members.count, suppressed: group.suppressed, variants: group.variants.count,
                    first: group.first, last: group.last, byPriority: counts, opener: group.opener))
        }
        open = open.filter { end(of: $0) > watermark }
    }

    private func end(of group: Group) -> Int64 { min(group.clock + quiet, group.openClock + maxOpen) }

    static func key(of alert: SampleAlert) -> String {
        func value(_ name: String) -> String? {
            alert.fields[name].flatMap { ["", "<NA>"].contains($0) ? nil : "=" + $0 }
        }
        let container = value("container.id")
        let scope = container == nil || container == "=host" ? "host@" + alert.hostname : container
        let object =
            value("fd.sip").map { "\(value("fd.l4proto") ?? "-")\($0)\(value("fd.sport") ?? "-")" }
            ?? value("fd.name") ?? value("evt.type")
        let parts: [String?] = [
            alert.rule, alert.source, scope, value("k8s.ns.name"), value("k8s.pod.name"),
            value("user.uid") ?? value("user.name"), value("proc.exepath") ?? value("proc.name"), value("proc.pname"),
            object,
        ]
        return parts.map { $0 ?? "(null)" }.joined(separator: "\u{0}")
    }

    static func variant(of alert: SampleAlert) -> String {
        let masked = (alert.command ?? "(null)").replacing(/[0-9a-fA-F]{8,}/, with: "*").replacing(
            /[0-9]{5,}/, with: "*")
        let file = alert.fields["fd.sip"] == nil ? alert.fields["fd.name"] ?? "" : ""
        let ancestors = alert.fields.filter { $0.key.hasPrefix("proc.aname") }.sorted { $0.key < $1.key }
        return "\(masked)\u{0}\(file)\u{0}\(ancestors.map { $0.key + $0.value })"
    }
}

/// SplitMix64 (Steele, Lea, Flood, 2014).
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }

    mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0 ..< 100, using: &self) < percent }
}
