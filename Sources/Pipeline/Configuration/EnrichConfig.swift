// SPDX-License-Identifier: Apache-2.0
public import AlertEngine
import AlertModel
public import ConfigTree
public import Enrichment

/// The `enrich` section: what the stage does by itself, and the files it looks things up in.
public struct EnrichConfig: Hashable, Sendable {
    /// What stands for all fields under `add`.
    public static let everything = "all"

    public var settings = EnrichSettings()
    public var sources = TableSources()

    public static let help = "Adds to alerts what is known about them from elsewhere; never changes their own fields."

    public init() {}

    public init(_ section: inout ConfigSection) {
        settings.backfill = section.bool(
            "backfill", default: settings.backfill,
            help: "Null k8s.* and container.* fields come from earlier alerts of the same container.")
        settings.backfillMemory = section.size(
            "backfill_memory", default: settings.backfillMemory, in: 64 << 10 ... 1 << 30,
            help: "What back-fill may remember; the container not seen for longest is forgotten first.")
        settings.attack = section.bool(
            "attack", default: settings.attack, help: "Names of ATT&CK tactics and techniques from tags, as `attack`.")
        let added = section.list(
            "add", of: .fieldName, default: [Self.everything],
            help: "Which fields may be added: `all`, which the journal keeps for search, or a list of them. What no "
                + "rule, route or sink reads saves time and room when it is left out.")
        if added != [Self.everything] {
            if added.contains(Self.everything) {
                section.report(.error, "add", "`all` stands alone", allowed: "`all`, or a list of fields")
            }
            settings.wanted = .only(Set(added.map { FieldName($0) }))
        }
        sources.addresses = section.optionalSection(
            "geoip", help: "Country, city and network of addresses, from MaxMind databases.", Self.addresses)
        sources.indicators = Self.indicators(&section)
        sources.lookups = Self.lookups(&section)
        sources.fileLimit = section.size(
            "file_limit", default: sources.fileLimit, in: 1 << 10 ... 2 << 30,
            help: "The largest file that is read for enrichment.")
    }

    private static func addresses(_ section: inout ConfigSection) -> TableSources.Addresses {
        let databases = section.list(
            "databases", of: .path, default: [],
            help: "Files of the MaxMind DB format; of several, the first that knows an address counts.")
        if section.place != nil, databases.isEmpty, !section.has("databases") {
            section.report(.error, "databases", "is required", allowed: "paths of MaxMind databases, as [city.mmdb]")
        }
        return TableSources.Addresses(
            databases: databases,
            fields: section.list(
                "fields", of: .fieldName, default: ["fd.sip", "fd.rip", "fd.cip"],
                help: "Fields whose addresses are looked up; results are <field>.geo.country, .geo.city, .as.number, "
                    + ".as.organization."),
            maxAge: section.duration(
                "max_age", default: .seconds(30 * 86_400), in: .seconds(3_600) ... .seconds(3_650 * 86_400),
                help: "A database built longer ago is not asked any more."))
    }

    private static func indicators(_ section: inout ConfigSection) -> [TableSources.Indicators] {
        let lists = section.sections(
            "indicators", help: "Lists of addresses, networks, domains, hashes and paths: CSV, MISP JSON, STIX 2.1."
        ) { section in
            TableSources.Indicators(
                name: section.required(
                    "name", .tableName, standIn: "", example: "feed", help: "Hits are added as indicator.<name>."),
                file: section.required("file", .path, standIn: "", example: "indicators.csv", help: "The list."),
                fields: section.list(
                    "fields", of: .fieldName, default: [], help: "Fields to look in, beside those of Falco's own."))
        }
        for (index, list) in lists.enumerated() where lists[..<index].contains(where: { $0.name == list.name }) {
            section.report(.error, "indicators", "two lists are called \(list.name)")
        }
        return lists
    }

    private static func lookups(_ section: inout ConfigSection) -> [TableSources.Lookup] {
        let tables = section.namedSections(
            "tables", name: "owner", help: "Tables in CSV or JSON; a row's columns are added as <table>.<column>."
        ) { section in
            TableSources.Lookup(
                name: "",
                file: section.required("file", .path, standIn: "", example: "owners.csv", help: "The table."),
                key: section.required(
                    "key", .fieldName, standIn: "", example: "k8s.ns.name",
                    help: "The field that finds a row; also the key's column, if there is one of that name, else the "
                        + "first."),
                match: section.choice(
                    "match", default: LookupTable.Match.exact,
                    help: "exact: the whole value. cidr: the narrowest network. prefix: the longest key."),
                columns: section.list(
                    "columns", of: .columnName, default: [], help: "Columns to add; empty: all but the key."))
        }
        return tables.map { table in
            if reserved.contains(table.name.lowercased()) {
                section.report(
                    table.problem(.error, "file", "a table cannot be called \(table.name): fields have that name"))
            }
            var lookup = table.value
            lookup.name = table.name
            return lookup
        }
    }

    /// What fields of Falco, its plugins and this program begin with.
    private static let reserved: Set<String> = [
        "attack", "container", "evt", "fd", "fdlist", "fs", "group", "incident", "indicator", "jevt", "k8s", "ka",
        "kind",
        "output", "priority", "proc", "rule", "source", "storm", "syscall", "tags", "thread", "user",
    ]
}

extension ConfigValue where Value == String {
    /// A field of alerts, `proc.aname[2]` included.
    static var fieldName: Self {
        .init(
            "field", allowed: "up to 128 letters, digits, and . _ - [ ] /",
            read: { text, _, _ throws(ConfigFault) in
                guard !text.isEmpty, text.utf8.count <= 128, text.utf8.allSatisfy(isFieldByte) else {
                    throw ConfigFault("is not the name of a field", allowed: "as fd.sip, proc.aname[2]")
                }
                return text
            }, write: { $0 })
    }

    /// A column of a table, which becomes part of a field's name.
    fileprivate static var columnName: Self {
        .init(
            "column", allowed: "up to 64 letters, digits, and . _ -",
            read: { text, _, _ throws(ConfigFault) in
                guard !text.isEmpty, text.utf8.count <= 64,
                    text.utf8.allSatisfy({ isFieldByte($0) && !"[]/".utf8.contains($0) })
                else { throw ConfigFault("is not the name of a column", allowed: "letters, digits, and . _ -") }
                return text
            }, write: { $0 })
    }

    fileprivate static var tableName: Self {
        .init(
            "name", allowed: "up to 64 of a-z, A-Z, 0-9, _ and -",
            read: { text, _, _ throws(ConfigFault) in
                guard !text.isEmpty, text.utf8.count <= 64,
                    text.utf8.allSatisfy({ isFieldByte($0) && !"[]./".utf8.contains($0) })
                else { throw ConfigFault("is not a name", allowed: "up to 64 of a-z, A-Z, 0-9, _ and -") }
                return text
            }, write: { $0 })
    }
}

private func isFieldByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a") ... UInt8(ascii: "z"), UInt8(ascii: "A") ... UInt8(ascii: "Z"),
        UInt8(ascii: "0") ... UInt8(ascii: "9"):
        true
    default: "._-[]/".utf8.contains(byte)
    }
}
