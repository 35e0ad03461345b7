// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Foundation
import Inspection
import Journal
import MCPServing
import Synchronization
import Testing

@testable import MCPProtocol
@testable import ModelContext

/// A journal with one story in it: a shell in a container, what it ran, an incident over it, and what became of each alert.
final class StoryJournal: Sendable {
    static let time: Int64 = 1_780_000_000_000_000_000
    static let incident = SubjectID(high: 3, low: 4)
    static let closed = SubjectID(high: 3, low: 9)
    static let group = SubjectID(high: 1, low: 2)
    static let storm = SubjectID(high: 5, low: 6)
    static let now = EventTime(nanoseconds: time + 60_000_000_000)
    /// Of people: made to be looked at like any other text.
    static let silence = Silence(
        when: "rule = \"r4\"", until: EventTime(nanoseconds: time * 2), reason: "known\u{1b}[31m", createdBy: "ann",
        createdAt: EventTime(nanoseconds: time))

    private let live: LiveJournal
    let journal: AlertJournal
    let writer: JournalWriter

    static func id(_ index: Int) -> RecordID { RecordID(installation: 1, epoch: 2, place: Int64(index) + 3) }
    /// The id of the story's alert with this number, in text.
    static func text(_ index: Int) -> String { id(index).description }

    /// `hostile` stands in every field that a workload can choose.
    init(hostile: String = "") throws {
        live = try LiveJournal()
        live.close()
        try live.delete()
        writer = try JournalWriter(JournalSettings(path: live.path), newInstallation: 1)
        var group = CommitGroup()
        group.append(.start(epoch: 2, at: EventTime(nanoseconds: Self.time)))
        group.append(.silence(.set(Self.silence), at: EventTime(nanoseconds: Self.time)))
        let alerts = Self.alerts(hostile)
        group.append(.alerts(LiveJournal.batch(alerts, arrival: Self.time), source: "node"))
        group.setCursor(SinkCursor(nextOutput: 2), ofSink: "archive")
        let receipt = try writer.commit(group)
        let notes = Self.notes(hostile, alerts.count)
        group.removeAll()
        let fates: [UInt8] = [0, 0, 2 + 1, 0, 4, 5, 6, 2, 0].map { UInt8($0) }
        group.append(
            Decision(
                place: receipt.places[2], placeCount: alerts.count, fates: fates, notes: notes, firstOutput: 1,
                outputCount: OutputWalk.count(
                    alertCount: alerts.count, isGap: false, fates: fates, notes: notes)))
        _ = try writer.commit(group)
        journal = AlertJournal(try live.reader())
    }

    deinit { writer.close() }

    private static func alerts(_ hostile: String) -> [[UInt8]] {
        func alert(_ number: Int, _ rule: String, container: String = "c1", _ fields: [String: Any]) -> [UInt8] {
            var all: [String: Any] = [
                "container.id": container, "k8s.ns.name": "shop", "user.name": "root" + hostile,
                "fd.sip": "203.0.113.66",
            ]
            for (name, value) in fields { all[name] = value }
            let object: [String: Any] = [
                "hostname": "node-1", "output": "alert \(number) \(hostile)", "output_fields": all,
                "priority": number == 1 ? "Critical" : "Warning", "rule": rule, "source": "syscall", "tags": ["t"],
                "time": EventTime(nanoseconds: time + Int64(number) * 1_000_000_000).description,
            ]
            return (try? JSONSerialization.data(withJSONObject: object, options: [.sortedKeys])).map { [UInt8]($0) }
                ?? []
        }
        func process(_ pid: Int, _ name: String, _ ppid: Int, _ parent: String) -> [String: Any] {
            [
                "proc.pid": pid, "proc.name": name, "proc.cmdline": "\(name) -x \(hostile)", "proc.ppid": ppid,
                "proc.pname": parent, "proc.exepath": "/bin/\(name)",
            ]
        }
        var shell = process(100, "sh", 50, "nginx")
        shell["proc.aname[2]"] = "containerd-shim"
        return [
            alert(0, "r0", shell), alert(1, "r1", process(200, "curl", 100, "sh")),
            alert(2, "r2", process(200, "curl", 100, "sh")), alert(3, "r3", process(300, "nc", 200, "curl")),
            alert(4, "r4", process(400, "ls", 50, "nginx")), alert(5, "r5", [:]), alert(6, "r6", [:]),
            alert(7, "r7", [:]), alert(8, "r8", container: "host", process(1, "init", 0, "")),
        ]
    }

