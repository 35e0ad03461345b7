// SPDX-License-Identifier: Apache-2.0
import AlertFormats
import AlertModel
import Foundation
import Testing

@Suite struct RecordFormatTests {
    private func line(_ format: some AlertFormat, _ record: EngineRecord) -> String {
        format.text(SampleRecords.entry(record))
    }

    // MARK: creance

    @Test func `a summary is written as records.md says`() {
        let summary = SampleRecords.summary()
        #expect(
            line(CreanceFormat(), .summary(summary))
                == #"{"schema":1,"kind":"summary","id":"\#(summary.id)","state":"update","revision":1,"#
                + #""group":{"id":"00000000000000010000000000000002","fields":{"rule":"Shell","container.id":"3ad7b26ded6d","#
                + #""user.uid":-1,"k8s.ns.name":null}},"total":1000,"suppressed":992,"variants":8,"#
                + #""first":"2026-11-21T21:15:40.000000000Z","last":"2026-11-21T21:16:40.500000000Z","#
                + #""by_priority":{"Critical":1,"Warning":999},"#
                + #""samples":["4f1c9a2e07b3d651-9be0c4d2a1f08e37-1","4f1c9a2e07b3d651-9be0c4d2a1f08e37-7"]}"#)
        #expect(
            line(CreanceFormat(), .summary(SampleRecords.summary(newVariants: ["sh -c", "curl *"])))
                .hasSuffix(#"-7"],"new_variants":["sh -c","curl *"]}"#))
    }

    @Test func `an incident is written as records.md says`() {
        var incident = SampleRecords.incident()
        #expect(
            line(CreanceFormat(), .incident(incident))
                == #"{"schema":1,"kind":"incident","id":"\#(incident.id)","state":"open","revision":0,"#
                + #""incident":{"id":"00000000000000030000000000000004"},"rule":{"id":"5638","title":"Chain","#
                + #""type":"temporal_ordered","level":"high"},"group":{"container.id":"3ad7b26ded6d"},"value":3,"#
                + #""first":"2026-11-21T21:15:40.000000000Z","last":"2026-11-21T21:16:40.500000000Z","#
                + #""alerts":["4f1c9a2e07b3d651-9be0c4d2a1f08e37-1"],"attack":["execution"],"approximate":false,"#
                + #""undercount_possible":false,"gap":true,"tags":["attack.execution"]}"#)
        incident.mergedInto = SubjectID(high: 8, low: 9)
        incident.firing = SampleRecords.alert(77)
        #expect(
            line(CreanceFormat(), .incident(incident)).hasSuffix(
                #","firing":"4f1c9a2e07b3d651-9be0c4d2a1f08e37-77","merged_into":"00000000000000080000000000000009"}"#))
    }

    @Test func `a storm is written as records.md says`() {
        let storm = SampleRecords.storm()
        #expect(
            line(CreanceFormat(), .storm(storm))
                == #"{"schema":1,"kind":"storm","id":"\#(storm.id)","state":"close","revision":2,"#
                + #""storm":{"id":"00000000000000050000000000000006"},"scope":"rule","key":"Noisy","held":12000,"#
                + #""top":[{"key":"Noisy","count":9000}],"first":"2026-11-21T21:15:40.000000000Z","#
                + #""last":"2026-11-21T21:16:40.500000000Z","samples":["4f1c9a2e07b3d651-9be0c4d2a1f08e37-9"]}"#)
    }

    @Test(arguments: [
        (3.0, "3"), (-0.5, "-0.5"), (0, "0"), (9_007_199_254_740_991, "9007199254740991"), (1e300, "1e+300"),
        (Double.infinity, "1.7976931348623157e+308"), (-Double.infinity, "-1.7976931348623157e+308"), (Double.nan, "0"),
    ])
    func `any value of an incident is a JSON number`(value: Double, text: String) throws {
        var incident = SampleRecords.incident()
        incident.value = value
        let written = line(CreanceFormat(), .incident(incident))
        #expect(written.contains(#","value":\#(text),"first""#))
        #expect(try JSONSerialization.jsonObject(with: Data(written.utf8)) is [String: Any])
    }

    @Test func `hostile texts stay inside their strings, in every format`() throws {
        let hostile = SampleRecords.hostile
        var incident = SampleRecords.incident(title: hostile)
        incident.ruleID = hostile
        incident.group = [
            KeyField(name: hostile, value: .text(hostile)), KeyField(name: "rule", value: .text(hostile)),
        ]
        incident.tags = [hostile]
        incident.attack = [hostile]
        let records: [EngineRecord] = [
            .summary(SampleRecords.summary(rule: hostile, newVariants: [hostile])), .incident(incident),
            .storm(SampleRecords.storm(key: hostile)),
        ]
        for record in records {
            for text in [line(CreanceFormat(), record), line(FalcoFormat(), record)] {
                #expect(!text.contains("\n") && !text.contains("\u{1b}") && !text.contains("\u{0}"))
                #expect(try JSONSerialization.jsonObject(with: Data(text.utf8)) is [String: Any])
            }
            let people = line(TextFormat(colours: false), record)
            #expect(!people.contains("\u{1b}") && !people.contains("\n") && !people.contains("\u{202e}"))
            #expect(people.contains(#"a"b\\n\u{1b}[31m\u{202e}\u{00}😀"#))
        }
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(line(CreanceFormat(), records[1]).utf8)) as? [String: Any])
        #expect((object["rule"] as? [String: Any])?["title"] as? String == hostile)
        #expect((object["group"] as? [String: Any])?[hostile] as? String == hostile)
    }

