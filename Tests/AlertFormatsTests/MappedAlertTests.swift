// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Testing

@testable import AlertFormats

/// What stands where: single fields of an alert in `ecs`, `ocsf` and `otlp`.
@Suite struct MappedAlertTests {
    private func alert(_ fields: String, added: [(String, String)] = [], attack: String? = nil) -> DecidedEntry {
        let entry = Sample.json(
            #"{"hostname":"n","output":"o","priority":"Warning","rule":"r","source":"syscall","#
                + #""tags":[],"time":"2026-05-28T20:26:40.000484839Z","output_fields":{\#(fields)}}"#)
        var notes = EntryNotes()
        for (name, value) in added { notes.added.add(FieldName(name), value.utf8Span.span) }
        if let attack { notes.added.add(FieldName("attack"), attack.utf8Span.span, kind: .json) }
        notes.added.endAlert()
        return DecidedEntry(
            installation: entry.installation, epoch: entry.epoch, place: entry.place, source: "node",
            content: entry.content, fates: [], notes: notes, firstOutput: 1, outputCount: 1)
    }

    private func ecs(_ fields: String, added: [(String, String)] = [], attack: String? = nil) -> String {
        ECSFormat().text(alert(fields, added: added, attack: attack))
    }

    @Test func `the ends of a connection come from the client's and the server's fields`() {
        let text = ecs(
            #""fd.cip":"10.0.0.1","fd.cport":4000,"fd.sip":"2001:db8::1","fd.sport":443,"fd.l4proto":"tcp""#,
            added: [("fd.sip.geo.country", "DE"), ("fd.sip.as.organization", "Example")])
        #expect(text.contains(#""source":{"address":"10.0.0.1","ip":"10.0.0.1","port":4000},"#))
        #expect(
            text.contains(
                #""destination":{"address":"2001:db8::1","ip":"2001:db8::1","port":443,"geo":{"country_iso_code":"DE"},"#
                    + #""as":{"organization":{"name":"Example"}}},"network":{"transport":"tcp"}"#))
        #expect(text.contains(#""category":["intrusion_detection","network"]"#))
    }

    @Test(arguments: [("true", "1.1.1.1", "2.2.2.2"), ("false", "2.2.2.2", "1.1.1.1")])
    func `the near end is the source unless it serves`(serves: String, source: String, destination: String) {
        let text = ecs(#""fd.lip":"2.2.2.2","fd.rip":"1.1.1.1","fd.is_server":\#(serves)"#)
        #expect(text.contains(#""source":{"address":"\#(source)""#))
        #expect(text.contains(#""destination":{"address":"\#(destination)""#))
    }

    @Test func `the name of a connection stands for its ends where no field does`() {
        let fields = #""fd.name":"10.0.0.1:4000->::1:443","fd.type":"ipv6""#
        let text = ecs(fields)
        #expect(text.contains(#""source":{"address":"10.0.0.1","ip":"10.0.0.1","port":4000}"#))
        #expect(text.contains(#""destination":{"address":"::1","ip":"::1","port":443}"#))
        #expect(text.contains(#""output_fields":{"fd_name":"10.0.0.1:4000->::1:443"}"#))
        let finding = OCSFFormat().text(alert(fields))
        #expect(
            finding.contains(#""src_endpoint":{"ip":"10.0.0.1","port":4000},"dst_endpoint":{"ip":"::1","port":443}"#))
        let record = OTLPFormat().text(alert(fields))
        #expect(record.contains(#"{"key":"destination.port","value":{"intValue":"443"}}"#))
    }

    @Test(arguments: [
        "10.0.0.1->1.2.3.4", "10.0.0.1:1->1.2.3.4:65536", "a:1->b:2", "->", ":->:", "1.2.3.4:1->",
        "1.2.3.4:-1->1.1.1.1:1",
        "1.2.3.4:01->1.1.1.1:1", "1.2.3.4:1->1.1.1.1:1 (deleted)",
    ])
    func `any other text is no connection`(name: String) {
        #expect(!ecs(#""fd.name":"\#(name)""#).contains(#""source":{"address""#))
    }

    @Test(arguments: [
        ("1.2.3.4", true), ("255.255.255.255", true), ("256.1.1.1", false), ("1.2.3", false), ("1.2.3.4.5", false),
        ("01.2.3.4", false), ("1..3.4", false), ("::", true), ("::1", true), ("1::", true), ("1:2:3:4:5:6:7:8", true),
        ("1:2:3:4:5:6:7", false), ("1:2:3:4:5:6:7:8:9", false), ("1::2::3", false), (":1::2", false), ("1:", false),
        ("::ffff:1.2.3.4", true), ("1:2:3:4:5:6:1.2.3.4", true), ("1:2:3:4:5:6:7:1.2.3.4", false),
        ("fe80::1%eth0", false),
        ("12345::", false), ("::g", false), ("1::2:3:4:5:6:7:8", false), ("1.2.3.4::", false), ("", false),
        (":", false),
        (":::", false),
    ])
    func `an address is what inet_pton takes`(text: String, isAddress: Bool) {
        #expect(AddressText.isAddress(text.utf8Span.span) == isAddress)
        #expect(SchemaWalk.isAddress(text) == isAddress)
    }

    @Test func `what is not of a field's type stays among the output fields`() {
        let text = ecs(#""fd.cip":"none","fd.cport":70000,"proc.pid":"x","proc.ppid":18446744073709551615"#)
        #expect(!text.contains(#""source":"#) || text.contains(#""source":"node""#))
        #expect(
            text.contains(
                #""output_fields":{"fd_cip":"none","fd_cport":70000,"proc_pid":"x","proc_ppid":"18446744073709551615"}"#
            ))
    }

    @Test func `names that clash without their dots are told apart`() {
        let text = ecs(#""a.b":1,"a_b":2,"a":3,"a.b.c":4,"":5"#)
        #expect(text.contains(#""output_fields":{"a_b":1,"a_b~1":2,"a":3,"a_b_c":4,"_":5}"#))
    }

    @Test func `what enrichment knows fills what the alert lacks`() {
        let text = ecs(
            #""k8s.ns.name":null,"k8s.pod.name":"<NA>","container.id":"3ad7b26ded6d""#,
            added: [("k8s.ns.name", "shop"), ("k8s.pod.name", "web-1"), ("owner.team", "a")])
        #expect(
            text.contains(
                #""orchestrator":{"namespace":"shop","resource":{"type":"pod","name":"web-1"},"type":"kubernetes"}"#))
        #expect(text.contains(#""enrichment":{"owner_team":"a"}"#))
    }

    @Test func `the host is no container`() {
        let text = ecs(#""container.id":"host","container.name":"host""#)
        #expect(!text.contains(#""container":"#))
        #expect(text.contains(#""output_fields":{"container_id":"host","container_name":"host"}"#))
    }

    private let attack =
        #"[{"tactic":"command-and-control"},{"technique":"T1059","name":"Command and Scripting Interpreter"},"#
        + #"{"technique":"T1059.004","name":"Command and Scripting Interpreter: Unix Shell"},{"technique":"T9999.001"}]"#

    @Test func `tactics, techniques and their parts stand in ECS's lists`() {
        #expect(
            ecs("", attack: attack).contains(
                #""threat":{"tactic":{"id":["TA0011"],"name":["Command and Control"]},"technique":{"id":["T1059","T9999"],"#
                    + #""name":["Command and Scripting Interpreter"],"subtechnique":{"id":["T1059.004","T9999.001"],"#
                    + #""name":["Unix Shell"]}},"framework":"MITRE ATT&CK"}"#))
    }

    @Test func `an attack of OCSF names a tactic or a technique with its part`() {
        let attacks: [String] = [
            #"{"tactic":{"uid":"TA0011","name":"Command and Control"},"version":"18.0"}"#,
            #"{"technique":{"uid":"T1059","name":"Command and Scripting Interpreter"},"version":"18.0"}"#,
            #"{"technique":{"uid":"T1059","name":"Command and Scripting Interpreter"},"#,
            #""sub_technique":{"uid":"T1059.004","name":"Unix Shell"},"version":"18.0"}"#,
            #"{"technique":{"uid":"T9999","name":"T9999"},"sub_technique":{"uid":"T9999.001","name":"T9999.001"},"#,
        ]
        let text = OCSFFormat().text(alert("", attack: attack))
        for one in attacks { #expect(text.contains(one)) }
    }

    @Test(arguments: [
        "", "[]", "[", "[{", #"[{"tactic":"#, #"[{"tactic":"no such"}]"#, #"{"tactic":"execution"}"#, "null", #"["x"]"#,
    ])
    func `an attack field of another form names nothing and stays as it is`(text: String) {
        #expect(!ecs("", attack: text).contains(#""threat""#))
        #expect(!OCSFFormat().text(alert("", attack: text)).contains(#""attacks""#))
    }

    @Test func `a process without a number is identified by its alert`() {
        let text = OCSFFormat().text(alert(#""proc.name":"sh","proc.pname":"runc""#))
        #expect(
            text.contains(
                #""process":{"name":"sh","ancestry":[{"name":"runc"}],"#
                    + #""uid":"4f1c9a2e07b3d651-9be0c4d2a1f08e37-1024"}"#))
    }

    @Test func `a finding's severity and activity follow priority and state`() {
        let text = OCSFFormat().text(SampleRecords.entry(.incident(SampleRecords.incident(.close))))
        #expect(text.hasPrefix(#"{"activity_id":3,"activity_name":"Close","type_uid":200403,"#))
        #expect(text.contains(#""is_alert":false,"severity_id":4,"severity":"High","#))
        #expect(text.contains(#""finding_info":{"uid":"00000000000000030000000000000004""#))
    }

    @Test func `elements of resourceLogs join to the request that a line of its own is`() {
        let entry = alert(#""proc.pid":1"#)
        #expect(
            OTLPFormat(.request).text(entry) == #"{"resourceLogs":["# + OTLPFormat(.resourceLogs).text(entry) + "]}")
        let records = SchemaFormatTests.records
        for (request, element) in zip(OTLPFormat(.request).lines(records), OTLPFormat(.resourceLogs).lines(records)) {
            #expect(request == Array(#"{"resourceLogs":["#.utf8) + element + Array("]}".utf8))
        }
    }
}
