// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Testing

@testable import AlertEngine

struct AttackTests {
    private func attack(_ tags: [String]) -> String? {
        var enricher = Enricher(EnrichSettings(backfill: false))
        var added = AddedFields()
        enricher.enrich(sampleBatch([SampleAlert(tags: tags)]), into: &added)
        #expect(added.alertCount == 1)
        return added.texts(ofAlert: 0).first.map { String($0.dropFirst("attack=".count)) }
    }

    @Test(arguments: [
        ("mitre_execution", #"[{"tactic":"execution"}]"#),
        ("mitre_privilege_escalation", #"[{"tactic":"privilege-escalation"}]"#),
        ("attack.privilege_escalation", #"[{"tactic":"privilege-escalation"}]"#),
        ("attack.privilege-escalation", #"[{"tactic":"privilege-escalation"}]"#),
        ("attack.ta0003", #"[{"tactic":"persistence"}]"#),
        ("TA0003", #"[{"tactic":"persistence"}]"#),
        ("T1059", #"[{"technique":"T1059","name":"Command and Scripting Interpreter"}]"#),
        ("T1059.004", #"[{"technique":"T1059.004","name":"Command and Scripting Interpreter: Unix Shell"}]"#),
        ("attack.t1059", #"[{"technique":"T1059","name":"Command and Scripting Interpreter"}]"#),
        ("attack.t1611", #"[{"technique":"T1611","name":"Escape to Host"}]"#),
        ("T9999", #"[{"technique":"T9999"}]"#),
        ("T1218.011", #"[{"technique":"T1218.011"}]"#),
    ])
    func `a tag becomes what it names`(_ tag: String, _ expected: String) { #expect(attack([tag]) == expected) }

    @Test(arguments: [
        "", "container", "mitre_", "mitre_nothing", "T105", "T10590", "T1059.", "T1059.04", "T1059.000", "T0059",
        "TA9999", "TA000", "T1059x004", "attack.", "attack.g0049", "attack.s0154", "maturity_stable", "PCI_DSS_11.5.1",
    ])
    func `other tags say nothing`(_ tag: String) { #expect(attack([tag]) == nil) }

    @Test func `tactics come in the order of the matrix, then techniques by number, each once`() {
        let tags = [
            "T1611", "mitre_impact", "T1059.004", "shell", "mitre_initial_access", "T1059", "attack.t1059", "TA0040",
        ]
        let expected =
            #"[{"tactic":"initial-access"},{"tactic":"impact"},"#
            + #"{"technique":"T1059","name":"Command and Scripting Interpreter"},"#
            + #"{"technique":"T1059.004","name":"Command and Scripting Interpreter: Unix Shell"},"#
            + #"{"technique":"T1611","name":"Escape to Host"}]"#
        #expect(attack(tags) == expected)
    }

    @Test func `the memory of tag sets starts over and nothing changes`() {
        var enricher = Enricher(EnrichSettings(backfill: false))
        var added = AddedFields()
        var wrong = 0
        for _ in 0 ..< 2 {
            for number in 0 ..< 1_500 {
                enricher.enrich(sampleBatch([SampleAlert(tags: ["T1611", "x\(number)"])]), into: &added)
                if added.texts(ofAlert: 0) != [#"attack=[{"technique":"T1611","name":"Escape to Host"}]"#] {
                    wrong += 1
                }
            }
        }
        #expect(wrong == 0)
    }

    @Test func `the table is in order and its names need no escapes in JSON`() {
        let names = AttackNames()
        #expect(names.count > 400)
        for index in 0 ..< names.count {
            let name = String(decoding: names.name(at: index), as: UTF8.self)
            #expect(!name.isEmpty && !name.contains("\"") && !name.contains("\\"))
            #expect(name.utf8.allSatisfy { $0 >= 0x20 })
        }
        #expect(names.isAscending)
        #expect(AttackTable.tactics.count == 14)
        #expect(Set(AttackTable.tactics.map(\.number)).count == 14)
    }

    @Test func `every tag of Falco's own rules has a name`() {
        // The techniques of falcosecurity/rules: falco_rules, incubating and sandbox.
        let numbers = [
            "T1005", "T1010", "T1020", "T1021.004", "T1036.005", "T1037", "T1037.004", "T1048", "T1053.003", "T1055",
            "T1055.008", "T1055.009", "T1059", "T1059.004", "T1068", "T1070", "T1070.004", "T1070.006", "T1071",
            "T1083", "T1090", "T1098", "T1098.004", "T1105", "T1110", "T1136", "T1136.001", "T1140", "T1190", "T1203",
            "T1204", "T1204.002", "T1222.002", "T1485", "T1489", "T1496", "T1498", "T1499", "T1505", "T1505.003",
            "T1543", "T1543.002", "T1546.004", "T1547.006", "T1548", "T1548.001", "T1552", "T1552.001", "T1552.004",
            "T1552.005", "T1555", "T1556.003", "T1557.002", "T1562", "T1562.001", "T1564.001", "T1565", "T1571",
            "T1574.006", "T1609", "T1610", "T1611", "T1613", "T1620",
        ]
        for number in numbers { #expect(attack([number])?.contains("name") == true, "\(number)") }
    }
}