    // MARK: falco

    @Test func `an incident is an alert of source creance with the rule's title`() {
        let incident = SampleRecords.incident()
        #expect(
            line(FalcoFormat(), .incident(incident))
                == #"{"hostname":"","output":"2026-11-21T21:16:40.500000000Z: Error Chain (state=open value=3 "#
                + #"container.id=3ad7b26ded6d first=2026-11-21T21:15:40.000000000Z last=2026-11-21T21:16:40.500000000Z)","#
                + #""output_fields":{"container.id":"3ad7b26ded6d","#
                + #""creance.alerts":["4f1c9a2e07b3d651-9be0c4d2a1f08e37-1"],"creance.approximate":false,"#
                + #""creance.attack":["execution"],"creance.first":"2026-11-21T21:15:40.000000000Z","creance.gap":true,"#
                + #""creance.id":"\#(incident.id)","creance.kind":"incident","#
                + #""creance.last":"2026-11-21T21:16:40.500000000Z","creance.level":"high","creance.revision":0,"#
                + #""creance.rule.id":"5638","creance.rule.type":"temporal_ordered","creance.state":"open","#
                + #""creance.subject":"00000000000000030000000000000004","creance.undercount_possible":false,"#
                + #""creance.value":3,"evt.time":1795295800500000000},"priority":"Error","rule":"Chain","#
                + #""source":"creance","tags":["attack.execution"],"time":"2026-11-21T21:16:40.500000000Z"}"#)
    }

