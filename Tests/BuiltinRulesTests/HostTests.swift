// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Testing

private let escape = "Container escape"
private let silent = "Sensor gone silent"
private let drops = "Falco lost events during an incident"

@Suite struct HostTests {
    private let indicator = FalcoAlert(
        rule: "Detect release_agent File Container Escapes", priority: "Critical",
        tags: ["T1611", "container", "mitre_privilege_escalation"])
    private let onHost = FalcoAlert(rule: "Write below root", priority: "Error", container: "host")

    // MARK: - Escape

    @Test func `an indicator in a container, then an alert of its host`() {
        var scene = Scene()
        scene.see(indicator, at: 0)
        scene.see(onHost, at: 30)
        #expect(scene.opened == [escape])
        #expect(scene.incidents.first?.level == .critical)
        #expect(scene.incidents.first?.group == [KeyField(name: "hostname", value: .text("node-1"))])
    }

    @Test(arguments: [false, true])
    func `an incident that is open while Falco loses events says so when it closes`(isLost: Bool) {
        var scene = Scene()
        scene.see(indicator, at: 0)
        scene.see(onHost, at: 30)
        scene.see(isLost ? .drop : .metrics, at: 40)
        scene.tick(at: 4_000)
        let closed = scene.incidents.filter { $0.state == .close && $0.ruleTitle == escape }
        #expect(closed.map(\.hasGap) == [isLost])
    }

    @Test func `before, too late, on another host, or not severe is none`() {
        var scene = Scene()
        scene.see(onHost, at: 0)
        scene.see(indicator, at: 1)
        scene.see(onHost.on("node-2"), at: 2)
        scene.see(FalcoAlert(rule: "Non sudo setuid", container: "host"), at: 3)
        scene.see(onHost, at: 602)
        #expect(scene.opened == [])
    }

    @Test func `on a host nothing escapes`() {
        var scene = Scene()
        var alert = indicator
        alert.container = "host"
        scene.see(alert, at: 0)
        scene.see(onHost, at: 1)
        #expect(scene.opened == [])
    }

    @Test func `what network plugins and storage drivers do all day is no indicator`() {
        var scene = Scene()
        scene.see(FalcoAlert(rule: "Change thread namespace", tags: ["T1611"]), at: 0)
        scene.see(FalcoAlert(rule: "Launch Privileged Container", priority: "Informational", tags: ["T1610"]), at: 1)
        scene.see(
            FalcoAlert(
                rule: "Mount Launched in Privileged Container", priority: "Warning", tags: ["T1611"],
                fields: ["container.image.repository": "registry.example/ebs-csi-driver"]), at: 2)
        scene.see(onHost, at: 3)
        #expect(scene.opened == [])
    }

    @Test func `the runtime's socket and a tagged rule of one's own are indicators`() {
        for alert in [
            FalcoAlert(rule: "Our socket rule", fields: ["fd.name": "/var/run/docker.sock"]),
            FalcoAlert(rule: "Our rule", priority: "Warning", tags: ["T1611"]),
        ] {
            var scene = Scene()
            scene.see(alert, at: 0)
            scene.see(onHost, at: 1)
            #expect(scene.opened == [escape])
        }
    }

    // MARK: - Silence

    @Test func `a sensor whose metrics stop is told of when ticks have passed its time`() {
        var scene = Scene()
        scene.see(.metrics, at: 0)
        scene.see(.metrics, at: 3_600)
        for minute in 61 ... 184 { scene.tick(at: Double(minute) * 60) }
        scene.tick(at: 3_600 + 7_500)
        #expect(scene.opened == [])
        scene.tick(at: 3_600 + 7_503)
        #expect(scene.opened == [silent])
        #expect(scene.incidents.first?.group == [KeyField(name: "hostname", value: .text("node-1"))])
    }

    @Test func `each sensor by itself`() {
        var scene = Scene()
        for hour in 0 ..< 12 {
            scene.see(FalcoAlert.metrics.on("node-1"), at: Double(hour) * 3_600)
            if hour < 2 { scene.see(FalcoAlert.metrics.on("node-2"), at: Double(hour) * 3_600 + 1) }
        }
        #expect(scene.opened == [silent])
        #expect(scene.incidents.first?.group.map(\.value) == [.text("node-2")])
    }

    @Test func `a missing snapshot is none, and neither is a sensor without metrics`() {
        var scene = Scene()
        for hour in [0.0, 1, 3, 4, 6, 7] { scene.see(.metrics, at: hour * 3_600) }
        scene.see(FalcoAlert.shell().on("node-2"), at: 0)
        scene.tick(at: 9 * 3_600)
        #expect(scene.opened == [])
    }

    // MARK: - Drops

    private func incident(_ scene: inout Scene, at seconds: Double) {
        scene.see(indicator, at: seconds)
        scene.see(onHost, at: seconds + 1)
    }

    @Test func `events dropped while an incident is open are told, and the incident still is`() {
        var scene = Scene()
        incident(&scene, at: 0)
        #expect(scene.opened == [escape])
        scene.see(.drop, at: 60)
        #expect(scene.opened == [escape, drops])
        #expect(scene.incidents.last?.level == .high)
    }

    @Test func `a drop just before counts too: load is made first`() {
        var scene = Scene()
        scene.see(.drop, at: 0)
        incident(&scene, at: 30)
        #expect(scene.opened == [escape, drops])
    }

    @Test func `the incident of a container is on its host`() {
        var scene = Scene()
        scene.see(.shell(), at: 0)
        scene.see(.read(), at: 20)
        scene.see(.connect(), at: 40)
        scene.see(FalcoAlert.drop.on("node-2"), at: 50)
        #expect(scene.opened == ["Shell in a container reads secrets and connects out"])
        scene.see(.drop, at: 50)
        #expect(scene.opened.last == drops)
    }

    @Test func `drops without an incident, or long after, are none`() {
        var scene = Scene()
        scene.see(.drop, at: 0)
        scene.see(.drop, at: 1)
        incident(&scene, at: 1_000)
        scene.see(.drop, at: 1_602)
        #expect(scene.opened == [escape])
    }
}
