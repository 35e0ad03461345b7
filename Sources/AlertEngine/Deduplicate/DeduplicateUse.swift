// SPDX-License-Identifier: Apache-2.0

// What deduplication takes of its memory, for metrics: constant time, from the thread that runs it.
extension Deduplicator {
    /// How many groups can be open; with long keys the memory is full before.
    public var groupLimit: Int { groups.limit }

    /// What open groups take now, in bytes: records, keys, counts and further variants. Indexes are not in it.
    public var byteCount: Int {
        groups.used * MemoryLayout<Group>.stride + tallies.used * MemoryLayout<Tally>.stride
            + variants.nodes.used * MemoryLayout<VariantTable.Node>.stride + arena.used * CellArena.cost
    }
}
