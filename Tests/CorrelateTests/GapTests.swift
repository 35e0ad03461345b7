// SPDX-License-Identifier: Apache-2.0
import AlertModel
import SigmaRules
import Testing

@testable import AlertEngine

/// Gaps, and Falco's drops as gaps: what they mark, and what they cost.
@Suite struct GapTests {
    private let single = CorrelationRule.sample(.eventCount(Bounds(gte: 1)), timespan: .seconds(600))

    private func alert(_ seconds: Int64, _ name: String) -> CorrelateAlert {
        CorrelateAlert(time: seconds * second, fields: ["proc.name": name], number: seconds)
    }

    private func gap(_ from: Int64, _ to: Int64) -> Gap {
        Gap(
            source: "node", from: EventTime(nanoseconds: from * second), to: EventTime(nanoseconds: to * second),
            reason: .reconnected)
    }

    @Test func `a flood of drops goes through the open incidents once a minute, and marks them all`() {
        var run = CorrelateRun([single], lateness: 0)
        for number in 0 ..< 500 { run.take(alert(100, "p\(number)")) }
        #expect(run.correlator.openIncidents == 500)
        for _ in 0 ..< 5_000 {
            run.correlator.observe(gap(101, 101))
            run.advance(100 * second, now: 101 * second)
        }
        #expect(run.correlator.incidents.gapLooks == 500, "each incident once")
        #expect(run.correlator.incidents.gaps.gaps.count == 1, "drops of one second are one gap")
        // Incidents that opened since are marked by their own records.
        for number in 500 ..< 600 { run.take(alert(101, "p\(number)")) }
        run.end()
        let closed = run.records.filter { $0.state == .close }
        #expect(closed.count == 600 && closed.allSatisfy(\.hasGap))
    }

    @Test func `hundreds of gaps apart from each other are remembered in bounded room, and none goes unmarked`() {
        var run = CorrelateRun([single], lateness: 0)
        run.take(alert(100, "long"))
        // Within a minute of the first sweep: no other one sees them.
        run.correlator.observe(gap(1, 1))
        run.advance(90 * second, now: 100 * second)
        for number in 0 ..< 300 as Range<Int64> { run.correlator.observe(gap(200 + 3 * number, 200 + 3 * number)) }
        #expect(run.correlator.incidents.gaps.gaps.count <= GapMemory.limit)
        run.take(alert(2_000, "later"))
        run.end()
        let closed = run.records.filter { $0.state == .close }
        #expect(closed.map { $0.group.first?.value == .text("long") ? $0.hasGap : !$0.hasGap } == [true, true])
    }

    @Test func `an incident that nothing else changes is updated because of a gap`() {
        var run = CorrelateRun([single], lateness: 0)
        run.take(alert(100, "sh"))
        run.correlator.observe(gap(150, 151))
        run.advance(160 * second, now: 160 * second)
        run.advance(690 * second, now: 100 * second + 600 * second)
        #expect(run.records.map(\.state) == [.open, .update] && run.records[1].hasGap)
    }

    @Test func `gaps that no sweep has seen outlive a restart`() throws {
        var runs = [CorrelateRun([single], lateness: 0), CorrelateRun([single], lateness: 0)]
        for index in runs.indices {
            runs[index].take(alert(100, "sh"))
            runs[index].correlator.observe(gap(101, 101))
            runs[index].advance(100 * second, now: 102 * second)
            runs[index].correlator.observe(gap(110, 110))
            if index == 1 { try runs[index].restart() }
            runs[index].advance(400 * second, now: 400 * second)
            runs[index].end()
        }
        #expect(runs[0].records == runs[1].records && runs[0].records.last?.hasGap == true)
    }
}
