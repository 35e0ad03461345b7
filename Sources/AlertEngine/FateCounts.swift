// SPDX-License-Identifier: Apache-2.0
public import AlertModel

/// The fate equation's right-hand side, since the journal began.
public struct FateCounts: Hashable, Sendable {
    private var counts: [Int]

    public init() { counts = [Int](repeating: 0, count: Fate.allCases.count) }

    public subscript(fate: Fate) -> Int { counts[Int(fate.rawValue)] }

    public var total: Int { counts.reduce(0, +) }

    /// Counts a batch's fates (empty: all passed).
    mutating func count(_ fates: [UInt8], of alerts: Int) {
        guard !fates.isEmpty else {
            counts[Int(Fate.passed.rawValue)] += alerts
            return
        }
        for fate in fates where counts.indices.contains(Int(fate)) { counts[Int(fate)] += 1 }
    }

    func write(to writer: inout ByteWriter) { writer.put(counts) { $0.put(Int64($1)) } }

    init(from reader: inout ByteReader) throws(MalformedBytes) {
        counts = try reader.takeList { (reader) throws(MalformedBytes) in try reader.takeInt() }
        guard counts.count == Fate.allCases.count else { throw MalformedBytes() }
    }
}
