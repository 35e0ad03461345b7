// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Enrichment
import Testing

@testable import AlertEngine

struct LookupTests {
    private let owners =
        "k8s.ns.name,team,tier\nshop,cart,1\n\"pay,ments\",\"the \"\"money\"\"\",2\n# nobody\n\nempty,,3\n"

    @Test func `a row's columns are added under the table's name`() {
        let (tables, problems) = Fixture.lookup(owners, columns: ["team", "tier"])
        #expect(problems == [])
        #expect(Fixture.added(tables, [("k8s.ns.name", "shop")]) == ["owner.team=cart", "owner.tier=1"])
        #expect(Fixture.added(tables, [("k8s.ns.name", "pay,ments")]) == [#"owner.team=the "money""#, "owner.tier=2"])
        #expect(Fixture.added(tables, [("k8s.ns.name", "empty")]) == ["owner.tier=3"])
        #expect(Fixture.added(tables, [("k8s.ns.name", "Shop")]) == [])
        #expect(Fixture.added(tables, [("k8s.ns.name", nil)]) == [])
    }

    @Test func `without columns all but the key are added; the key is the column of its name, else the first`() {
        #expect(
            Fixture.added(Fixture.lookup("team,k8s.ns.name\ncart,shop\n").tables, [("k8s.ns.name", "shop")])
                == ["owner.team=cart"])
        #expect(
            Fixture.added(Fixture.lookup("namespace,team\r\nshop,cart\r\n").tables, [("k8s.ns.name", "shop")])
                == ["owner.team=cart"])
    }

    @Test func `JSON tables are lists of objects or objects by key`() {
        let list = #"[{"k8s.ns.name": "shop", "team": "cart", "tier": 1, "on_call": null}]"#
        let byKey = #"{"shop": {"team": "cart", "tier": 1}, "other": {"team": "x\u00e9\ud83d\ude00"}}"#
        for text in [list, byKey] {
            let (tables, problems) = Fixture.lookup(text, columns: ["team", "tier"])
            #expect(problems == [])
            #expect(Fixture.added(tables, [("k8s.ns.name", "shop")]) == ["owner.team=cart", "owner.tier=1"])
        }
        #expect(Fixture.added(Fixture.lookup(byKey).tables, [("k8s.ns.name", "other")]) == ["owner.team=xé😀"])
    }

    @Test func `the narrowest network and the longest prefix win`() {
        let networks = "network,zone\n10.0.0.0/8,inner\n10.1.0.0/16,lab\n10.1.2.3,door\n2001:db8::/32,six\n"
        let (byNetwork, problems) = Fixture.lookup(networks, key: "fd.sip", match: .cidr)
        #expect(problems == [])
        for (address, zone) in [
            ("10.9.9.9", "inner"), ("10.1.9.9", "lab"), ("10.1.2.3", "door"), ("2001:db8::1", "six"),
        ] {
            #expect(Fixture.added(byNetwork, [("fd.sip", address)]) == ["owner.zone=\(zone)"])
        }
        #expect(Fixture.added(byNetwork, [("fd.sip", "11.0.0.1")]) == [])
        #expect(Fixture.added(byNetwork, [("fd.sip", "no address")]) == [])
        let paths = "path,what\n/usr/,system\n/usr/local/,own\n"
        let (byPrefix, _) = Fixture.lookup(paths, key: "proc.exepath", match: .prefix)
        #expect(Fixture.added(byPrefix, [("proc.exepath", "/usr/bin/ls")]) == ["owner.what=system"])
        #expect(Fixture.added(byPrefix, [("proc.exepath", "/usr/local/bin/x")]) == ["owner.what=own"])
        #expect(Fixture.added(byPrefix, [("proc.exepath", "/opt/x")]) == [])
    }

    @Test func `a key that back-fill knows is looked up too`() {
        let tables = Fixture.lookup(owners, columns: ["team"]).tables ?? EnrichTables()
        let wanted = WantedFields.only([FieldName("owner.team")])
        var enricher = Enricher(EnrichSettings(wanted: wanted), tables: tables)
        var added = AddedFields()
        let batch = sampleBatch([
            SampleAlert(fields: [("container.id", "0123456789ab"), ("k8s.ns.name", "shop")]),
            SampleAlert(fields: [("container.id", "0123456789ab"), ("k8s.ns.name", nil)]),
            SampleAlert(hostname: "other", fields: [("container.id", "0123456789ab"), ("k8s.ns.name", nil)]),
            SampleAlert(fields: [("k8s.ns.name", nil)]),
        ])
        enricher.enrich(batch, into: &added)
        let results = (0 ..< 4).map { added.texts(ofAlert: $0) }
        #expect(results == [["owner.team=cart"], ["owner.team=cart"], [], []])
    }

    @Test(arguments: [
        ("", "owners: has no header line"),
        ("a,a\n", "owners:1: two columns are called \"a\""),
        ("key,team\nshop\n", "owners:2: 1 columns where the header has 2"),
        ("key,team\nshop,a\nshop,b\n", "owners:3: \"shop\" has a row already"),
        ("key,team\n,b\n", "owners:2: the key is empty"),
        ("key,team\n\"shop,b\n", "owners:2: a quote does not end"),
        ("key,team\n\"shop\"x,b\n", "owners:2: something follows a closing quote"),
        ("[{\"k\": 1},\n {}]", "owners:2: a row is no object"),
        ("[1]", "owners:1: a row is no object"),
        ("{\"shop\": {\"team\": []}}", "owners:1: \"team\" is no single value"),
        ("{\"shop\": {\"team\": 1}", "owners:1: the document ends too early"),
        ("[{\"key\":\n\"a\", \"team\" 1}]", "owners:2: a colon was expected"),
        ("{} x", "owners:1: something follows the document"),
        ("[{\"key\": \"\\x\"}]", "owners:1: an unknown escape in a text"),
        ("[{\"key\": truth}]", "owners:1: not JSON"),
        ("[{\"key\": 1e}]", "owners:1: \"1e\" is no number"),
    ])
    func `a mistake is named with file and line`(_ content: String, _ problem: String) {
        let result = Fixture.lookup(content)
        #expect(result.problems == [problem])
        #expect(result.tables == nil || result.tables?.lookups.isEmpty == true)
    }

    @Test func `a column that is not there is named with those that are`() {
        let (_, problems) = Fixture.lookup(owners, columns: ["teem"])
        #expect(problems == ["owners:1: there is no column \"teem\" (there are: k8s.ns.name, team, tier)"])
        #expect(Fixture.lookup("[{\"k\": 1}]", columns: ["x"]).problems == ["owners: no row has \"x\""])
        #expect(
            Fixture.lookup("n,z\n10.0.0.0/99,x\n", match: .cidr).problems == ["owners:2: \"10.0.0.0/99\" is no network"]
        )
    }

    @Test func `depth, cells and columns have limits`() {
        let deep = String(repeating: "[", count: 100_000)
        #expect(Fixture.lookup(deep).problems == ["owners:1: more than 64 levels inside one another"])
        let wide = String(repeating: "a,", count: 300) + "\n"
        #expect(Fixture.lookup(wide).problems == ["owners:1: more than 256 columns"])
        let long = "key,team\nx," + String(repeating: "y", count: 70_000) + "\n"
        #expect(Fixture.lookup(long).problems == ["owners:2: a cell is longer than 65536 bytes"])
        let lengths = (1 ... 300).map { String(repeating: "p", count: $0) + ",x\n" }.joined()
        #expect(
            Fixture.lookup("key,team\n" + lengths, match: .prefix).problems
                == ["owners: prefixes of more than 256 different lengths"])
    }
}
