// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Testing

private let many = "Many different rules in one container"
private let spreading = "One program flagged in many places"

@Suite struct CountTests {
    private func numbered(_ index: Int, _ container: String = "3ad7b26ded6d") -> FalcoAlert {
        FalcoAlert(rule: "Rule \(index)", container: container)
    }

    @Test func `five different rules in one container in five minutes`() {
        var scene = Scene()
        for index in 0 ..< 4 { scene.see(numbered(index), at: Double(index * 75)) }
        #expect(scene.opened == [])
        scene.see(numbered(4), at: 300)
        #expect(scene.opened == [many])
        #expect(scene.incidents.first?.value == 5)
    }

    @Test func `in any order of arrival`() {
        var scene = Scene()
        for index in [3, 0, 4, 1, 2] { scene.see(numbered(index), at: 100 + Double(index) * 0.4, arrival: 102) }
        #expect(scene.opened == [many])
    }

    @Test func `one rule a hundred times is one rule`() {
        var scene = Scene()
        for index in 0 ..< 100 { scene.see(numbered(index % 4), at: Double(index)) }
        #expect(scene.opened == [])
    }

    @Test func `five rules in longer than five minutes, in two containers, or on the host are none`() {
        var scene = Scene()
        for index in 0 ..< 5 { scene.see(numbered(index, "aaaaaaaaaaaa"), at: Double(index) * 75.001) }
        for index in 0 ..< 5 { scene.see(numbered(index, index < 3 ? "bbbbbbbbbbbb" : "cccccccccccc"), at: 301) }
        for index in 0 ..< 9 { scene.see(numbered(index, "host"), at: 302) }
        #expect(scene.opened == [])
    }

    @Test func `what is only informational does not count`() {
        var scene = Scene()
        for index in 0 ..< 9 {
            scene.see(FalcoAlert(rule: "Rule \(index)", priority: index < 4 ? "Notice" : "Informational"), at: 1)
        }
        #expect(scene.opened == [])
    }

    // MARK: - One binary, many places

    private func flagged(_ path: String, _ container: String, _ hostname: String = "node-1") -> FalcoAlert {
        FalcoAlert(
            rule: "Our miner rule", priority: "Warning", hostname: hostname, fields: ["proc.exepath": .text(path)],
            container: container)
    }

    @Test func `one program flagged in containers and on hosts, five places together`() {
        var scene = Scene()
        for index in 0 ..< 3 { scene.see(flagged("/usr/bin/xmrig", "aaaaaaaaaaa\(index)"), at: Double(index)) }
        scene.see(flagged("/usr/bin/xmrig", "host", "node-2"), at: 3)
        #expect(scene.opened == [])
        scene.see(flagged("/usr/bin/xmrig", "host", "node-3"), at: 600)
        #expect(scene.opened == [spreading])
        #expect(scene.incidents.first?.group == [KeyField(name: "proc.exepath", value: .text("/usr/bin/xmrig"))])
    }

    @Test func `five times in one place, or too far apart, is none`() {
        var scene = Scene()
        for index in 0 ..< 20 { scene.see(flagged("/opt/agent", "aaaaaaaaaaaa"), at: Double(index)) }
        for index in 0 ..< 20 { scene.see(flagged("/opt/other", "bbbbbbbbbb\(index + 10)"), at: Double(index) * 151) }
        #expect(scene.opened == [])
    }

    @Test(arguments: ["/bin/bash", "/usr/bin/python3.11", "/usr/local/bin/node", "/usr/lib/jvm/java-21/bin/java"])
    func `shells and interpreters are everywhere`(path: String) {
        var scene = Scene()
        for index in 0 ..< 9 { scene.see(flagged(path, "aaaaaaaaaaa\(index)"), at: Double(index)) }
        #expect(scene.opened == [])
    }

    @Test func `a shell among temporary files is not an ordinary one`() {
        var scene = Scene()
        for index in 0 ..< 5 { scene.see(flagged("/tmp/.x/sh", "aaaaaaaaaaa\(index)"), at: Double(index)) }
        #expect(scene.opened == [spreading])
    }

    @Test func `notices do not flag a program`() {
        var scene = Scene()
        for index in 0 ..< 9 {
            scene.see(
                FalcoAlert(rule: "r", fields: ["proc.exepath": "/opt/x"], container: "aaaaaaaaaaa\(index)"), at: 1)
        }
        #expect(scene.opened == [])
    }
}