    private static func notes(_ hostile: String, _ count: Int) -> EntryNotes {
        var notes = EntryNotes()
        notes.subjects = [
            .group(group), .silence(silence.id), .inhibition("kind = incident"), .storm(storm), .original(id(0)),
        ]
        notes.marks = [
            AlertMark(subject: 1, variant: 1, count: 1, flags: .late), AlertMark(),
            AlertMark(subject: 1, variant: 2, count: 7), AlertMark(), AlertMark(subject: 2), AlertMark(subject: 3),
            AlertMark(subject: 4), AlertMark(subject: 5), AlertMark(),
        ]
        notes.links = [IncidentLink(alert: 3, incident: incident)]
        let (first, last) = (EventTime(nanoseconds: time), EventTime(nanoseconds: time + 4_000_000_000))
        var one = IncidentRecord(
            incident: incident, state: .open, revision: 0, ruleID: "5638", ruleTitle: "Chain", ruleType: "event_count",
            level: .high, tags: [], group: [KeyField(name: "container.id", value: .text("c1" + hostile))], value: 3,
            first: first, last: last, alerts: [id(0), id(2)], attack: ["execution"])
        notes.records = [PlacedRecord(position: 3, record: .incident(one))]
        (one.incident, one.level, one.ruleTitle) = (closed, .low, "Other")
        notes.records.append(PlacedRecord(position: 4, record: .incident(one)))
        (one.state, one.revision, one.alerts) = (.close, 1, [id(1), RecordID(installation: 1, epoch: 2, place: 999)])
        notes.records.append(PlacedRecord(position: count, record: .incident(one)))
        notes.records.append(
            PlacedRecord(
                position: count,
                record: .storm(
                    StormRecord(
                        storm: storm, state: .open, revision: 0, scope: .rule, key: "r6" + hostile, held: 1,
                        top: [StormRecord.Talker(key: hostile, count: 1)], first: first, last: last, samples: [id(6)])))
        )
        return notes
    }
}

/// A daemon that does what it is told.
final class TestSystem: MonitoredSystem {
    let journal: StoryJournal
    let orders = Mutex<[SilenceOrder]>([])

    let health: HealthReport

    init(_ journal: StoryJournal, health: HealthReport = HealthReport([])) {
        self.journal = journal
        self.health = health
    }

    var sources: [MonitoredSource] { [] }
    var conservation: ConservationGaps { ConservationGaps(intake: 0, fate: 0, sink: 0) }
    var metrics: [MetricFamily] { [] }

    func silences() async throws(SystemRefusal) -> [MonitoredSilence] { [] }

    func set(_ order: SilenceOrder) async throws(SystemRefusal) -> MonitoredSilence {
        orders.withLock { $0.append(order) }
        let until = StoryJournal.now.advanced(by: order.duration)
        return MonitoredSilence(
            Silence(
                when: order.when, until: until, reason: order.reason, createdBy: order.by, createdAt: StoryJournal.now),
            isConfigured: false, isInForce: true, matched: 0)
    }

    func annotate(_ order: AnnotationOrder) async throws(SystemRefusal) -> Annotation {
        guard
            let result = try? journal.writer.annotate(
                order.incident, order.kind, at: StoryJournal.now, by: order.by, text: order.text)
        else { throw SystemRefusal(.unavailable, "the journal cannot be written") }
        switch result {
        case .success(let made): return made
        case .failure(.noIncident): throw SystemRefusal(.unknown, "none")
        case .failure(.full): throw SystemRefusal(.full, "full")
        case .failure(.beyondLimits): throw SystemRefusal(.invalid, "too long")
        }
    }
}

/// Tools called as clients call them.
struct StoryTools {
    let journal: StoryJournal
    let system: TestSystem
    let tools: [AssistantTool]

    init(hostile: String = "") throws {
        journal = try StoryJournal(hostile: hostile)
        system = TestSystem(journal)
        let groups: [any ToolGroup] = [
            AlertLookupTool(journal.journal), IncidentListTool(journal.journal, now: { StoryJournal.now }),
            IncidentTool(journal.journal), EntityTool(journal.journal, now: { StoryJournal.now }),
            ProcessTreeTool(journal.journal), ExplainTool(journal.journal, inForce: { _, _ in nil }),
            WriteTools(system),
            SilenceTool(journal.journal, system, now: { StoryJournal.now }),
        ]
        tools = groups.flatMap(\.tools)
    }

    /// The result, checked against what the tool declares and against the size that a result may have.
    func call(
        _ name: String, _ arguments: JSONObject, scopes: Caller.Scopes = [.read, .write]
    ) async throws -> JSONObject {
        let tool = try #require(tools.first { $0.declaration.name == name })
        #expect(scopes.isSuperset(of: tool.scopes))
        #expect(tool.declaration.arguments.problems(in: .object(arguments)) == [])
        let context = CallContext(
            revision: .july2026, client: nil, clientCapabilities: [:], progressToken: nil, logLevel: nil)
        let result = try await tool.run(
            ToolCall(
                arguments: tool.declaration.arguments.filled(arguments), caller: Caller(name: "soc", scopes: scopes),
                context: context))
        let schema = try #require(tool.declaration.result)
        #expect(schema.problems(in: .object(result)) == [], "\(name)")
        #expect(JSONValue.object(result).encodedText.utf8.count <= AlertSize.budget + 500, "\(name)")
        return result
    }

    func problem(_ name: String, _ arguments: JSONObject) async throws -> String {
        do {
            _ = try await call(name, arguments)
            Issue.record("\(name) did not refuse")
            return ""
        } catch let problem as ToolProblem { return problem.sentence }
    }
}
