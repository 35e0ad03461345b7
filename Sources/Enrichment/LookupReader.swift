// SPDX-License-Identifier: Apache-2.0
import AlertEngine
import AlertModel

/// Reads one lookup table.
///
/// CSV with a header line; or JSON, a list of objects, or an object of objects by key. The key's column is the one that is
/// called like the alert's field; where there is none, the first one.
struct LookupReader {
    static let rowLimit = 2_000_000
    /// Different lengths of keys of a prefix table: each costs a probe per alert.
    static let prefixLengthLimit = 256

    private let source: TableSources.Lookup
    private let file: TableFile
    private let key: HashKey

    static func read(
        _ source: TableSources.Lookup, _ file: TableFile, _ key: HashKey
    ) throws(TableProblem) -> LookupTable {
        let reader = LookupReader(source: source, file: file, key: key)
        let isJSON = file.bytes.first { !" \t\r\n".utf8.contains($0) }.map { $0 == 0x7b || $0 == 0x5b } ?? false
        let table = isJSON ? try reader.json() : try reader.csv()
        if source.match == .prefix, table.keyLengths > prefixLengthLimit {
            throw TableProblem(file.path, "prefixes of more than \(prefixLengthLimit) different lengths")
        }
        return table
    }

    private init(source: TableSources.Lookup, file: TableFile, key: HashKey) {
        self.source = source
        self.file = file
        self.key = key
    }

    private func table(_ columns: [String]) -> LookupTable {
        LookupTable(
            name: source.name, key: FieldName(source.key), match: source.match, columns: columns, hashKey: key)
    }

    private func csv() throws(TableProblem) -> LookupTable {
        var reader = CSVReader(file)
        guard let (line, header) = try reader.next() else { throw TableProblem(file.path, "has no header line") }
        let names = header.map { String(decoding: $0, as: UTF8.self) }
        for (index, name) in names.enumerated() where names[..<index].contains(name) {
            throw TableProblem(file.path, line: line, "two columns are called \(shown(header[index]))")
        }
        let keyColumn = names.firstIndex(of: source.key) ?? 0
        let columns =
            source.columns.isEmpty ? names.indices.filter { $0 != keyColumn }.map { names[$0] } : source.columns
        var places: [Int] = []
        for column in columns {
            guard let place = names.firstIndex(of: column) else {
                throw TableProblem(
                    file.path, line: line,
                    "there is no column \(shown(Array(column.utf8))) (there are: \(names.joined(separator: ", ")))")
            }
            places.append(place)
        }
        var table = table(columns)
        while let (line, cells) = try reader.next() {
            guard cells.count == names.count else {
                throw TableProblem(file.path, line: line, "\(cells.count) columns where the header has \(names.count)")
            }
            try add(cells[keyColumn], places.map { cells[$0] }, line: line, to: &table)
        }
        return table
    }

    private func json() throws(TableProblem) -> LookupTable {
        let root = try JSONReader.read(file)
        var rows: [(key: [UInt8], node: JSONNode)] = []
        if case .object(let members) = root.content {
            rows = members.map { ($0.key, $0.value) }
        } else {
            for item in root.list ?? [] {
                guard case .object(let members) = item.content, let first = members.first else {
                    throw TableProblem(file.path, line: item.line, "a row is no object")
                }
                guard let key = (item[source.key] ?? first.value).plain else {
                    throw TableProblem(file.path, line: item.line, "a row without a key")
                }
                rows.append((key, item))
            }
        }
        var table = table(try columns(of: rows, isList: root.list != nil))
        for (key, node) in rows {
            var cells: [[UInt8]] = []
            for column in table.columns {
                if let value = node[column], value.plain == nil, !value.isNull {
                    throw TableProblem(file.path, line: value.line, "\(shown(Array(column.utf8))) is no single value")
                }
                cells.append(node[column]?.plain ?? [])
            }
            try add(key, cells, line: node.line, to: &table)
        }
        return table
    }

    /// Columns that no row has are a mistake.
    private func columns(of rows: [(key: [UInt8], node: JSONNode)], isList: Bool) throws(TableProblem) -> [String] {
        var known: [String] = []
        var seen: Set<String> = []
        for (_, node) in rows {
            guard case .object(let members) = node.content else {
                throw TableProblem(file.path, line: node.line, "a row is no object")
            }
            for (key, _) in members {
                let name = String(decoding: key, as: UTF8.self)
                if seen.insert(name).inserted { known.append(name) }
                guard seen.count <= CSVReader.columnLimit else {
                    throw TableProblem(file.path, line: node.line, "more than \(CSVReader.columnLimit) columns")
                }
            }
        }
        if source.columns.isEmpty {
            return isList ? known.filter { $0 != (known.contains(source.key) ? source.key : known.first) } : known
        }
        for column in source.columns where !seen.contains(column) {
            throw TableProblem(file.path, "no row has \(shown(Array(column.utf8)))")
        }
        return source.columns
    }

    private func add(
        _ key: [UInt8], _ cells: [[UInt8]], line: Int, to table: inout LookupTable
    ) throws(TableProblem) {
        guard table.count < Self.rowLimit else {
            throw TableProblem(file.path, line: line, "more than \(Self.rowLimit) rows")
        }
        guard !key.isEmpty else { throw TableProblem(file.path, line: line, "the key is empty") }
        do throws(LookupTable.InsertProblem) {
            try table.insert(key, cells)
        } catch {
            switch error {
            case .notANetwork: throw TableProblem(file.path, line: line, "\(shown(key)) is no network")
            case .repeated: throw TableProblem(file.path, line: line, "\(shown(key)) has a row already")
            }
        }
    }
}

extension JSONNode {
    fileprivate var isNull: Bool { if case .null = content { true } else { false } }
}
