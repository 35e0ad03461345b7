// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Testing

@testable import Journal

@Suite struct SearchTests {
    /// What the naive oracle knows of an alert.
    struct Known {
        var place: Int64
        var time: Int64
        var priority: Priority
        var rule: String
        var source: String
        var hostname: String
        var container: String?
        var namespace: String?
        var output: String
        var passed: Bool
    }

    @Test(arguments: [1, 2, 3, 4, 5, 6] as [UInt64])
    func `search finds what a look at every alert finds, page by page, in both directions`(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let journal = try TemporaryJournal()
        let writer = try JournalWriter(journal.settings())
        let known = try Self.fill(writer, &random)
        let reader = try journal.reader()
        for _ in 0 ..< 40 {
            var query = Self.query(&random)
            let expected = known.filter { Self.matches($0, query) }.map(\.place)
            var found: [Int64] = []
            while true {
                let page = try reader.search(query)
                #expect(page.alerts.count <= query.limit && page.unreadable.isEmpty)
                for alert in page.alerts { try Self.check(alert, known[Int(alert.id.place) - 1]) }
                found += page.alerts.map(\.id.place)
                guard let next = page.next else { break }
                query.after = next
            }
            #expect(found == (query.newestFirst ? expected.reversed() : expected))

            let counts = try reader.counts(by: .rule, query)
            let naive = Dictionary(grouping: known.filter { Self.matches($0, query) }, by: \.rule).mapValues(\.count)
            #expect(Dictionary(uniqueKeysWithValues: counts.map { ($0.value, $0.count) }) == naive)
            #expect(counts.map(\.count) == counts.map(\.count).sorted(by: >))
        }
    }

    @Test func `columns spare the opening of blocks without a match`() throws {
        let journal = try TemporaryJournal()
        let writer = try JournalWriter(journal.settings())
        for index in 0 ..< 200 {
            let rule = index == 77 ? "wanted" : "other \(index % 5)"
            _ = try writer.commit(
                CommitGroup(.alerts(SampleAlerts.batch(SampleAlerts.json(rule: rule)), source: "node")))
        }
        var query = AlertQuery()
        query.values = [.rule: ["wanted"]]
        let page = try journal.reader().search(query)
        #expect(page.alerts.map(\.id.place) == [78])
        #expect(page.blocksSeen == 200 && page.blocksOpened == 1)
    }

    @Test func `a page ends at its limit of opened blocks and says where to go on`() throws {
        let journal = try TemporaryJournal()
        let writer = try JournalWriter(journal.settings())
        for index in 0 ..< 30 {
            _ = try writer.commit(
                CommitGroup(.alerts(SampleAlerts.batch(SampleAlerts.json(output: "number \(index) ")), source: "node")))
        }
        var query = AlertQuery()
        query.text = "NUMBER 3 "
        query.blockLimit = 10
        var pages = 0
        var found: [Int64] = []
        while pages < 10 {
            let page = try journal.reader().search(query)
            pages += 1
            found += page.alerts.map(\.id.place)
            #expect(page.blocksOpened <= 10)
            guard let next = page.next else { break }
            query.after = next
        }
        #expect(found == [4])
        #expect(pages == 4)
    }

    @Test func `values longer than columns hold are told apart`() throws {
        let journal = try TemporaryJournal()
        let writer = try JournalWriter(journal.settings())
        let long = String(repeating: "r", count: 300)
        let batch = SampleAlerts.batch(SampleAlerts.json(rule: long + "a"), SampleAlerts.json(rule: long + "b"))
        _ = try writer.commit(CommitGroup(.alerts(batch, source: "node")))
        var query = AlertQuery()
        query.values = [.rule: [long + "b"]]
        #expect(try journal.reader().search(query).alerts.map(\.id.place) == [2])
        query.values = [.rule: [String(repeating: "r", count: 255)]]
        #expect(try journal.reader().search(query).alerts.isEmpty)
    }

    @Test func `an alert is found by its id only under its installation and epoch`() throws {
        let journal = try TemporaryJournal()
        let writer = try JournalWriter(journal.settings(), newInstallation: 5)
        _ = try writer.commit(
            CommitGroup(
                .start(epoch: 6, at: EventTime(nanoseconds: 0)),
                .alerts(SampleAlerts.batch(SampleAlerts.json(), SampleAlerts.json(rule: "second")), source: "node")))
        let reader = try journal.reader()
        let found = try #require(try reader.alert(RecordID(installation: 5, epoch: 6, place: 3)))
        #expect([UInt8](_span: found.batch.alert(at: found.index).rule) == Array("second".utf8))
        #expect(found.fate == nil)
        #expect(try reader.alert(RecordID(installation: 5, epoch: 7, place: 3)) == nil)
        #expect(try reader.alert(RecordID(installation: 4, epoch: 6, place: 3)) == nil)
        #expect(try reader.alert(RecordID(installation: 5, epoch: 6, place: 1)) == nil)
        #expect(try reader.alert(RecordID(installation: 5, epoch: 6, place: 99)) == nil)
    }
}

extension SearchTests {
    private static let words = ["curl", "bash", "Ünïcode", "tab\\tquote", "/etc/shadow", "X"]
    private static let base: Int64 = 1_780_000_000_000_000_000

