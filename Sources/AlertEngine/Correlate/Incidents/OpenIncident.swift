// SPDX-License-Identifier: Apache-2.0
import AlertModel
import SigmaRules

/// An incident between its OPEN and its CLOSE.
struct OpenIncident: Sendable {
    var id: SubjectID
    /// Index of its rule.
    var rule: Int
    var key: Fingerprint
    var fields: [KeyField]
    /// The satisfying times, by which incidents are told apart (`Firing`).
    var from: EventTime
    var until: EventTime
    var first: EventTime
    var last: EventTime
    var value: Double
    /// In order of time: at most the first 8 and the last 8.
    var firstAlerts: [Contribution] = []
    var lastAlerts: [Contribution] = []
    var tactics: Tactics
    /// The most severe of its alerts.
    var priority: Priority
    var revision = 0
    /// The value at the last record: an update comes at ten times it.
    var shownValue: Double
    /// Of the last record.
    var shownAt: EventTime
    var hasChanged = false
    /// The orders of its timers: to close, and to say that it changed (`none`: not waited for).
    var closeOrder = OpenIncident.none
    var updateOrder = OpenIncident.none
    var isApproximate = false
    var mayBeUndercounted = false
    var hasGap = false
    /// Order of opening; unique.
    var number: UInt64
    /// The next open incident of the same group.
    var nextOfGroup: Int32 = -1
    /// Its neighbours in order of opening.
    var older: Int32 = -1
    var newer: Int32 = -1

    static let none = UInt64.max
    static let half = 8

    /// What an incident takes of the memory budget; its texts on top.
    static let byteCount = 640

    mutating func take(_ contributions: some Collection<Contribution>) {
        for contribution in contributions { take(contribution) }
    }

    private mutating func take(_ contribution: Contribution) {
        Self.insert(contribution, into: &firstAlerts)
        if firstAlerts.count > Self.half { firstAlerts.removeLast() }
        Self.insert(contribution, into: &lastAlerts)
        if lastAlerts.count > Self.half { lastAlerts.removeFirst() }
    }

    private static func insert(_ contribution: Contribution, into list: inout [Contribution]) {
        var place = list.count
        while place > 0, list[place - 1].follows(contribution) { place -= 1 }
        if place > 0, list[place - 1] == contribution { return }
        list.insert(contribution, at: place)
    }

    /// The first 8 and the last 8, each once.
    var alerts: [Contribution] {
        guard let latest = firstAlerts.last else { return lastAlerts }
        return firstAlerts + lastAlerts.filter { $0.follows(latest) }
    }

    /// What a firing came to that joined.
    struct Joined {
        /// More severe than any before.
        let isWorse: Bool
        let isTenfold: Bool
        /// No timer tells that it changed.
        let isUnwatched: Bool
    }

    var isTenfold: Bool { shownValue > 0 && value >= shownValue * 10 }

    mutating func join(
        _ firing: Firing, _ alerts: ArraySlice<Contribution>, _ priority: Priority
    ) -> Joined {
        let isWorse = priority > self.priority
        if isWorse { self.priority = priority }
        join(firing)
        take(alerts)
        return Joined(isWorse: isWorse, isTenfold: isTenfold, isUnwatched: updateOrder == Self.none)
    }

    /// Takes over another firing of the same incident.
    mutating func join(_ firing: Firing) {
        from = min(from, firing.from)
        until = max(until, firing.until)
        first = min(first, firing.first)
        last = max(last, firing.last)
        value = firing.adds ? value + firing.value : max(value, firing.value)
        tactics.formUnion(firing.tactics)
        isApproximate = isApproximate || firing.isApproximate
        mayBeUndercounted = mayBeUndercounted || firing.mayBeUndercounted
        hasChanged = true
    }

    /// Takes over a later incident that turned out to be part of this one.
    mutating func absorb(_ other: OpenIncident, adds: Bool) {
        from = min(from, other.from)
        until = max(until, other.until)
        first = min(first, other.first)
        last = max(last, other.last)
        value = adds ? value + other.value : max(value, other.value)
        tactics.formUnion(other.tactics)
        priority = max(priority, other.priority)
        isApproximate = isApproximate || other.isApproximate
        mayBeUndercounted = mayBeUndercounted || other.mayBeUndercounted
        hasGap = hasGap || other.hasGap
        take(other.firstAlerts)
        take(other.lastAlerts)
        hasChanged = true
    }
}

extension Contribution {
    func follows(_ other: Contribution) -> Bool {
        (time, reference.packed) > (other.time, other.reference.packed)
    }
}
