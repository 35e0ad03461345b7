// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Testing

private let first = "First alert of this rule in this workload"

@Suite struct FirstTests {
    private let day = 86_400.0

    private func alert(_ rule: String, namespace: FalcoAlert.Value = "shop", image: String = "shop/web") -> FalcoAlert {
        FalcoAlert(
            rule: rule, fields: ["k8s.ns.name": namespace, "container.image.repository": .text(image)],
            container: "3ad7b26ded6d")
    }

    @Test func `a rule that never fired in a workload is told after a day of learning, once`() {
        var scene = Scene()
        scene.see(alert("a"), at: 0)
        scene.see(alert("b"), at: day - 1)
        scene.see(alert("a"), at: day + 10)
        scene.tick(at: day + 60)
        #expect(scene.opened == [])
        scene.see(alert("c"), at: day + 100)
        scene.tick(at: day + 160)
        #expect(scene.opened == [first])
        #expect(scene.incidents.first?.level == .low)
        scene.see(alert("c"), at: day + 200)
        scene.tick(at: day + 8_000)
        #expect(scene.opened == [first] && scene.closed == [first])
    }

    @Test func `what is new within an hour is one incident, later it is another`() {
        var scene = Scene()
        scene.see(alert("a"), at: 0)
        for (index, rule) in ["b", "c", "d"].enumerated() { scene.see(alert(rule), at: day + Double(index) * 60) }
        scene.tick(at: day + 300)
        #expect(scene.opened == [first])
        scene.see(alert("e"), at: day + 9_000)
        scene.tick(at: day + 9_060)
        #expect(scene.opened == [first, first])
    }

    @Test func `another image and another namespace are other workloads`() {
        var scene = Scene()
        scene.see(alert("a"), at: 0)
        scene.see(alert("a", image: "shop/worker"), at: day + 1)
        scene.see(alert("a", namespace: "stage"), at: day + 2)
        scene.tick(at: day + 60)
        #expect(scene.opened == [first, first])
    }

    @Test func `thirty days after the last time it is known, a second later it is new`() {
        var scene = Scene()
        scene.see(alert("a"), at: 0)
        scene.see(alert("a"), at: 20 * day)
        scene.see(alert("a"), at: 50 * day)
        scene.tick(at: 50 * day + 60)
        #expect(scene.opened == [])
        scene = Scene()
        scene.see(alert("a"), at: 0)
        scene.see(alert("a"), at: 30 * day + 1)
        scene.tick(at: 30 * day + 60)
        #expect(scene.opened == [first])
    }

    @Test func `without Kubernetes the image is the workload; without an image there is none`() {
        var scene = Scene()
        scene.see(alert("a", namespace: .null), at: 0)
        scene.see(alert("b", namespace: .null), at: day + 1)
        scene.see(alert("c", namespace: .null, image: ""), at: day + 2)
        scene.see(FalcoAlert(rule: "d", container: "host"), at: day + 3)
        scene.tick(at: day + 60)
        #expect(scene.opened == [first])
    }
}
