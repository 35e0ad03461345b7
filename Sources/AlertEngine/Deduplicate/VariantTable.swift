// SPDX-License-Identifier: Apache-2.0

/// Which further variants a group has had: exact as long as there is room.
///
/// A node per variant, found by its keyed hash and its group, and chained from the group's tally for giving back.
struct VariantTable: Sendable {
    struct Node: Sendable {
        var variant: UInt64
        var group: UInt32
        var next: UInt32
        var number: UInt32
        var hasLeft: UInt32
    }

    /// What one group may have; an attacker who makes up command lines cannot take the whole table.
    static let groupLimit = 4096

    private(set) var nodes: RecordTable<Node>
    private var index: HashIndex

    var limit: Int {
        get { nodes.limit }
        set { nodes.limit = newValue }
    }

    init(limit: Int) {
        nodes = RecordTable(limit: limit)
        index = HashIndex(limit: limit)
    }

    private static func hash(_ variant: UInt64, _ group: UInt32) -> UInt64 {
        variant ^ UInt64(group) &* 0x9e37_79b9_7f4a_7c15
    }

    func find(_ variant: UInt64, of group: UInt32) -> UInt32 {
        var place = index.start(Self.hash(variant, group))
        while index[place] != 0 {
            let node = nodes[index[place]]
            if node.variant == variant, node.group == group { return index[place] }
            place = index.next(place)
        }
        return 0
    }

    /// A variant's number; 1, the first alert's, for none.
    func number(of name: UInt32) -> Int { name == 0 ? 1 : Int(nodes[name].number) }

    subscript(name: UInt32) -> Node {
        get { nodes[name] }
        set { nodes[name] = newValue }
    }

    mutating func insert(_ node: Node) -> UInt32? {
        guard let name = nodes.insert(node) else { return nil }
        index.insert(name, hash: Self.hash(node.variant, node.group))
        return name
    }

    mutating func remove(_ name: UInt32) {
        let node = nodes[name]
        var place = index.start(Self.hash(node.variant, node.group))
        while index[place] != name { place = index.next(place) }
        do {
            let nodes = nodes.records
            index.remove(at: place) { Self.hash(nodes[Int($0) - 1].variant, nodes[Int($0) - 1].group) }
        }
        nodes.remove(name)
    }
}
