// SPDX-License-Identifier: Apache-2.0
public import AlertModel

/// One lookup table: a field of the alert finds a row, the row's columns are added as `<table>.<column>`.
public struct LookupTable: Sendable {
    public enum Match: String, CaseIterable, Sendable {
        /// The whole value.
        case exact
        /// The narrowest network that holds the address.
        case cidr
        /// The longest key that the value begins with.
        case prefix
    }

    public let name: String
    public let key: FieldName
    public let match: Match
    public let columns: [String]
    private var texts: TextIndex
    private var networks: NetworkIndex
    /// Row by row.
    private(set) var cells = TextColumn()

    public init(name: String, key: FieldName, match: Match, columns: [String], hashKey: HashKey) {
        self.name = name
        self.key = key
        self.match = match
        self.columns = columns
        texts = TextIndex(hashKey)
        networks = NetworkIndex(hashKey)
    }

    public var count: Int { cells.count / max(columns.count, 1) }
    /// Different lengths of keys: what a search by prefix costs.
    public var keyLengths: Int { texts.lengths.count }

    public enum InsertProblem: Error { case notANetwork, repeated }

    /// Adds a row; `row` has one text per column.
    public mutating func insert(_ key: [UInt8], _ row: [[UInt8]]) throws(InsertProblem) {
        precondition(row.count == columns.count)
        if match == .cidr {
            guard let range = NetworkRange(key.span) else { throw .notANetwork }
            guard networks.insert(range, row: count) else { throw .repeated }
        } else {
            guard texts.insert(key.span, row: count) else { throw .repeated }
        }
        for cell in row { cells.append(cell.span) }
    }

    /// The row that a value finds.
    public func find(_ value: Span<UInt8>) -> Int? {
        switch match {
        case .exact: texts.find(value)
        case .prefix: texts.findPrefix(of: value)
        case .cidr: NetworkAddress(value).flatMap { networks.find($0) }
        }
    }
}
