// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Foundation
import Journal
import MCPServing
import Testing

@testable import MCPProtocol
@testable import ModelContext

@Suite struct StoryToolTests {
    @Test func `an alert is shown at each level of detail`() async throws {
        let tools = try StoryTools()
        for detail in ["brief", "normal", "full"] {
            let alert = try await tools.call(
                "get_alert", ["id": .string(StoryJournal.text(1)), "detail": .string(detail)])
            #expect(alert["alert"]?["rule"] == "r1" && alert["truncated"] == false)
        }
        let normal = try await tools.call("get_alert", ["id": .string(StoryJournal.text(2))])
        #expect(normal["alert"]?["fate"] == "suppressed" && normal["alert"]?["group"]?["count"] == 7)
        #expect(normal["alert"]?["untrusted"]?["output_fields"]?["proc.exepath"] == "/bin/curl")
    }

    @Test func `an id that is none, or of something else, is refused with what to do`() async throws {
        let tools = try StoryTools()
        for name in ["get_alert", "explain_alert", "get_process_tree"] {
            #expect(try await tools.problem(name, ["id": "4711"]).contains("search_alerts"))
            let incident = JSONValue.string(StoryJournal.incident.description)
            #expect(try await tools.problem(name, ["id": incident]).contains("get_incident"))
            let gone = JSONValue.string(RecordID(installation: 1, epoch: 2, place: 77).description)
            #expect(try await tools.problem(name, ["id": gone]).contains("any more"))
            let foreign = JSONValue.string(RecordID(installation: 9, epoch: 2, place: 3).description)
            #expect(try await tools.problem(name, ["id": foreign]).contains("another installation"))
        }
        #expect(try await tools.problem("get_incident", ["id": .string(StoryJournal.text(0))]).contains("get_alert"))
        for id in [StoryJournal.storm, SubjectID(high: 0, low: 1)] {
            #expect(try await tools.problem("get_incident", ["id": .string(id.description)]).contains("list_incidents"))
        }
    }

    @Test(arguments: [
        (0, "passed", "passed: the first of group 00000000000000010000000000000002"),
        (2, "suppressed", "suppressed: a repeat, alert 7 of group 00000000000000010000000000000002, variant 2"),
        (4, "silenced", "silenced: a silence covers it"),
        (5, "inhibited", "inhibited: an open incident or another alert holds it back"),
        (6, "held", "held by storm control: storm 00000000000000050000000000000006"),
        (7, "transport_duplicate", "had come before as 0000000000000001-0000000000000002-3"),
    ])
    func `an alert's fate is explained`(index: Int, fate: String, because: String) async throws {
        let tools = try StoryTools()
        let answer = try await tools.call("explain_alert", ["id": .string(StoryJournal.text(index))])
        #expect(answer["fate"] == .string(fate))
        #expect(answer["because"]?.string?.contains(because) == true, "\(answer["because"]?.string ?? "")")
    }

    @Test func `an explanation has the silence, the sinks, the marks and the incidents`() async throws {
        let tools = try StoryTools()
        let silenced = try await tools.call("explain_alert", ["id": .string(StoryJournal.text(4))])
        #expect(silenced["silence"]?["set_by"] == "ann")
        #expect(silenced["silence"]?["untrusted"]?["when"] == "rule = \"r4\"")
        #expect(silenced["silence"]?["untrusted"]?["reason"] == "known\\u{1b}[31m")
        let passed = try await tools.call("explain_alert", ["id": .string(StoryJournal.text(0))])
        #expect(passed["sinks"] == [["name": "archive", "delivered": true]] && passed["output"] == 1)
        #expect(passed["marks"]?.array?.count == 1)
        let incident = passed["incidents"]?.array?.first { $0["id"]?.string == StoryJournal.incident.description }
        #expect(incident?["named"] == true && incident?["title"] == "Chain")
    }

    @Test func `incidents are listed by their newest record, filtered, page by page`() async throws {
        let tools = try StoryTools()
        func subjects(_ arguments: JSONObject) async throws -> [String] {
            let answer = try await tools.call("list_incidents", arguments)
            return answer["incidents"]?.array?.compactMap { $0["record"]?["subject"]?.string } ?? []
        }
        let (open, closed) = (StoryJournal.incident.description, StoryJournal.closed.description)
        #expect(try await subjects([:]) == [closed, open])
        #expect(try await subjects(["state": "open"]) == [open])
        #expect(try await subjects(["state": "closed"]) == [closed])
        #expect(try await subjects(["min_level": "medium"]) == [open])
        #expect(try await subjects(["rule": "Other"]) == [closed])
        #expect(try await subjects(["rule": "5638"]) == [closed, open])
        #expect(try await subjects(["last": "1s"]) == [])
        #expect(try await subjects(["last": "2m"]) == [closed, open])
        let first = try await tools.call("list_incidents", ["limit": 1])
        #expect(first["has_more"] == true)
        let cursor = try #require(first["next_cursor"])
        #expect(try await subjects(["limit": 1, "cursor": cursor]) == [open])
        for wrong in ["x", "i-1", "i--1-0", "i-1-0-0", "t-1-0", "i-01-0"] {
            #expect(try await tools.problem("list_incidents", ["cursor": .string(wrong)]).contains("cursor"))
        }
    }

