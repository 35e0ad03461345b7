// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Enrichment
import Foundation

@testable import AlertEngine

/// Files and alerts of these tests.
enum Fixture {
    static func path(_ name: String) -> String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Fixtures/\(name)").path
    }

    static func bytes(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(fileURLWithPath: path(name))))
    }

    /// Tables from texts that were never files: name → content.
    static func build(
        _ sources: TableSources, _ contents: [String: String]
    ) -> (tables: EnrichTables?, problems: [String]) {
        let files = contents.map { TableFile(path: $0.key, bytes: Array($0.value.utf8)) }
        let result = TableGeneration.build(sources, from: files, key: HashKey(low: 1, high: 2))
        return (result.generation?.tables, result.problems.map(\.description))
    }

    static func indicators(_ content: String, fields: [String] = []) -> (tables: EnrichTables?, problems: [String]) {
        var sources = TableSources()
        sources.indicators = [TableSources.Indicators(name: "feed", file: "feed", fields: fields)]
        return build(sources, ["feed": content])
    }

    static func lookup(
        _ content: String, key: String = "k8s.ns.name", match: LookupTable.Match = .exact, columns: [String] = []
    ) -> (tables: EnrichTables?, problems: [String]) {
        var sources = TableSources()
        sources.lookups = [
            TableSources.Lookup(name: "owner", file: "owners", key: key, match: match, columns: columns)
        ]
        return build(sources, ["owners": content])
    }

    /// What an alert with these fields gets.
    static func added(_ tables: EnrichTables?, _ fields: [(name: String, value: String?)]) -> [String] {
        var enricher = Enricher(EnrichSettings(backfill: false, attack: false), tables: tables ?? EnrichTables())
        var added = AddedFields()
        enricher.enrich(sampleBatch([SampleAlert(fields: fields)]), into: &added)
        return added.texts(ofAlert: 0)
    }
}
