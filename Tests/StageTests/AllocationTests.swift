// SPDX-License-Identifier: Apache-2.0
import AlertModel
import CAllocations
import FalcoRules
import Testing

@testable import AlertEngine

/// What a stage does with an alert takes no memory once its tables have seen the rules, scopes and values that there are.
@Suite struct AllocationTests {
    private let batch = sampleBatch(
        (0 ..< 200).map { index in
            SampleAlert(
                1, rule: "rule \(index % 7)", priority: index % 3 == 0 ? .error : .notice,
                hostname: "node-\(index % 5)",
                container: index % 4 == 0 ? "host" : "container-\(index % 11)",
                fields: [("k8s.ns.name", "ns-\(index % 3)")])
        })

    @Test func `what counts allocations sees one`() {
        let before = allocations_of_this_thread()
        let bytes = [UInt8](repeating: UInt8(truncatingIfNeeded: before), count: 4_096)
        #expect(bytes.count == 4_096 && allocations_of_this_thread() > before)
    }

    /// Allocations of the second and the third pass over the batch.
    private func allocations(_ body: (borrowing AlertContext) -> Void) -> Int {
        var before = 0
        for pass in 0 ..< 3 {
            if pass == 1 { before = Int(allocations_of_this_thread()) }
            for index in 0 ..< batch.count {
                let time = seconds(Double(pass * batch.count + index) / 1_000)
                body(
                    AlertContext(
                        AlertFacts(batch.alert(at: index)), time: time, arrival: time,
                        reference: AlertReference(place: Int64(index), epochIndex: 0), isLate: false))
            }
        }
        return Int(allocations_of_this_thread()) - before
    }

    @Test func `the counter counts`() {
        #expect(allocations { context in _ = [UInt8](_span: context.facts.alert.rule) } >= 2 * batch.count)
    }

    @Test func `silences take none, whether they match or not`() throws {
        let conditions = try ["hostname = \"node-1\" and priority < error", "rule startswith \"rule 9\""].map {
            try Condition($0)
        }
        var silencer = Silencer(
            SilenceSettings(conditions.map { .init($0, until: EventTime(nanoseconds: .max), reason: "r") }))
        #expect(allocations { context in _ = silencer.match(context.facts, at: context.arrival) } == 0)
        #expect(silencer.counters.matched > 0)
    }

    @Test func `inhibition takes none`() throws {
        let rule = InhibitSettings.Rule(
            when: try Condition("rule = \"rule 0\""), hold: try Condition("priority < error"),
            equal: ["hostname", "k8s.ns.name", "container.id"])
        var inhibitor = Inhibitor(InhibitSettings(rules: [rule]), key: testKey)
        let count = allocations { context in
            _ = inhibitor.inhibitor(of: context)
            inhibitor.observe(context)
        }
        #expect(count == 0)
        #expect(inhibitor.counters.inhibited > 0)
    }

    @Test func `storm control takes none while alerts pass`() {
        var control = StormControl(
            StormSettings(
                perRule: .init(burst: 1_000, count: 1), perScope: .init(burst: 1_000, count: 1),
                overall: .init(burst: 1_000, count: 1)), key: testKey)
        var outbox = Outbox()
        #expect(allocations { context in _ = control.admit(context, &outbox) } == 0)
        #expect(control.counters.held == 0)
    }

    @Test func `storm control takes none for alerts that an open storm holds`() {
        var control = StormControl(
            StormSettings(overall: .init(burst: 1, count: 1, per: .seconds(3_600))), key: testKey)
        var outbox = Outbox()
        // The first alert passes, the first pass opens the storm; the records at 10 and 100 fall into it.
        #expect(allocations { context in _ = control.admit(context, &outbox) } == 0)
        #expect(control.counters.heldOverall == 3 * batch.count - 1)
    }

    @Test func `routes take none`() throws {
        let rules = [
            RouteSettings.Rule(when: try Condition("priority >= error"), to: ["pager"], continues: true),
            RouteSettings.Rule(when: try Condition("k8s.ns.name in (ns-1, ns-2)"), to: ["archive"]),
        ]
        let router = try Router(RouteSettings(rules: rules), sinks: ["archive", "pager"])
        var routed = 0
        #expect(allocations { context in routed += router.route(context.facts) == nil ? 0 : 1 } == 0)
        #expect(routed > 0)
    }
}
