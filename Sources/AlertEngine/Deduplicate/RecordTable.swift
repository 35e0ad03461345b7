// SPDX-License-Identifier: Apache-2.0

/// A table of equal records with a fixed limit: its memory is reserved at the start and touched as it is used.
///
/// Records are named by index + 1; 0 is none. What is given back is used again first.
struct RecordTable<Record: Sendable>: Sendable {
    private(set) var records: [Record] = []
    private var free: [UInt32] = []
    /// A checkpoint may bring more; then it is full until enough are given back.
    var limit: Int

    init(limit: Int) {
        self.limit = limit
        records.reserveCapacity(limit)
        free.reserveCapacity(limit)
    }

    var used: Int { records.count - free.count }
    var isFull: Bool { used >= limit }

    subscript(name: UInt32) -> Record {
        get { records[Int(name) &- 1] }
        _modify { yield &records[Int(name) &- 1] }
    }

    /// Room for a record; nil at the limit.
    mutating func insert(_ record: Record) -> UInt32? {
        guard !isFull else { return nil }
        if let name = free.popLast() {
            records[Int(name) &- 1] = record
            return name
        }
        records.append(record)
        return UInt32(truncatingIfNeeded: records.count)
    }

    mutating func remove(_ name: UInt32) { free.append(name) }
}
