// SPDX-License-Identifier: Apache-2.0
import AlertModel
import AlertSources
import Foundation
import Journal
import Pipeline
import SigmaRules
import Testing

/// A journal in which every fate came up, with the records of a group, an incident and a storm.
private final class DecidedJournal {
    let folder = Result { try TemporaryFolder() }
    let path: String
    static let group = SubjectID(high: 1, low: 2)
    static let incident = SubjectID(high: 3, low: 4)
    static let storm = SubjectID(high: 5, low: 6)
    static let time: Int64 = 1_780_000_000_000_000_000
    let silence = Silence(
        when: "rule = \"r3\"", until: EventTime(nanoseconds: DecidedJournal.time * 2), reason: "known\u{1b}[31m",
        createdBy: "ann", createdAt: EventTime(nanoseconds: DecidedJournal.time))

    static func id(_ index: Int) -> RecordID { RecordID(installation: 1, epoch: 2, place: Int64(index) + 3) }

    init() throws {
        path = try folder.get().path("journal.db")
        let writer = try JournalWriter(JournalSettings(path: path), newInstallation: 1)
        var group = CommitGroup()
        group.append(.start(epoch: 2, at: EventTime(nanoseconds: Self.time)))
        group.append(.silence(.set(silence), at: EventTime(nanoseconds: Self.time)))
        group.append(.alerts(Self.batch((0 ..< 8).map { "r\($0)" }), source: "node"))
        group.append(.alerts(Self.batch(["undecided"]), source: "node"))
        group.setCursor(SinkCursor(nextOutput: 2), ofSink: "archive")
        group.setCursor(SinkCursor(nextOutput: 1), ofSink: "pager")
        let receipt = try writer.commit(group)
        group.removeAll()
        group.append(
            Decision(
                place: receipt.places[2], placeCount: 8, fates: [0, 1, 3, 4, 5, 6, 2, 0], notes: notes,
                firstOutput: 1, outputCount: 6))
        _ = try writer.commit(group)
        writer.close()
    }

    private static func batch(_ rules: [String]) -> AlertBatch {
        let decoder = AlertDecoder()
        var builder = AlertBatchBuilder()
        for rule in rules {
            let text = #"{"rule":"\#(rule)","priority":"Warning","time":"\#(EventTime(nanoseconds: time))"}"#
            decoder.decode(.json, [UInt8](text.utf8).span, arrival: EventTime(nanoseconds: time + 5), into: &builder)
        }
        return builder.seal()
    }

    private var notes: EntryNotes {
        var notes = EntryNotes()
        notes.subjects = [
            .group(Self.group), .silence(silence.id), .inhibition("kind = incident"), .storm(Self.storm),
            .original(Self.id(0)),
        ]
        notes.marks = [
            AlertMark(subject: 1, variant: 1, count: 1, flags: .late), AlertMark(),
            AlertMark(subject: 1, variant: 2, count: 7), AlertMark(subject: 2), AlertMark(subject: 3),
            AlertMark(subject: 4), AlertMark(subject: 5), AlertMark(flags: [.skewed, .ungrouped, .unplaced]),
        ]
        notes.links = [IncidentLink(alert: 2, incident: Self.incident)]
        notes.added.add(FieldName("k8s.ns.name"), Array("shop".utf8).span)
        notes.added.endAlert()
        let (first, last) = (EventTime(nanoseconds: Self.time), EventTime(nanoseconds: Self.time + 9))
        let incident = IncidentRecord(
            incident: Self.incident, state: .open, revision: 0, ruleID: "5638", ruleTitle: "Chain\u{1b}[1m",
            ruleType: "event_count", level: .high, tags: [], group: [], value: 3, first: first, last: last,
            alerts: [Self.id(0), Self.id(2)])
        var closed = incident
        closed.state = .close
        closed.revision = 1
        let summary = GroupSummary(
            group: Self.group, opened: first, state: .close, revision: 1,
            fields: [KeyField(name: "rule", value: .text("r2"))], total: 7, suppressed: 6, variants: 2, first: first,
            last: last, byPriority: [0, 0, 0, 0, 7, 0, 0, 0],
            samples: [Self.id(0), RecordID(installation: 1, epoch: 9, place: 99)])
        let storm = StormRecord(
            storm: Self.storm, state: .open, revision: 0, scope: .rule, key: "r5", held: 1, top: [], first: first,
            last: last, samples: [Self.id(5)])
        notes.records = [
            PlacedRecord(position: 3, record: .incident(incident)), PlacedRecord(position: 6, record: .storm(storm)),
            PlacedRecord(position: 8, record: .summary(summary)), PlacedRecord(position: 8, record: .incident(closed)),
        ]
        notes.routes.sets = [["archive", "pager"], ["pager"]]
        notes.routes.perOutput = [0, 1, 1, 0, 0, 1]
        return notes
    }
}