    @Test func `an incident has its records, and its alerts in order, also one that only a link leads to`() async throws
    {
        let tools = try StoryTools()
        let answer = try await tools.call("get_incident", ["id": .string(StoryJournal.incident.description)])
        let alerts = answer["alerts"]?.array ?? []
        #expect(alerts.compactMap { $0["alert"]?["rule"]?.string } == ["r0", "r2", "r3"])
        #expect(alerts.compactMap { $0["named"]?.bool } == [true, true, false])
        #expect(answer["all_alerts"] == true && answer["alerts_gone"] == 0 && answer["acknowledged"] == .null)
        let closed = try await tools.call("get_incident", ["id": .string(StoryJournal.closed.description)])
        #expect(closed["record"]?["state"] == "close" && closed["records_total"] == 2 && closed["alerts_gone"] == 1)
        #expect(closed["all_alerts"] == false)
    }

    @Test func `a timeline goes on behind its cursor`() async throws {
        let tools = try StoryTools()
        let id = JSONValue.string(StoryJournal.incident.description)
        var rules: [String] = []
        var arguments: JSONObject = ["id": id, "limit": 1]
        for _ in 0 ..< 3 {
            let page = try await tools.call("get_incident", arguments)
            rules += page["alerts"]?.array?.compactMap { $0["alert"]?["rule"]?.string } ?? []
            arguments["cursor"] = page["next_cursor"]
        }
        #expect(rules == ["r0", "r2", "r3"] && arguments["cursor"] == .null)
        #expect(try await tools.problem("get_incident", ["id": id, "cursor": "t.1"]).contains("cursor"))
    }

    @Test func `the processes around an alert are a tree with the alerts of each`() async throws {
        let tools = try StoryTools()
        let answer = try await tools.call("get_process_tree", ["id": .string(StoryJournal.text(3))])
        let rows = answer["processes"]?.array ?? []
        let seen = rows.map { row in
            "\(row["depth"]?.wholeNumber ?? -1) \(row["pid"]?.wholeNumber ?? 0) \(row["untrusted"]?["name"]?.string ?? "?")"
        }
        #expect(
            seen == [
                "0 0 containerd-shim", "1 50 nginx", "2 100 sh", "3 200 curl", "4 300 nc", "2 400 ls",
            ], "\(seen)")
        #expect(rows.compactMap { $0["asked"]?.bool } == [false, false, false, false, true, false])
        let curl = rows.first { $0["pid"] == 200 }
        #expect(curl?["alerts_total"] == 2 && curl?["ppid"] == 100)
        #expect(answer["scope"] == "container" && answer["all_alerts_seen"] == true && answer["truncated"] == false)
        let few = try await tools.call("get_process_tree", ["id": .string(StoryJournal.text(3)), "limit": 2])
        #expect(few["truncated"] == true)
        let host = try await tools.call("get_process_tree", ["id": .string(StoryJournal.text(8))])
        #expect(host["scope"] == "host" && host["processes"]?.array?.count == 1)
        let none = try await tools.call("get_process_tree", ["id": .string(StoryJournal.text(5))])
        #expect(none["processes"]?.array?.contains { $0["asked"] == true } == true)
    }

    @Test func `an entity has its counts, times, neighbours, incidents and newest alerts`() async throws {
        let tools = try StoryTools()
        let container = try await tools.call("get_entity", ["kind": "container", "value": "c1"])
        #expect(container["alerts"] == 8 && container["exact"] == true && container["rules"] == 8)
        #expect(container["by_priority"] == ["Critical": 1, "Warning": 7])
        #expect(container["first"]?.string == EventTime(nanoseconds: StoryJournal.time).description)
        #expect(container["incidents"]?.array?.count == 2)
        #expect(container["recent"]?.array?.first?["rule"] == "r7")
        #expect(container["untrusted"]?["neighbours"]?["process"]?["distinct"] == 4)
        #expect(container["untrusted"]?["neighbours"]?["host"]?["top"] == [["value": "node-1", "count": 8]])
        for (kind, value, count) in [
            ("host", "node-1", 9), ("namespace", "shop", 9), ("user", "root", 9), ("process", "curl", 2),
            ("process", "/bin/curl", 2), ("ip", "203.0.113.66", 9), ("pod", "none", 0), ("image", "none", 0),
        ] {
            let found = try await tools.call("get_entity", ["kind": .string(kind), "value": .string(value)])
            #expect(found["alerts"] == .integer(Int64(count)), "\(kind) \(value)")
        }
        let early = try await tools.call(
            "get_entity",
            ["kind": "container", "value": "c1", "to": .string(EventTime(nanoseconds: StoryJournal.time).description)])
        #expect(early["alerts"] == 1)
    }
}
