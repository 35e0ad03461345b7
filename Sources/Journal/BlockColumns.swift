// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// The columns of one block, read back. `BlockEncoder` has the layout.
struct BlockColumns {
    /// One column's distinct values and each alert's index into them; 0 is null.
    struct Dictionary {
        /// `values[i]` is the value of index i + 1.
        let values: [[UInt8]]
        private let indexes: [UInt32]
        private let constant: UInt32

        /// Of alerts that are all null.
        init() { (values, indexes, constant) = ([], [], 0) }

        init?(_ cursor: inout ByteCursor, count: Int) {
            guard let valueCount = cursor.varint(), valueCount <= UInt64(count) else { return nil }
            var values: [[UInt8]] = []
            for _ in 0 ..< valueCount {
                guard let length = cursor.byte(), let value = cursor.bytes(Int(length)) else { return nil }
                values.append(value)
            }
            var indexes: [UInt32] = []
            var constant: UInt32 = 0
            switch cursor.byte() {
            case 0:
                guard let index = cursor.varint(), index <= valueCount else { return nil }
                constant = UInt32(index)
            case 1:
                guard let bytes = cursor.bytes(count) else { return nil }
                indexes = bytes.map(UInt32.init)
            case 4:
                guard cursor.remaining / 4 >= count else { return nil }
                for _ in 0 ..< count { indexes.append(cursor.littleEndian(UInt32.self) ?? .max) }
            default: return nil
            }
            guard indexes.allSatisfy({ $0 <= valueCount }) else { return nil }
            self.values = values
            self.indexes = indexes
            self.constant = constant
        }

        func index(at alert: Int) -> Int { Int(indexes.isEmpty ? constant : indexes[alert]) }

        /// nil for null.
        func value(at alert: Int) -> [UInt8]? {
            let index = index(at: alert)
            return index == 0 ? nil : values[index - 1]
        }
    }

    let count: Int
    let priorities: [UInt8]
    let encodings: [UInt8]
    let eventTimes: [Int64]
    let arrivals: [Int64]
    let rawLengths: [Int]
    let rules: Dictionary
    let sources: Dictionary
    let hosts: Dictionary
    let containers: Dictionary
    let namespaces: Dictionary

    /// nil when the checksum is wrong, the version unknown, or the row's `count` another.
    ///
    /// - Parameter withDictionaries: false where only the payload is to be read; the dictionaries are empty then.
    init?(_ block: [UInt8], count: Int, withDictionaries: Bool = true) {
        // Every alert takes at least three bytes (time, length, and its share of the header), so a damaged count cannot
        // ask for much memory.
        guard count > 0, block.count >= 4, count <= block.count else { return nil }
        let body = block.span.extracting(first: block.count - 4)
        var sum = ByteCursor(block.span.extracting(last: 4))
        guard sum.littleEndian(UInt32.self) == checksum(body) else { return nil }
        var cursor = ByteCursor(body)
        guard cursor.byte() == BlockEncoder.formatVersion, cursor.varint() == UInt64(count),
            let arrival = cursor.littleEndian(Int64.self), let time = cursor.littleEndian(Int64.self),
            let priorities = Self.bytes(&cursor, count), let encodings = Self.bytes(&cursor, count),
            let eventTimes = Self.times(&cursor, count, from: time),
            let arrivals = Self.arrivals(&cursor, count, from: arrival),
            let rawLengths = Self.lengths(&cursor, count)
        else { return nil }
        self.count = count
        self.priorities = priorities
        self.encodings = encodings
        self.eventTimes = eventTimes
        self.arrivals = arrivals
        self.rawLengths = rawLengths
        guard withDictionaries else {
            (rules, sources, hosts) = (Dictionary(), Dictionary(), Dictionary())
            (containers, namespaces) = (Dictionary(), Dictionary())
            return
        }
        guard let rules = Dictionary(&cursor, count: count), let sources = Dictionary(&cursor, count: count),
            let hosts = Dictionary(&cursor, count: count), let containers = Dictionary(&cursor, count: count),
            let namespaces = Dictionary(&cursor, count: count), cursor.remaining == 0
        else { return nil }
        self.rules = rules
        self.sources = sources
        self.hosts = hosts
        self.containers = containers
        self.namespaces = namespaces
    }

    private static func bytes(_ cursor: inout ByteCursor, _ count: Int) -> [UInt8]? {
        switch cursor.byte() {
        case 0: cursor.byte().map { [UInt8](repeating: $0, count: count) }
        case 1: cursor.bytes(count)
        default: nil
        }
    }

    private static func times(_ cursor: inout ByteCursor, _ count: Int, from base: Int64) -> [Int64]? {
        var times: [Int64] = []
        times.reserveCapacity(count)
        var time = base
        for _ in 0 ..< count {
            guard let difference = cursor.zigzag() else { return nil }
            time &+= difference
            times.append(time)
        }
        return times
    }

    private static func arrivals(_ cursor: inout ByteCursor, _ count: Int, from base: Int64) -> [Int64]? {
        switch cursor.byte() {
        case 0: [Int64](repeating: base, count: count)
        case 1: times(&cursor, count, from: base)
        default: nil
        }
    }

    private static func lengths(_ cursor: inout ByteCursor, _ count: Int) -> [Int]? {
        var lengths: [Int] = []
        lengths.reserveCapacity(count)
        var total: UInt64 = 0
        for _ in 0 ..< count {
            guard let length = cursor.varint(), length <= 1 << 28 else { return nil }
            total += length
            guard total <= 1 << 30 else { return nil }
            lengths.append(Int(length))
        }
        return lengths
    }
}