    @Test func `summaries and storms are alerts of source creance, their fields in order and each once`() throws {
        let records: [EngineRecord] = [.summary(SampleRecords.summary()), .storm(SampleRecords.storm())]
        for (record, expected) in zip(records, [("Creance summary", "Critical"), ("Creance storm", "Notice")]) {
            let text = line(FalcoFormat(), record)
            let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
            #expect(
                Set(object.keys) == [
                    "hostname", "output", "output_fields", "priority", "rule", "source", "tags", "time",
                ])
            #expect(object["rule"] as? String == expected.0 && object["priority"] as? String == expected.1)
            #expect(object["source"] as? String == "creance")
            let names = RecordAlert(record).fields.map(\.name)
            #expect(names == Set(names).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
            #expect(Set(names) == Set((object["output_fields"] as? [String: Any] ?? [:]).keys))
        }
        let fields = RecordAlert(records[0]).fields
        #expect(fields.contains { $0.name == "container.id" && $0.value == .one(.text("3ad7b26ded6d")) })
        #expect(fields.contains { $0.name == "creance.group.rule" && $0.value == .one(.text("Shell")) })
        #expect(fields.first { $0.name == "k8s.ns.name" }?.value.text == "<NA>")
    }

    // MARK: text

    @Test func `people get a line for each record`() {
        let text = TextFormat(colours: false)
        #expect(
            line(text, .summary(SampleRecords.summary(newVariants: ["curl *"])))
                == "2026-11-21T21:16:40.500Z Critical      Repeated: Shell  992 of 1000 held back since "
                + "2026-11-21T21:15:40.000Z, 8 variants  container.id=3ad7b26ded6d user.uid=-1  new: curl *"
                + "  (update 00000000000000010000000000000002)")
        #expect(
            line(text, .incident(SampleRecords.incident(.close)))
                == "2026-11-21T21:16:40.500Z Error         Incident: Chain  value 3 since 2026-11-21T21:15:40.000Z  "
                + "container.id=3ad7b26ded6d  with a gap  (close 00000000000000030000000000000004)")
        #expect(
            line(text, .storm(SampleRecords.storm()))
                == "2026-11-21T21:16:40.500Z Notice        Storm: rule Noisy  12000 held since 2026-11-21T21:15:40.000Z"
                + "  top: Noisy 9000  (close 00000000000000050000000000000006)")
        #expect(
            line(TextFormat(colours: true), .storm(SampleRecords.storm())).contains(
                "\u{1B}[36mNotice       \u{1B}[0m \u{1B}[1mStorm: rule Noisy\u{1B}[0m"))
    }

    // MARK: What is noted about an alert

    @Test func `group, marks, enrichment and incidents of an alert come behind what was received`() {
        var notes = EntryNotes()
        notes.subjects = [.group(SubjectID(high: 1, low: 2)), .silence("s")]
        notes.marks = [
            AlertMark(subject: 1, variant: 2, count: 30), AlertMark(subject: 2, flags: [.late, .unplaced]), AlertMark(),
        ]
        let added: [(String, FieldKind, UInt64, String)] = [
            ("attack", .json, 0, "[{\"tactic\":\n\"execution\"}]"), ("k8s.ns.name", .string, 0, "sh\"op"),
            ("n", .int64, 7, "7"), ("m", .int64, UInt64(bitPattern: -8), "no number"), ("u", .uint64, .max, ""),
            ("d", .double, (0.5).bitPattern, "0.50"), ("e", .double, (0.25).bitPattern, "01"), ("b", .bool, 1, "true"),
            ("z", .null, 0, ""),
        ]
        for (name, kind, bits, text) in added {
            notes.added.add(FieldName(name), Array(text.utf8).span, kind: kind, bits: bits)
        }
        notes.added.endAlert()
        notes.links = [
            IncidentLink(alert: 0, incident: SubjectID(high: 3, low: 4)),
            IncidentLink(alert: 2, incident: SubjectID(high: 5, low: 6)),
            IncidentLink(alert: 2, incident: SubjectID(high: 7, low: 8)),
        ]
        let lines = CreanceFormat().text(SampleRecords.entry(rules: ["a", "b", "c"], notes)).split(separator: "\n")
        #expect(
            lines[0].hasSuffix(
                #"00Z"},"group":{"id":"00000000000000010000000000000002","variant":2,"count":30},"#
                    + #""enrichment":{"attack":[{"tactic":"execution"}],"k8s.ns.name":"sh\"op","n":7,"m":-8,"#
                    + #""u":18446744073709551615,"d":0.50,"e":0.25,"b":true,"z":null},"#
                    + #""incidents":["00000000000000030000000000000004"]}"#))
        #expect(lines[1].hasSuffix(#"00Z"},"marks":["late","unplaced"]}"#))
        #expect(
            lines[2].hasSuffix(
                #"00Z"},"incidents":["00000000000000050000000000000006","00000000000000070000000000000008"]}"#))
    }

    // MARK: Order and routes

    private func heads(_ entry: DecidedEntry, for sink: String?, from output: Int64? = nil, records: Int = .max)
        -> (heads: [String], next: Int64, count: Int)
    {
        var buffer = OutputBuffer()
        let appended = FalcoFormat().append(
            outputsOf: entry, from: output ?? entry.firstOutput, for: sink, limitBytes: .max, limitRecords: records,
            to: &buffer)
        let lines = String(decoding: [UInt8](_span: buffer.bytes), as: UTF8.self).split(separator: "\n")
        let rules = lines.compactMap {
            (try? JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])?["rule"] as? String
        }
        return (rules, appended.next, appended.count)
    }

    @Test func `outputs leave in the order of their numbers, records in their places`() {
        var notes = EntryNotes()
        notes.records = [
            PlacedRecord(position: 0, record: .storm(SampleRecords.storm())),
            PlacedRecord(position: 2, record: .incident(SampleRecords.incident())),
            PlacedRecord(position: 3, record: .summary(SampleRecords.summary())),
        ]
        let entry = SampleRecords.entry(rules: ["a", "b", "c"], fates: [0, 3, 0], notes)
        #expect(entry.outputCount == 5)
        let all = ["Creance storm", "a", "Chain", "c", "Creance summary"]
        #expect(heads(entry, for: nil).heads == all)
        for start in 0 ... 5 {
            for limit in 1 ... 6 {
                let part = heads(entry, for: nil, from: 50 + Int64(start), records: limit)
                let expected = Array(all.dropFirst(start).prefix(limit))
                #expect(part.heads == expected && part.count == expected.count)
                #expect(part.next == 50 + Int64(start + expected.count))
            }
        }
        notes.routes.sets = [["x"], ["x", "y"], []]
        notes.routes.perOutput = [0, 1, 0, 2, 1]
        let routed = SampleRecords.entry(rules: ["a", "b", "c"], fates: [0, 3, 0], notes)
        #expect(heads(routed, for: "x").heads == ["Creance storm", "a", "Chain", "Creance summary"])
        #expect(heads(routed, for: "y").heads == ["a", "Creance summary"])
        #expect(heads(routed, for: "z").heads.isEmpty && heads(routed, for: "z").next == 55)
        #expect(heads(routed, for: nil).heads == all)
        let first = heads(routed, for: "y", records: 1)
        #expect(first.heads == ["a"] && first.next == 52)
        #expect(heads(routed, for: "y", from: first.next, records: 1).heads == ["Creance summary"])
        #expect(routed.routedCount(to: "x") == 4 && routed.routedCount(to: "y", from: 52) == 1)
        #expect(routed.routedCount(to: nil, from: 53) == 2 && routed.routedCount(to: "z") == 0)
    }

    @Test func `records of a gap's entry come behind the gap`() {
        var notes = EntryNotes()
        notes.records = [PlacedRecord(position: 0, record: .incident(SampleRecords.incident()))]
        let gap = Sample.gap(.reconnected)
        let entry = DecidedEntry(
            installation: 1, epoch: 2, place: 7, source: "node", content: gap.content, fates: [], notes: notes,
            firstOutput: 1, outputCount: 2)
        #expect(heads(entry, for: nil).heads == ["Creance gap", "Chain"])
    }
}
