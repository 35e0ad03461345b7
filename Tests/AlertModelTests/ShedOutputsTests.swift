// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Testing

@Suite struct ShedOutputsTests {
    private func ends(_ priorities: [Priority: Int64]) -> [Int64] { Priority.allCases.map { priorities[$0] ?? 0 } }

    private func add(_ shed: inout ShedOutputs, _ priorities: [Priority: Int64], base: Int64, last: Int64) {
        shed.add(
            ends: ends(priorities), base: base, last: last, since: EventTime(nanoseconds: base),
            until: EventTime(nanoseconds: last))
    }

    @Test func `what was given to the sink is not shed`() {
        var shed = ShedOutputs()
        add(&shed, [.debug: 100], base: 10, last: 98)
        #expect(!shed.contains(9, .debug) && shed.contains(10, .debug) && shed.contains(99, .debug))
        #expect(!shed.contains(100, .debug) && !shed.contains(50, .notice))
        #expect(shed.end == 100 && shed.floor == 0 && shed.floor(from: 50) == nil)
        #expect(shed.gap(from: 10)?.output == 98 && shed.gap(from: 99) == nil)
    }

    @Test func `more of the same goes into one stretch with one gap record`() {
        var shed = ShedOutputs()
        add(&shed, [.debug: 100], base: 10, last: 98)
        add(&shed, [.debug: 200, .notice: 40], base: 10, last: 197)
        #expect(shed.stretches.count == 1 && shed.gap(from: 10)?.output == 197)
        #expect(shed.gap(from: 10)?.since == EventTime(nanoseconds: 10))
        #expect(shed.contains(39, .notice) && !shed.contains(40, .notice) && shed.contains(150, .debug))
    }

    @Test func `after its gap record is given a stretch grows no more`() {
        var shed = ShedOutputs()
        add(&shed, [.debug: 100], base: 10, last: 98)
        add(&shed, [.debug: 200], base: 99, last: 199)
        #expect(shed.stretches.count == 2)
        #expect(shed.gap(from: 50)?.output == 98 && shed.gap(from: 99)?.output == 199)
        shed.forget(before: 100)
        #expect(shed.stretches.count == 1 && shed.contains(150, .debug) && !shed.contains(98, .debug))
        shed.forget(before: 200)
        #expect(shed.isEmpty)
    }

    @Test func `a priority that the sink got meanwhile begins anew`() {
        var shed = ShedOutputs()
        add(&shed, [.debug: 100], base: 10, last: 98)
        add(&shed, [.debug: 160, .error: 120], base: 50, last: 155)
        // Errors from 10 to 49 went out.
        #expect(!shed.contains(49, .error) && shed.contains(50, .error))
        #expect(shed.contains(49, .debug) && shed.contains(150, .debug))
    }

    @Test func `a start that has less in its hands than the one before sheds what lies before`() {
        var shed = ShedOutputs()
        add(&shed, [.debug: 100], base: 30, last: 98)
        add(&shed, [.debug: 20], base: 10, last: 19)
        #expect(shed.contains(10, .debug) && shed.contains(19, .debug) && !shed.contains(20, .debug))
        #expect(!shed.contains(29, .debug) && shed.contains(30, .debug) && shed.end == 100)
        #expect(shed.gap(from: 10)?.output == 19 && shed.gap(from: 20)?.output == 98)
        add(&shed, [.notice: 50, .debug: 120], base: 10, last: 119)
        #expect(shed.contains(25, .debug) && shed.contains(119, .debug) && shed.contains(49, .notice))
    }

    @Test func `where every priority goes there is a floor`() {
        var shed = ShedOutputs()
        let all = Dictionary(uniqueKeysWithValues: Priority.allCases.map { ($0, Int64(60)) })
        add(&shed, all, base: 10, last: 59)
        #expect(shed.floor == 60 && shed.floor(from: 10) == 60 && shed.floor(from: 9) == nil)
        #expect(shed.floor(from: 60) == nil)
    }

    @Test func `its bytes give it back, and others give nothing`() {
        var shed = ShedOutputs()
        #expect(shed.bytes.isEmpty && ShedOutputs([]) == shed)
        for step in 0 ..< 40 {
            add(&shed, [.debug: Int64(step * 100 + 90)], base: Int64(step * 100), last: Int64(step * 100 + 80))
        }
        #expect(shed.stretches.count <= 16)
        let bytes = shed.bytes
        #expect(ShedOutputs(bytes) == shed)
        for length in 1 ..< bytes.count { #expect(ShedOutputs(Array(bytes.prefix(length))) == nil) }
        #expect(ShedOutputs(bytes + [0]) == nil)
    }
}
