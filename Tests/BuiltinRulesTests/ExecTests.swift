// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Testing

private let session = "Shell in a pod by an exec through the API"

@Suite struct ExecTests {
    private func exec(_ pod: String = "web-0", _ namespace: String = "shop") -> FalcoAlert {
        FalcoAlert(
            rule: "Attach/Exec Pod", source: "k8s_audit", hostname: "audit", tags: ["k8s"],
            fields: [
                "ka.target.name": .text(pod), "ka.target.namespace": .text(namespace), "ka.target.resource": "pods",
                "ka.target.subresource": "exec", "ka.user.name": "jane",
            ], container: nil)
    }

    private func shell(_ pod: FalcoAlert.Value = "web-0", _ namespace: String = "shop") -> FalcoAlert {
        FalcoAlert(
            rule: "Terminal shell in container", tags: ["shell"],
            fields: ["k8s.pod.name": pod, "k8s.ns.name": .text(namespace), "proc.name": "sh"])
    }

    @Test func `an exec and a shell in that pod come together from two sources`() {
        var scene = Scene()
        scene.see(exec(), at: 0)
        scene.see(shell(), at: 1)
        #expect(scene.opened == [session])
        #expect(scene.incidents.first?.group.map(\.name) == ["namespace", "pod"])
        #expect(scene.incidents.first?.group.map(\.value) == [.text("shop"), .text("web-0")])
    }

    @Test func `an audit log that is half a minute late is in time`() {
        var scene = Scene()
        scene.see(shell(), at: 100.2)
        for second in 101 ..< 130 { scene.tick(at: Double(second)) }
        scene.see(exec(), at: 100, arrival: 130)
        #expect(scene.opened == [session])
    }

    @Test func `another pod, another namespace, a pod that is not known`() {
        var scene = Scene()
        scene.see(exec(), at: 0)
        scene.see(shell("web-1"), at: 1)
        scene.see(shell("web-0", "stage"), at: 2)
        scene.see(shell(.null), at: 3)
        #expect(scene.opened == [])
    }

    @Test func `five minutes and a moment are too long`() {
        var scene = Scene()
        scene.see(exec(), at: 0)
        scene.see(shell(), at: 300.001)
        #expect(scene.opened == [])
    }

    @Test func `other requests to the pod are no session`() {
        var scene = Scene()
        scene.see(
            FalcoAlert(
                rule: "port-forward", source: "k8s_audit", hostname: "audit",
                fields: [
                    "ka.target.name": "web-0", "ka.target.namespace": "shop", "ka.target.resource": "pods",
                    "ka.target.subresource": "portforward",
                ], container: nil), at: 0)
        scene.see(shell(), at: 1)
        #expect(scene.opened == [])
    }

    @Test func `a system call rule of the same name is no audit log`() {
        var scene = Scene()
        var alert = exec()
        alert.source = "syscall"
        scene.see(alert, at: 0)
        scene.see(shell(), at: 1)
        #expect(scene.opened == [])
    }
}
