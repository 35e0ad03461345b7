// SPDX-License-Identifier: Apache-2.0
public import AlertEngine
public import AlertModel

/// One generation of tables, made from files in two steps: read, which touches the disk, and build, which does not.
///
/// Who keeps the files' bytes can build the same generation again: it is named by what it was made from.
public struct TableGeneration: Sendable {
    public let tables: EnrichTables
    /// What went in, for the log: `indicators feed: 12,000 (3 of no use)`.
    public let remarks: [String]

    /// Reads every file that `sources` names. All problems at once; files only when there are none.
    public static func read(_ sources: TableSources) -> (files: [TableFile], problems: [TableProblem]) {
        var files: [TableFile] = []
        var problems: [TableProblem] = []
        for path in sources.paths {
            do throws(TableProblem) {
                files.append(try TableFile(reading: path, limit: sources.fileLimit))
            } catch {
                problems.append(error)
            }
        }
        return (problems.isEmpty ? files : [], problems)
    }

    /// Makes tables from files that were read, here or elsewhere. All problems at once.
    public static func build(
        _ sources: TableSources, from files: [TableFile], key: HashKey
    ) -> (generation: TableGeneration?, problems: [TableProblem]) {
        var builder = TableBuilder(files: files, key: key)
        builder.add(sources)
        guard builder.problems.isEmpty else { return (nil, builder.problems) }
        var tables = builder.tables
        tables.generation = name(of: sources, files)
        return (TableGeneration(tables: tables, remarks: builder.remarks), [])
    }

    /// Both steps.
    public static func load(
        _ sources: TableSources, key: HashKey
    ) -> (generation: TableGeneration?, problems: [TableProblem]) {
        let (files, problems) = read(sources)
        return problems.isEmpty ? build(sources, from: files, key: key) : (nil, problems)
    }

    /// SHA-256 over what is made and the digests of what it is made from; empty for nothing. Paths take no part.
    public static func name(of sources: TableSources, _ files: [TableFile]) -> String {
        guard !sources.isEmpty else { return "" }
        var writer = ByteWriter()
        func put(_ path: String) { writer.put(files.first { $0.path == path }?.digest ?? "") }
        func put(_ texts: [String]) { writer.put(texts) { $0.put($1) } }
        writer.put(sources.addresses != nil)
        if let addresses = sources.addresses {
            for path in addresses.databases { put(path) }
            put(addresses.fields)
            writer.put(addresses.maxAge.map(\.wholeNanoseconds) ?? -1)
        }
        for list in sources.indicators {
            writer.put(list.name)
            put(list.file)
            put(list.fields)
        }
        for table in sources.lookups {
            writer.put(table.name)
            put(table.file)
            writer.put(table.key)
            writer.put(table.match.rawValue)
            put(table.columns)
        }
        return TableFile.digest(of: writer.bytes)
    }
}

private struct TableBuilder {
    let files: [TableFile]
    let key: HashKey
    var tables = EnrichTables()
    var problems: [TableProblem] = []
    var remarks: [String] = []

    init(files: [TableFile], key: HashKey) {
        self.files = files
        self.key = key
    }

    mutating func add(_ sources: TableSources) {
        if let addresses = sources.addresses { add(addresses) }
        for source in sources.indicators {
            do throws(TableProblem) {
                let (list, skipped) = try IndicatorReader.read(source, try file(source.file), key)
                tables.indicators.append(list)
                remarks.append("indicators \(source.name): \(list.count), \(skipped) left out")
            } catch {
                problems.append(error)
            }
        }
        for source in sources.lookups {
            do throws(TableProblem) {
                let table = try LookupReader.read(source, try file(source.file), key)
                tables.lookups.append(table)
                remarks.append("table \(source.name): \(table.count) rows")
            } catch {
                problems.append(error)
            }
        }
    }

    private mutating func add(_ addresses: TableSources.Addresses) {
        var databases: [any AddressDatabase] = []
        for path in addresses.databases {
            do throws(TableProblem) {
                let database = try MaxMindDatabase(try file(path))
                remarks.append("database \(database.name): built \(database.built)")
                databases.append(database)
            } catch {
                problems.append(error)
            }
        }
        tables.addresses = AddressTables(
            databases: databases, fields: addresses.fields.map { FieldName($0) }, maxAge: addresses.maxAge)
    }

    private func file(_ path: String) throws(TableProblem) -> TableFile {
        guard let file = files.first(where: { $0.path == path }) else { throw TableProblem(path, "was not read") }
        return file
    }
}
