// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Enrichment
import Foundation
import Testing

@testable import AlertEngine

struct DatabaseTests {
    private static let built: Int64 = 1_700_000_000_000_000_000
    private let day: Int64 = 86_400_000_000_000

    private func sources(
        _ databases: [String], fields: [String] = ["fd.sip", "fd.rip"], maxAge: Duration? = nil
    ) -> TableSources {
        var sources = TableSources()
        sources.addresses = TableSources.Addresses(databases: databases, fields: fields, maxAge: maxAge)
        return sources
    }

    private func load(_ databases: [String], maxAge: Duration? = nil) throws -> EnrichTables {
        let paths = databases.map(Fixture.path)
        let (generation, problems) = TableGeneration.load(sources(paths, maxAge: maxAge), key: HashKey(low: 0, high: 0))
        #expect(problems == [])
        return try #require(generation).tables
    }

    @Test func `country, city, number and organization are added for every field with an address`() throws {
        let tables = try load(["city.mmdb", "asn.mmdb"])
        #expect(
            Fixture.added(tables, [("fd.sip", "81.2.69.142"), ("fd.rip", "89.160.20.200")]) == [
                "fd.sip.geo.country=GB", "fd.sip.geo.city=London", "fd.sip.as.number=20712",
                "fd.sip.as.organization=Andrews & Arnold Ltd", "fd.rip.geo.country=SE", "fd.rip.geo.city=Linköping",
            ])
        #expect(
            Fixture.added(tables, [("fd.sip", "1.128.5.5")]) == [
                "fd.sip.as.number=1221", "fd.sip.as.organization=Telstra",
            ])
        #expect(Fixture.added(tables, [("fd.sip", "203.0.113.7")]) == ["fd.sip.geo.country=DE"])
        #expect(Fixture.added(tables, [("fd.sip", "::ffff:203.0.113.7")]) == ["fd.sip.geo.country=DE"])
        #expect(
            Fixture.added(tables, [("fd.sip", "2001:218::1")]) == [
                "fd.sip.geo.country=JP", "fd.sip.geo.city=Tōkyō", "fd.sip.as.number=4294967295",
                "fd.sip.as.organization=" + String(repeating: "x", count: 300),
            ])
        for silent in ["8.8.8.8", "89.160.20.1", "2001:219::1", "no address", "", "<NA>"] {
            #expect(Fixture.added(tables, [("fd.sip", silent)]) == [])
        }
        #expect(Fixture.added(tables, [("fd.cip", "81.2.69.142")]) == [])
    }

    @Test func `a number is a number`() throws {
        var enricher = Enricher(EnrichSettings(), tables: try load(["asn.mmdb"]))
        var added = AddedFields()
        let batch = sampleBatch([SampleAlert(fields: [("fd.sip", "1.128.0.1")])])
        enricher.enrich(batch, into: &added)
        let facts = AlertFacts(batch.alert(at: 0), added, at: 0)
        let value = facts.value(FieldName("fd.sip.as.number"))
        let (kind, bits) = (value?.kind, value?.bits)
        #expect(kind == .int64 && bits == 1_221)
    }

    @Test func `private addresses are not looked up, even where a database has them`() throws {
        var enricher = Enricher(EnrichSettings(attack: false), tables: try load(["city.mmdb"]))
        var added = AddedFields()
        enricher.enrich(sampleBatch([SampleAlert(fields: [("fd.sip", "10.1.2.3")])]), into: &added)
        #expect(added.texts(ofAlert: 0) == [] && enricher.counters.addresses == 0)
    }

    @Test func `of several databases the first that knows counts; one of IPv4 alone knows no IPv6`() throws {
        let tables = try load(["ipv4.mmdb", "city.mmdb"])
        #expect(
            Fixture.added(tables, [("fd.sip", "81.2.69.1")]) == ["fd.sip.geo.country=IE", "fd.sip.geo.city=Dublin"])
        #expect(
            Fixture.added(tables, [("fd.sip", "2001:218::1")]) == ["fd.sip.geo.country=JP", "fd.sip.geo.city=Tōkyō"])
    }

    @Test func `only wanted fields are added, and unwanted ones are not looked up`() throws {
        let tables = try load(["city.mmdb"])
        let wanted = WantedFields.only([FieldName("fd.rip.geo.city")])
        var enricher = Enricher(EnrichSettings(wanted: wanted), tables: tables)
        var added = AddedFields()
        let fields: [(name: String, value: String?)] = [("fd.sip", "81.2.69.142"), ("fd.rip", "81.2.69.142")]
        enricher.enrich(sampleBatch([SampleAlert(fields: fields)]), into: &added)
        #expect(added.texts(ofAlert: 0) == ["fd.rip.geo.city=London"])
        #expect(enricher.counters.addresses == 1)
        #expect(Enricher(EnrichSettings(wanted: .only([FieldName("proc.name")])), tables: tables).isIdle)
    }

    @Test func `a database past its age limit stops, says so and is counted; the younger one goes on`() throws {
        let tables = try load(["city.mmdb", "later.mmdb"], maxAge: .seconds(30 * 86_400))
        var enricher = Enricher(EnrichSettings(attack: false), tables: tables)
        var added = AddedFields()
        func texts(at time: Int64) -> [String] {
            let alert = SampleAlert(time: time, fields: [("fd.sip", "81.2.69.142")])
            enricher.enrich(sampleBatch([alert]), into: &added)
            return added.texts(ofAlert: 0)
        }
        let end = Self.built + 30 * day
        let london = ["fd.sip.geo.country=GB", "fd.sip.geo.city=London"]
        #expect(texts(at: Self.built - 1_000 * day) == london)
        #expect(texts(at: end) == london)
        #expect(enricher.expiredDatabases == [])
        #expect(texts(at: end + 1) == ["fd.sip.geo.country=FR", "fd.sip.geo.city=Paris"])
        #expect(enricher.expiredDatabases == ["city.mmdb"] && enricher.counters.expired == 1)
        // An older alert does not turn time back.
        #expect(texts(at: end) == ["fd.sip.geo.country=FR", "fd.sip.geo.city=Paris"])
        enricher.advance(
            EngineMoment(watermark: EventTime(nanoseconds: 0), now: EventTime(nanoseconds: end + 101 * 1_000_000_000)))
        #expect(enricher.expiredDatabases == ["city.mmdb", "later.mmdb"])
        #expect(texts(at: end) == [])
        #expect(enricher.counters.expired == 4)
    }

    @Test func `time is part of the checkpoint`() throws {
        let tables = try load(["city.mmdb"], maxAge: .seconds(86_400))
        var enricher = Enricher(EnrichSettings(), tables: tables)
        var added = AddedFields()
        enricher.enrich(sampleBatch([SampleAlert(time: Self.built + 2 * day)]), into: &added)
        #expect(enricher.expiredDatabases == ["city.mmdb"])
        var reader = ByteReader(enricher.checkpoint)
        #expect(try Enricher(EnrichSettings(), tables: tables, from: &reader).expiredDatabases == ["city.mmdb"])
    }

    @Test func `another generation takes over between entries, and back-fill remembers`() throws {
        var enricher = Enricher(EnrichSettings(attack: false), tables: try load(["city.mmdb"]))
        var added = AddedFields()
        let id = "0123456789ab"
        enricher.enrich(
            sampleBatch([SampleAlert(fields: [("container.id", id), ("k8s.ns.name", "shop")])]), into: &added)
        let first = enricher.generation
        let next = try load(["later.mmdb"])
        enricher = enricher.with(tables: next)
        #expect(enricher.generation != first && enricher.generation == next.generation && first.count == 64)
        enricher.enrich(
            sampleBatch([SampleAlert(fields: [("container.id", id), ("fd.sip", "81.2.69.142")])]), into: &added)
        #expect(
            added.texts(ofAlert: 0) == ["k8s.ns.name=shop", "fd.sip.geo.country=FR", "fd.sip.geo.city=Paris"])
        enricher = enricher.with(tables: EnrichTables())
        enricher.enrich(sampleBatch([SampleAlert(fields: [("container.id", id)])]), into: &added)
        #expect(added.texts(ofAlert: 0) == ["k8s.ns.name=shop"] && enricher.generation == "")
    }

    @Test func `the file may be overwritten, cut short or removed while its generation is used`() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("creance-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appendingPathComponent("a.mmdb").path
        let bytes = try Fixture.bytes("city.mmdb")
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        let tables = try #require(TableGeneration.load(sources([path]), key: HashKey(low: 0, high: 0)).generation)
            .tables
        let london = ["fd.sip.geo.country=GB", "fd.sip.geo.city=London"]
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        try handle.truncate(atOffset: 1)
        #expect(Fixture.added(tables, [("fd.sip", "81.2.69.142")]) == london)
        try FileManager.default.removeItem(atPath: path)
        #expect(Fixture.added(tables, [("fd.sip", "81.2.69.143")]) == london)
    }

    @Test func `a generation is named by what it was made from, wherever that lay`() throws {
        let bytes = try Fixture.bytes("city.mmdb")
        func name(_ path: String, _ bytes: [UInt8], _ age: Duration?) -> String {
            TableGeneration.name(of: sources([path], maxAge: age), [TableFile(path: path, bytes: bytes)])
        }
        #expect(name("/a", bytes, nil) == name("/b", bytes, nil))
        #expect(name("/a", bytes, nil) != name("/a", bytes + [0], nil))
        #expect(name("/a", bytes, nil) != name("/a", bytes, .seconds(1)))
        #expect(TableGeneration.name(of: TableSources(), []) == "")
    }

    @Test func `damaged databases are refused or answer something, never a crash`() throws {
        let sound = try Fixture.bytes("city.mmdb") + []
        let addresses = ["81.2.69.142", "203.0.113.1", "2001:218::1", "1.1.1.1", "255.1.1.1", "3fff::"]
        var random = SeededNumbers(3)
        var refused = 0
        for round in 0 ..< 400 {
            var bytes = sound
            if round % 3 == 0 { bytes.removeLast(1 + Int(random.next() % UInt64(bytes.count))) }
            for _ in 0 ..< (round % 3 == 0 ? 0 : 1 + random.next() % 8) where !bytes.isEmpty {
                bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next())
            }
            let file = TableFile(path: "x.mmdb", bytes: bytes)
            let (generation, problems) = TableGeneration.build(
                sources(["x.mmdb"]), from: [file], key: HashKey(low: 0, high: 0))
            guard let generation else {
                refused += 1
                #expect(problems.count == 1 && problems[0].description.hasPrefix("x.mmdb: is "))
                continue
            }
            for address in addresses { _ = Fixture.added(generation.tables, [("fd.sip", address)]) }
        }
        #expect(refused > 50)
    }

    @Test func `every file that cannot be read is named at once`() throws {
        var all = sources(["/nonexistent/a.mmdb", Fixture.path("")])
        all.lookups = [TableSources.Lookup(name: "o", file: "/nonexistent/o.csv", key: "k", columns: [])]
        #expect(
            TableGeneration.load(all, key: HashKey(low: 0, high: 0)).problems.map(\.what)
                == ["there is no such file", "is not a file", "there is no such file"])
        var small = sources([Fixture.path("city.mmdb")])
        small.fileLimit = 100
        #expect(
            TableGeneration.load(small, key: HashKey(low: 0, high: 0)).problems.map(\.what)
                == ["is larger than 100 bytes (enrich.file_limit)"])
    }

    @Test func `the databases are what their script writes`() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("creance-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", Fixture.path("make_databases.py"), folder.path]
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        for name in ["city.mmdb", "asn.mmdb", "later.mmdb", "ipv4.mmdb"] {
            let made = [UInt8](try Data(contentsOf: folder.appendingPathComponent(name)))
            #expect(made == (try Fixture.bytes(name)), "\(name)")
        }
    }
}