@Suite struct ExplainTests {
    private let journal: DecidedJournal

    init() throws { journal = try DecidedJournal() }

    private func explain(_ arguments: String...) throws -> CreanceProcess {
        try CreanceProcess.run(list: ["explain", "--journal", journal.path] + arguments)
    }

    private func object(_ id: String) throws -> [String: Any] {
        let said = try explain(id, "--json")
        #expect(said.exitCode == 0 && said.errors.isEmpty, "\(said.errors)")
        return try #require(try JSONSerialization.jsonObject(with: Data(said.output.utf8)) as? [String: Any])
    }

    @Test(arguments: [
        (0, "passed", "passed: the first of group 00000000000000010000000000000002"),
        (1, "unrouted", "unrouted: no route wanted it"),
        (2, "suppressed", "suppressed: a repeat, alert 7 of group 00000000000000010000000000000002, variant 2"),
        (3, "silenced", #": known\u{1b}[31m (rule = "r3")"#),
        (4, "inhibited", "inhibited while this holds: kind = incident"),
        (5, "held", "held by storm control: storm 00000000000000050000000000000006"),
        (6, "transport_duplicate", "had come before as 0000000000000001-0000000000000002-3"),
        (7, "passed", "passed"), (8, nil, "not decided yet"),
    ])
    func `the fate of an alert is said with what is behind it`(index: Int, fate: String?, reason: String) throws {
        let id = DecidedJournal.id(index).description
        let said = try explain(id)
        #expect(said.exitCode == 0 && said.errors.isEmpty, "\(said.errors)")
        #expect(said.output.hasPrefix("alert \(id)\n") && said.output.contains(reason), "\(said.output)")
        #expect(!said.output.contains("\u{1b}"))
        let object = try object(id)
        #expect(object["fate"] as? String == fate && (object["alert"] as? [String: Any])?["id"] as? String == id)
    }

    @Test func `marks, what was added, the way out and incidents of an alert are there`() throws {
        let text = try explain(DecidedJournal.id(0).description).output
        #expect(text.contains("mark       late: it came behind the watermark\n"))
        #expect(text.contains("added      k8s.ns.name=shop\n"))
        #expect(text.contains("left as    output 1 to archive (delivered), pager (waiting)\n"))
        #expect(
            text.contains(
                #"incident   00000000000000030000000000000004 Chain\u{1b}[1m (close, value 3, named in its record)"#))
        #expect(text.contains("see        2026-05-28T20:26:40.000Z Warning       Repeated: r2  6 of 7 held back"))
        let linked = try object(DecidedJournal.id(2).description)
        #expect((linked["incidents"] as? [[String: Any]])?.first?["named"] as? Bool == true)
        #expect(linked["output"] == nil && (linked["group"] as? [String: Any])?["count"] as? Int == 7)
        let last = try object(DecidedJournal.id(7).description)
        #expect((last["output"] as? [String: Any])?["number"] as? Int == 4)
        #expect(last["marks"] as? [String] == ["skewed", "ungrouped", "unplaced"])
        #expect(
            (try object(DecidedJournal.id(3).description)["silence"] as? [String: Any])?["when"] as? String
                == "rule = \"r3\"")
    }

    @Test func `a subject has its records and the alerts they name, by its id or a record's`() throws {
        let said = try explain(DecidedJournal.incident.description)
        #expect(said.exitCode == 0)
        let lines = said.output.split(separator: "\n")
        #expect(lines.first == "incident 00000000000000030000000000000004")
        #expect(lines.count { $0.hasPrefix("  record ") } == 2 && lines.count { $0.hasPrefix("  alert ") } == 2)
        #expect(said.output.contains("output 2 to pager\n") && said.output.contains("-5, suppressed\n"))
        let object = try object(DecidedJournal.group.description)
        let record = try #require((object["records"] as? [[String: Any]])?.first)
        #expect(object["kind"] as? String == "group" && record["kind"] as? String == "summary")
        let byRecord = try explain(try #require(record["id"] as? String))
        #expect(byRecord.output.hasPrefix("group \(DecidedJournal.group)\n"))
        #expect(byRecord.output.contains("-99, not in the journal any more\n"))
        #expect(try explain(DecidedJournal.storm.description).output.hasPrefix("storm \(DecidedJournal.storm)\n"))
    }

    @Test func `what is not there is exit 1, what is no id exit 2`() throws {
        for (id, words) in [
            ("0000000000000001-0000000000000002-77", "any more): history goes by journal.retain"),
            ("0000000000000009-0000000000000002-3", "is of another journal"),
            ("00000000000000030000000000000005", "there is no record of"),
        ] {
            let said = try explain(id)
            #expect(said.exitCode == 1 && said.output.isEmpty && said.errors.contains(words), "\(said.errors)")
        }
        let wrong = try explain("4711")
        #expect(wrong.exitCode == 2 && wrong.errors.contains("is no id"))
    }

    @Test func `incidents are listed by their newest record, and shown`() throws {
        func run(_ arguments: String...) throws -> CreanceProcess {
            try CreanceProcess.run(list: ["incidents"] + arguments + ["--journal", journal.path])
        }
        let listed = try run("list", "--json")
        #expect(listed.exitCode == 0 && listed.output.split(separator: "\n").count == 1)
        #expect(listed.output.contains(#""state":"close","revision":1"#))
        #expect(try run("list", "--open").output.isEmpty)
        #expect(try run("list", "--rule", "other").output.isEmpty)
        #expect(try run("list").output.contains("Incident: Chain\\u{1b}[1m"))
        #expect(try run("show", DecidedJournal.incident.description).output.hasPrefix("incident "))
        let group = try run("show", DecidedJournal.group.description)
        #expect(group.exitCode == 1 && group.errors.contains("creance incidents list"))
    }

    @Test func `a search by fate finds those, with what is noted about them`() throws {
        let said = try CreanceProcess.run(
            "search", "--journal", journal.path, "--fate", "suppressed", "--fate", "held", "--json", "--oldest-first")
        let lines = said.output.split(separator: "\n")
        #expect(said.exitCode == 0 && lines.count == 2)
        #expect(
            lines.first?.contains(#""group":{"id":"00000000000000010000000000000002","variant":2,"count":7}"#) == true)
        let wrong = try CreanceProcess.run("search", "--journal", journal.path, "--fate", "lost")
        #expect(wrong.exitCode == 2 && wrong.errors.contains("transport_duplicate"))
    }

    @Test func `an incident that cannot name every alert is said to be possible where rule, group and time fit`() throws
    {
        let folder = try TemporaryFolder()
        let path = folder.path("journal.db")
        let second: Int64 = 1_000_000_000
        let generation = Generation(rules: [RuleFile(name: "shell.yml", bytes: Array(Self.rules.utf8))])
        let decoder = AlertDecoder()
        var builder = AlertBatchBuilder()
        // Place 3 and behind it: fits; another host; another rule; too late; a transport duplicate; named.
        let alerts: [(rule: String, host: String, offset: Int64)] = [
            ("Shell", "a", 1), ("Shell", "b", 1), ("Other", "a", 1), ("Shell", "a", 7), ("Shell", "a", 1),
            ("Shell", "a", 0),
        ]
        for (rule, host, offset) in alerts {
            let time = EventTime(nanoseconds: DecidedJournal.time + offset * second)
            let text = #"{"rule":"\#(rule)","priority":"Warning","hostname":"\#(host)","time":"\#(time)"}"#
            decoder.decode(.json, [UInt8](text.utf8).span, arrival: time, into: &builder)
        }
        let incident = IncidentRecord(
            incident: DecidedJournal.incident, state: .close, revision: 0, ruleID: "shells", ruleTitle: "Shells",
            ruleType: "event_count", level: .high, tags: [], group: [KeyField(name: "host", value: .text("a"))],
            value: 2.5, first: EventTime(nanoseconds: DecidedJournal.time),
            last: EventTime(nanoseconds: DecidedJournal.time + 5 * second), alerts: [DecidedJournal.id(5)])
        var notes = EntryNotes()
        notes.records = [PlacedRecord(position: 6, record: .incident(incident))]
        let writer = try JournalWriter(JournalSettings(path: path), newInstallation: 1)
        var group = CommitGroup()
        group.append(.start(epoch: 2, at: EventTime(nanoseconds: 1)))
        group.append(.configuration(generation.digest, at: EventTime(nanoseconds: 1)))
        group.generations = [generation.digest: generation.encoded]
        group.append(.alerts(builder.seal(), source: "node"))
        _ = try writer.commit(group)
        group.removeAll()
        group.append(
            Decision(
                place: 3, placeCount: 6, fates: [0, 0, 0, 0, 2, 0], notes: notes, firstOutput: 1, outputCount: 6))
        _ = try writer.commit(group)
        writer.close()
        func explain(_ index: Int, _ arguments: String...) throws -> CreanceProcess {
            try .run(list: ["explain", "--journal", path, DecidedJournal.id(index).description] + arguments)
        }
        let said = try explain(0)
        #expect(
            said.output.contains(
                "  possibly   may have counted in 00000000000000030000000000000004 Shells (close, value 2.5)\n"),
            "\(said.output) \(said.errors)")
        for (index, count) in [1, 0, 0, 0, 0, 0].enumerated() {
            let object = try #require(
                try JSONSerialization.jsonObject(with: Data(try explain(index, "--json").output.utf8))
                    as? [String: Any])
            #expect((object["possible_incidents"] as? [[String: Any]])?.count == count, "alert \(index)")
            #expect((object["incidents"] as? [[String: Any]])?.count == (index == 5 ? 1 : 0), "alert \(index)")
        }
    }

    /// The group's field has another name than the alert's.
    private static let rules = """
        title: A shell
        name: shell
        logsource: { product: falco }
        detection: { selection: { rule: Shell }, condition: selection }
        ---
        title: Shells
        name: shells
        correlation:
          type: event_count
          rules: [shell]
          group-by: [host]
          aliases: { host: { shell: hostname } }
          timespan: 1m
          condition: { gte: 3 }
        """

    @Test func `a silence of the configuration is said with what it says, as long as the journal has it`() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("journal.db")
        let text = """
            silence: [{ when: "rule = r0", until: 2027-01-01T00:00:00Z, reason: planned upgrade }]
            """
        let silence = Silence(
            when: "rule = r0", until: EventTime(nanoseconds: 1_798_761_600_000_000_000), reason: "planned upgrade")
        let generation = Generation(configuration: RuleFile(name: "creance.yaml", bytes: Array(text.utf8)))
        for isKept in [true, false] {
            let file = isKept ? path : folder.path("other.db")
            let writer = try JournalWriter(JournalSettings(path: file), newInstallation: 1)
            var builder = AlertBatchBuilder()
            AlertDecoder().decode(
                .json, [UInt8](#"{"rule":"r0","priority":"Warning"}"#.utf8).span,
                arrival: EventTime(nanoseconds: DecidedJournal.time), into: &builder)
            var group = CommitGroup()
            group.append(.start(epoch: 2, at: EventTime(nanoseconds: 1)))
            group.append(.configuration(generation.digest, at: EventTime(nanoseconds: 1)))
            if isKept { group.generations = [generation.digest: generation.encoded] }
            group.append(.alerts(builder.seal(), source: "node"))
            _ = try writer.commit(group)
            var notes = EntryNotes()
            notes.subjects = [.silence(silence.id)]
            notes.marks = [AlertMark(subject: 1)]
            group.removeAll()
            group.append(
                Decision(place: 3, placeCount: 1, fates: [4], notes: notes, firstOutput: 1, outputCount: 0))
            _ = try writer.commit(group)
            writer.close()
            let said = try CreanceProcess.run(
                list: ["explain", "--journal", file, DecidedJournal.id(0).description, "--json"])
            let object = try #require(
                try JSONSerialization.jsonObject(with: Data(said.output.utf8)) as? [String: Any])
            let found = object["silence"] as? [String: Any]
            #expect(found?["id"] as? String == silence.id)
            #expect(found?["when"] as? String == (isKept ? "rule = r0" : nil))
            let reason = "silenced by \(silence.id), of the configuration"
            let rest = ", until 2027-01-01T00:00:00.000000000Z: planned upgrade (rule = r0)"
            #expect(object["reason"] as? String == reason + (isKept ? rest : ""))
        }
    }
}
