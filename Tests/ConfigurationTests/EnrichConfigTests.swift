// SPDX-License-Identifier: Apache-2.0
import AlertEngine
import ConfigTree
import Enrichment
import Pipeline
import Testing

@Suite struct EnrichConfigTests {
    private func check(_ yaml: String) -> ConfigOutcome<EnrichConfig> {
        ConfigDocument(Array(yaml.utf8), file: "/etc/creance/t.yaml").check(EnrichConfig.init)
    }

    @Test func `every key is read`() throws {
        let outcome = check(
            """
            backfill: false
            backfill_memory: 1MiB
            attack: false
            geoip: { databases: [city.mmdb, /a/asn.mmdb], fields: [fd.sip, "proc.aname[2]"], max_age: 7d }
            indicators: [{ name: feed, file: indicators.csv, fields: [ct.srcip] }]
            tables:
              owner: { file: owners.csv, key: k8s.ns.name, columns: [team, tier] }
              net: { file: net.json, key: fd.rip, match: cidr }
            file_limit: 1MiB
            """)
        #expect(outcome.problems == [])
        let config = try #require(outcome.value)
        #expect(config.settings == EnrichSettings(backfill: false, backfillMemory: 1 << 20, attack: false))
        var sources = TableSources()
        sources.addresses = TableSources.Addresses(
            databases: ["/etc/creance/city.mmdb", "/a/asn.mmdb"], fields: ["fd.sip", "proc.aname[2]"],
            maxAge: .seconds(7 * 86_400))
        sources.indicators = [
            TableSources.Indicators(name: "feed", file: "/etc/creance/indicators.csv", fields: ["ct.srcip"])
        ]
        sources.lookups = [
            TableSources.Lookup(
                name: "owner", file: "/etc/creance/owners.csv", key: "k8s.ns.name", columns: ["team", "tier"]),
            TableSources.Lookup(name: "net", file: "/etc/creance/net.json", key: "fd.rip", match: .cidr, columns: []),
        ]
        sources.fileLimit = 1 << 20
        #expect(config.sources == sources)
    }

    @Test func `without keys back-fill and ATT&CK are on, and no file is read`() throws {
        let config = try #require(check("").value)
        #expect(config == EnrichConfig() && config.settings.backfill && config.settings.attack)
        #expect(config.sources.isEmpty)
        #expect(check(ConfigDocument.reference(EnrichConfig.init).yaml()).value == config)
    }

    @Test(arguments: [
        ("geoip: {}", "1:1: error: geoip.databases: is required (allowed: paths of MaxMind databases, as [city.mmdb])"),
        (
            "indicators: [{ name: a.b, file: x }]",
            "1:22: error: indicators[0].name: is not a name (allowed: up to 64 of a-z, A-Z, 0-9, _ and -)"
        ),
        (
            "indicators: [{ name: a, file: x }, { name: a, file: y }]",
            "1:1: error: indicators: two lists are called a"
        ),
        (
            "tables: { proc: { file: x, key: a } }",
            "1:19: error: tables.proc.file: a table cannot be called proc: fields have that name"
        ),
        ("tables: { x: { key: a } }", "1:11: error: tables.x.file: is required (allowed: path, as owners.csv)"),
        ("tables: { x: 3 }", "1:14: error: tables.x: is a single value (allowed: a map)"),
        ("tables: [x]", "1:9: error: tables: is a list (allowed: a map)"),
        (
            "tables: { \"a b\": { file: x, key: a } }",
            "1:11: error: tables.\"a b\": is not a name (allowed: up to 64 of a-z, A-Z, 0-9, _ and -)"
        ),
        (
            "tables: { x: { file: x, key: a, columns: ['a[1]'] } }",
            "1:43: error: tables.x.columns[0]: is not the name of a column (allowed: letters, digits, and . _ -)"
        ),
    ])
    func `a mistake is named at its place`(_ yaml: String, _ problem: String) {
        #expect(check(yaml).problems.map(\.description) == ["/etc/creance/t.yaml:\(problem)"])
    }
}
