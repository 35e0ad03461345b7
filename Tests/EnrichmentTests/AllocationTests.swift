// SPDX-License-Identifier: Apache-2.0
import AlertModel
import CAllocations
import Enrichment
import Testing

@testable import AlertEngine

struct AllocationTests {
    private func batch() -> AlertBatch {
        sampleBatch(
            (0 ..< 200).map { number in
                SampleAlert(
                    hostname: "node-\(number % 3)", tags: ["container", "T1059", "mitre_execution", "x\(number % 5)"],
                    fields: [
                        ("container.id", "00000000000\(number % 7)"), ("k8s.ns.name", number % 3 == 0 ? "shop" : nil),
                        ("container.name", "web-\(number % 7)"), ("k8s.pod.label[app]", number % 5 == 0 ? "cart" : nil),
                        ("fd.sip", "81.2.69.\(number % 10)"),
                        ("proc.exepath", "/tmp/x\(number % 4)"), ("container.image.digest", "sha256:\(number % 7)"),
                    ])
            })
    }

    @Test func `no alert takes memory once its container, tags and address were met`() throws {
        var sources = TableSources()
        sources.addresses = TableSources.Addresses(
            databases: [Fixture.path("city.mmdb"), Fixture.path("asn.mmdb")], fields: ["fd.sip"], maxAge: nil)
        sources.indicators = [TableSources.Indicators(name: "feed", file: "feed")]
        sources.lookups = [TableSources.Lookup(name: "owner", file: "owners", key: "proc.exepath", columns: [])]
        var files = [
            TableFile(path: "feed", bytes: Array("evil.example\n/tmp/x1\n81.2.69.7\n".utf8)),
            TableFile(path: "owners", bytes: Array("path,team\n/tmp/x2,cart\n".utf8)),
        ]
        for path in [Fixture.path("city.mmdb"), Fixture.path("asn.mmdb")] {
            files.append(try TableFile(reading: path, limit: 1 << 20))
        }
        let (generation, problems) = TableGeneration.build(sources, from: files, key: HashKey(low: 1, high: 2))
        #expect(problems == [])
        let tables = try #require(generation).tables
        // Apart from each other: without optimisation, handing one's state to the other takes memory.
        let own = counters(Enricher(EnrichSettings()))
        #expect(own.backfilled > 0 && own.attacks > 0)
        let looked = counters(Enricher(EnrichSettings(backfill: false, attack: false), tables: tables))
        #expect(looked.indicators > 0 && looked.rows > 0 && looked.located > 0)
    }

    private func counters(_ enricher: consuming Enricher) -> EnrichCounters {
        var added = AddedFields()
        let batch = batch()
        for _ in 0 ..< 3 { enricher.enrich(batch, into: &added) }
        let before = allocations_of_this_thread()
        for _ in 0 ..< 20 { enricher.enrich(batch, into: &added) }
        let taken = allocations_of_this_thread() - before
        #expect(taken == 0, "\(taken) allocations for 4,000 alerts")
        return enricher.counters
    }
}
