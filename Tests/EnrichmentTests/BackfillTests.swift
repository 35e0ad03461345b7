// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Testing

@testable import AlertEngine

struct BackfillTests {
    private let id = "0123456789ab"

    private func enriched(_ alerts: [SampleAlert], _ settings: EnrichSettings = EnrichSettings(attack: false))
        -> [[String]]
    {
        var enricher = Enricher(settings)
        var added = AddedFields()
        enricher.enrich(sampleBatch(alerts), into: &added)
        return alerts.indices.map { added.texts(ofAlert: $0).sorted() }
    }

    private func alert(_ fields: [(name: String, value: String?)], on host: String = "node-1") -> SampleAlert {
        SampleAlert(hostname: host, fields: fields)
    }

    @Test func `null fields come from an earlier alert of the container, whatever form null has`() {
        let teacher = alert([("container.id", id), ("k8s.ns.name", "shop"), ("container.name", "web")])
        let results = enriched([
            teacher,
            alert([("container.id", id), ("k8s.ns.name", nil), ("container.name", "web")]),
            alert([("container.id", id), ("k8s.ns.name", ""), ("container.name", "<NA>")]),
            alert([("container.id", id)]),
            alert([("container.id", id), ("k8s.ns.name", "shop"), ("container.name", "web")]),
        ])
        let both = ["container.name=web", "k8s.ns.name=shop"]
        #expect(results == [[], ["k8s.ns.name=shop"], both, both, []])
    }

    @Test func `an earlier alert is not changed by a later one`() {
        let results = enriched([
            alert([("container.id", id), ("k8s.ns.name", nil)]),
            alert([("container.id", id), ("k8s.ns.name", "shop")]),
        ])
        #expect(results == [[], []])
    }

    @Test func `the last value that is not null counts`() {
        let results = enriched([
            alert([("container.id", id), ("k8s.ns.name", "shop")]),
            alert([("container.id", id), ("k8s.ns.name", "bar")]),
            alert([("container.id", id), ("k8s.ns.name", "<NA>")]), alert([("container.id", id)]),
        ])
        #expect(results == [[], [], ["k8s.ns.name=bar"], ["k8s.ns.name=bar"]])
    }

    @Test func `the short and the whole id are one container, other ids and hosts are not`() {
        let whole = id + String(repeating: "c", count: 52)
        let results = enriched([
            alert([("container.id", whole), ("k8s.ns.name", "shop")]),
            alert([("container.id", id)]),
            alert([("container.id", id)], on: "node-2"),
            alert([("container.id", "0123456789ac")]),
            alert([("container.full_id", whole)]),
            alert([("container.id", nil), ("container.full_id", whole)]),
        ])
        #expect(results == [[], ["k8s.ns.name=shop"], [], [], ["k8s.ns.name=shop"], ["k8s.ns.name=shop"]])
    }

    @Test func `the host is no container and teaches nothing`() {
        let results = enriched([
            alert([("container.id", "host"), ("k8s.ns.name", "shop")]), alert([("container.id", "host")]),
            alert([("container.id", ""), ("k8s.ns.name", "shop")]), alert([("container.id", "<NA>")]),
            alert([("k8s.ns.name", "shop")]), alert([]),
        ])
        #expect(results == [[], [], [], [], [], []])
    }

    @Test func `labels by name are filled, durations and the ids themselves are not`() {
        let results = enriched([
            alert([
                ("container.id", id), ("k8s.pod.label[app]", "cart"), ("container.duration", "12"),
                ("container.full_id", id + "aa"), ("proc.name", "bash"),
            ]),
            alert([("container.id", id)]),
        ])
        #expect(results[1] == ["k8s.pod.label[app]=cart"])
    }

    @Test func `numbers and Booleans keep their kind`() {
        var enricher = Enricher(EnrichSettings(attack: false))
        var added = AddedFields()
        let batch = sampleBatch([
            alert([("container.id", id), ("k8s.pod.labels", "app:cart")]), alert([("container.id", id)]),
        ])
        enricher.enrich(batch, into: &added)
        let facts = AlertFacts(batch.alert(at: 1), added, at: 1)
        let kind = facts.value(FieldName("k8s.pod.labels"))?.kind
        #expect(kind == .string)
    }

    @Test func `only what is wanted is added`() {
        let wanted = WantedFields.only([FieldName("k8s.ns.name")])
        let results = enriched(
            [
                alert([("container.id", id), ("k8s.ns.name", "shop"), ("container.name", "web")]),
                alert([("container.id", id)]),
            ], EnrichSettings(wanted: wanted))
        #expect(results[1] == ["k8s.ns.name=shop"])
        #expect(Enricher(EnrichSettings(wanted: .only([FieldName("proc.name")]))).isIdle)
        #expect(Enricher(.off).isIdle)
    }

    @Test func `a value too long is not learnt and stands in for nothing`() {
        let long = String(repeating: "x", count: Backfill.valueLimit + 1)
        var enricher = Enricher(EnrichSettings(attack: false))
        var added = AddedFields()
        enricher.enrich(
            sampleBatch([
                alert([("container.id", id), ("k8s.ns.name", "shop"), ("k8s.pod.labels", long)]),
                alert([("container.id", id), ("k8s.pod.labels", long)]), alert([("container.id", id)]),
            ]), into: &added)
        #expect(added.texts(ofAlert: 1) == ["k8s.ns.name=shop"])
        #expect(added.texts(ofAlert: 2) == ["k8s.ns.name=shop"])
        #expect(enricher.counters.unlearnt == 2)
    }

    @Test func `the container that was not seen for longest is forgotten first`() {
        // Room for three containers of this size.
        let settings = EnrichSettings(
            backfillMemory: 3 * (ContainerTable.entryBytes + 3 + 6 + 12 + 4 + 4), attack: false)
        func teacher(_ id: String) -> SampleAlert { alert([("container.id", id), ("k8s.ns.name", "shop")]) }
        func pupil(_ id: String) -> SampleAlert { alert([("container.id", id)]) }
        let (a, b, c, d) = ("aaaaaaaaaaaa", "bbbbbbbbbbbb", "cccccccccccc", "dddddddddddd")
        let results = enriched(
            [teacher(a), teacher(b), teacher(c), pupil(a), teacher(d), pupil(b), pupil(a), pupil(c), pupil(d)], settings
        )
        let got = ["k8s.ns.name=shop"]
        #expect(results == [[], [], [], got, [], [], got, got, got])
    }
}
