// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// What holds of the outputs of any journal, whatever was decided: numbers without holes, ids that never repeat, no alert
/// lost, summaries that say of every suppressed alert that it was there, an end of everything that began.
struct LawsOfOutputs {
    private let simulation: Simulation
    private var journal: ModelJournal { simulation.journal }

    init(_ simulation: Simulation) { self.simulation = simulation }

    func check() throws(SimulationFailure) {
        try checkNumbers()
        try checkIDs()
        try checkSummaries()
        try checkEnds()
    }

    private func checkNumbers() throws(SimulationFailure) {
        var next: Int64 = 1
        for (index, decision) in journal.decisions.enumerated() {
            guard decision.firstOutput == next else {
                throw simulation.fail("output \(next) is missing before place \(decision.place)")
            }
            next += Int64(decision.outputCount)
            let count = index < journal.entries.count ? journal.entries[index].alertCount : 0
            guard decision.fates.isEmpty || decision.fates.count == count else {
                throw simulation.fail("\(decision.fates.count) fates of \(count) alerts at place \(decision.place)")
            }
            let notes = decision.notes
            guard notes.routes.isEverything || notes.routes.perOutput.count == decision.outputCount else {
                throw simulation.fail("\(notes.routes.perOutput.count) routes of \(decision.outputCount) outputs")
            }
            let positions = notes.records.map(\.position)
            guard positions == positions.sorted(), positions.allSatisfy({ $0 <= count }) else {
                throw simulation.fail("records at \(positions) of \(count) alerts at place \(decision.place)")
            }
        }
    }

    private func checkIDs() throws(SimulationFailure) {
        var ids: Set<SubjectID> = []
        for decision in journal.decisions {
            for placed in decision.notes.records where !ids.insert(placed.record.id).inserted {
                throw simulation.fail("the record \(placed.record) at place \(decision.place) has an id of before")
            }
        }
    }

    /// Incidents and storms open once and close once, whatever configurations came between.
    private func checkEnds() throws(SimulationFailure) {
        var open: [SubjectID: Int] = [:]
        for decision in journal.decisions {
            for placed in decision.notes.records {
                if case .summary = placed.record { continue }
                let subject = placed.record.subject
                switch placed.record.state {
                case .open: open[subject, default: 0] += 1
                case .update, .close:
                    guard open[subject, default: 0] > 0 else {
                        throw simulation.fail("\(placed.record) at place \(decision.place) is not open")
                    }
                    if placed.record.state == .close { open[subject, default: 0] -= 1 }
                }
            }
        }
        let endless = open.filter { $0.value != 0 }
        guard endless.isEmpty else { throw simulation.fail("never closed: \(endless)") }
    }

    /// What the alerts of one fingerprint came to, by their marks and by the summaries.
    private struct Tally {
        var left = 0
        var suppressed = 0
        var summedLeft = 0
        var summedSuppressed = 0
    }

    private func checkSummaries() throws(SimulationFailure) {
        var tallies: [SubjectID: Tally] = [:]
        for (index, decision) in journal.decisions.enumerated() {
            let alerts = index < journal.entries.count ? journal.entries[index].alertCount : 0
            for alert in 0 ..< alerts {
                guard case .group(let group)? = decision.notes.subject(of: alert) else { continue }
                let fate = decision.fates.isEmpty ? Fate.passed.rawValue : decision.fates[alert]
                if fate == Fate.suppressed.rawValue {
                    tallies[group, default: Tally()].suppressed += 1
                } else {
                    tallies[group, default: Tally()].left += 1
                }
            }
            for placed in decision.notes.records {
                guard case .summary(let summary) = placed.record else { continue }
                guard summary.byPriority.reduce(0, +) == summary.total, summary.suppressed <= summary.total else {
                    throw simulation.fail("a summary's numbers do not add up: \(summary)")
                }
                guard summary.state == .close else { continue }
                tallies[summary.group, default: Tally()].summedSuppressed += summary.suppressed
                tallies[summary.group, default: Tally()].summedLeft += summary.total - summary.suppressed
            }
        }
        for (group, tally) in tallies {
            guard tally.suppressed == tally.summedSuppressed else {
                throw simulation.fail(
                    "group \(group): \(tally.suppressed) suppressed, summaries say \(tally.summedSuppressed)")
            }
            guard tally.summedLeft <= tally.left else {
                throw simulation.fail("group \(group): \(tally.left) left, summaries say \(tally.summedLeft)")
            }
        }
    }
}
