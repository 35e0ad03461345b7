// SPDX-License-Identifier: Apache-2.0
public import AlertEngine

/// Which files enrichment reads, and what for; configuration keys `enrich.geoip`, `.indicators`, `.tables`.
public struct TableSources: Hashable, Sendable {
    public struct Addresses: Hashable, Sendable {
        /// Paths of MaxMind databases; of several, the first that knows an address counts.
        public var databases: [String]
        public var fields: [String]
        public var maxAge: Duration?

        public init(databases: [String], fields: [String], maxAge: Duration?) {
            self.databases = databases
            self.fields = fields
            self.maxAge = maxAge
        }
    }

    public struct Indicators: Hashable, Sendable {
        public var name: String
        public var file: String
        /// Fields to look in, beside those that follow from a kind; each is tried as every kind the list has.
        public var fields: [String]

        public init(name: String, file: String, fields: [String] = []) {
            self.name = name
            self.file = file
            self.fields = fields
        }
    }

    public struct Lookup: Hashable, Sendable {
        public var name: String
        public var file: String
        public var key: String
        public var match: LookupTable.Match
        /// Empty: all but the key.
        public var columns: [String]

        public init(name: String, file: String, key: String, match: LookupTable.Match = .exact, columns: [String]) {
            self.name = name
            self.file = file
            self.key = key
            self.match = match
            self.columns = columns
        }
    }

    public var addresses: Addresses?
    public var indicators: [Indicators] = []
    public var lookups: [Lookup] = []
    /// Of one file, in bytes.
    public var fileLimit = 256 << 20

    public init() {}

    public var isEmpty: Bool { addresses == nil && indicators.isEmpty && lookups.isEmpty }

    /// Every file, once.
    public var paths: [String] {
        var paths: [String] = []
        let all = (addresses?.databases ?? []) + indicators.map(\.file) + lookups.map(\.file)
        for path in all where !paths.contains(path) { paths.append(path) }
        return paths
    }
}