    /// Some hundred alerts in blocks of 1 … 20, their times in disorder, decided or not.
    static func fill(_ writer: JournalWriter, _ random: inout SplitMix) throws -> [Known] {
        var known: [Known] = []
        var output: Int64 = 1
        for block in 0 ..< 60 {
            var raw: [[UInt8]] = []
            let first = known.count
            for _ in 0 ..< Int.random(in: 1 ... 20, using: &random) {
                let time =
                    base + Int64(block) * 1_000_000_000
                    + Int64.random(in: -5_000_000_000 ... 5_000_000_000, using: &random)
                let one = Known(
                    place: Int64(known.count) + 1, time: time,
                    priority: Priority.allCases.randomElement(using: &random) ?? .debug,
                    rule: "rule \(Int.random(in: 0..<8, using: &random))",
                    source: Bool.random(using: &random) ? "syscall" : "k8s_audit",
                    hostname: "node-\(Int.random(in: 0..<4, using: &random))",
                    container: Bool.random(using: &random) ? nil : "c\(Int.random(in: 0..<5, using: &random))",
                    namespace: Bool.random(using: &random)
                        ? nil : ["shop", "kube-system", ""].randomElement(using: &random),
                    output: "\(words.randomElement(using: &random) ?? "") \(known.count)",
                    passed: Bool.random(using: &random))
                known.append(one)
                raw.append(
                    SampleAlerts.json(
                        rule: one.rule, priority: one.priority.name, source: one.source, hostname: one.hostname,
                        time: EventTime(nanoseconds: time), output: one.output, container: one.container,
                        namespace: one.namespace))
            }
            let batch = SampleAlerts.batches(raw, .json, size: raw.count, arrival: base + Int64(block) * 1_000_000_000)[
                0]
            _ = try writer.commit(CommitGroup(.alerts(batch, source: "node")))
            let fates = known[first...].map { $0.passed ? Fate.passed.rawValue : Fate.unrouted.rawValue }
            var group = CommitGroup()
            let passed = fates.count { $0 == 0 }
            group.append(
                Decision(
                    place: Int64(first) + 1, placeCount: raw.count, fates: fates, firstOutput: output,
                    outputCount: passed))
            _ = try writer.commit(group)
            output += Int64(passed)
        }
        return known
    }

    static func query(_ random: inout SplitMix) -> AlertQuery {
        func sometimes<Value>(_ value: Value) -> Value? { Int.random(in: 0 ..< 3, using: &random) == 0 ? value : nil }
        var query = AlertQuery()
        query.from = sometimes(
            EventTime(nanoseconds: base + Int64.random(in: -1 ... 60, using: &random) * 1_000_000_000))
        query.through = sometimes(
            EventTime(nanoseconds: base + Int64.random(in: -10 ... 60, using: &random) * 1_000_000_000))
        query.atLeast = sometimes(Priority.allCases.randomElement(using: &random) ?? .debug)
        query.values[.rule] = sometimes((0 ..< 2).map { _ in "rule \(Int.random(in: 0..<9, using: &random))" })
        query.values[.source] = sometimes(["syscall"])
        query.values[.hostname] = sometimes(["node-1", "node-9"])
        query.values[.container] = sometimes(["c1", "c2"])
        query.values[.namespace] = sometimes(["shop"])
        query.text = sometimes(
            ["CURL", "ünïcode", "shadow", "tab\tquote", "node-3", "rule 7", " 12", "nowhere"].randomElement(
                using: &random) ?? "")
        query.condition = sometimes({ @Sendable facts in
            let output = facts.alert.output
            return output.count > 0 && output[output.count - 1] == UInt8(ascii: "7")
        })
        query.newestFirst = Bool.random(using: &random)
        query.limit = Int.random(in: 1 ... 50, using: &random)
        return query
    }

    static func matches(_ alert: Known, _ query: AlertQuery) -> Bool {
        if query.condition != nil, !alert.output.hasSuffix("7") { return false }
        if let from = query.from, alert.time < from.nanoseconds { return false }
        if let through = query.through, alert.time > through.nanoseconds { return false }
        if let atLeast = query.atLeast, alert.priority < atLeast { return false }
        for (column, values) in query.values {
            let value: String? =
                switch column {
                case .rule: alert.rule
                case .source: alert.source
                case .hostname: alert.hostname
                case .container: alert.container
                case .namespace: alert.namespace == "" ? nil : alert.namespace
                }
            guard let value, values.contains(value) else { return false }
        }
        guard let text = query.text else { return true }
        let plain = alert.output.replacing("\\t", with: "\t")
        let searched =
            [
                plain, alert.rule, alert.hostname, alert.source, alert.container ?? "", alert.namespace ?? "", "sh",
                "test",
            ]
            + ["\(EventTime(nanoseconds: alert.time))"]
        func folded(_ text: String) -> [UInt8] { text.utf8.map { $0 >= 65 && $0 <= 90 ? $0 | 32 : $0 } }
        return searched.contains { folded($0).firstRange(of: folded(text)) != nil }
    }

    static func check(_ found: FoundAlert, _ known: Known) throws {
        let alert = found.batch.alert(at: found.index)
        #expect(alert.eventTime.nanoseconds == known.time)
        #expect([UInt8](_span: alert.rule) == Array(known.rule.utf8))
        #expect(found.fate == (known.passed ? .passed : .unrouted))
        #expect(found.receivedFrom == "node")
    }
}
