// SPDX-License-Identifier: Apache-2.0

/// Finds many literals in one pass over a text (Aho, Corasick: "Efficient string matching", 1975), or those that the text
/// starts or ends with, in as many steps as it has bytes in common with one of them.
///
/// Sees letters in lower case; a literal whose case counts is compared again where it ends. Only the first
/// `prefixLimit` bytes of a literal are in the tree, so that long ones do not make it large; of those that stand at an
/// end only as many as tell it from the others, and whoever finds one compares it whole.
///
///     transitions[ state × class ]   premultiplied: the index of the next state's row; its top bit: something ends there
///     ends       [ state ] … [ state + 1 ]   a run of `found`, which names literals, the longest first
struct Automaton: Sendable {
    static let prefixLimit = 48
    static let endsHere: UInt32 = 1 << 31

    enum Reach: UInt8, Sendable {
        /// Anywhere in the text.
        case anywhere
        /// From its first byte on, or from its last byte back. State 0 is where nothing goes on.
        case fromStart, fromEnd
    }

    /// The class of every byte.
    let classes: [UInt8]
    let classCount: Int
    let transitions: [UInt32]
    let ends: [UInt32]
    let found: [UInt32]

    /// - Parameter literals: none empty; folded to lower case here.
    init(_ literals: [[UInt8]], _ reach: Reach) {
        var needles = literals.map { literal in
            reach == .fromEnd
                ? literal.suffix(Self.prefixLimit).reversed().map(Self.folded)
                : literal.prefix(Self.prefixLimit).map(Self.folded)
        }
        if reach != .anywhere { needles = Self.shortest(needles) }
        var classes = [UInt8](repeating: 0, count: 256)
        var classCount = 1
        for needle in needles {
            for byte in needle where classes[Int(byte)] == 0 {
                // 26 capital letters have no class of their own, so 230 bytes at most have one.
                classes[Int(byte)] = UInt8(classCount)
                classCount += 1
            }
        }
        for byte in UInt8(ascii: "A") ... UInt8(ascii: "Z") { classes[Int(byte)] = classes[Int(byte | 32)] }
        var children = [Int32](repeating: -1, count: classCount)
        var own: [[UInt32]] = [[]]
        for (index, needle) in needles.enumerated() {
            var state = 0
            for byte in needle {
                let place = state * classCount + Int(classes[Int(byte)])
                if children[place] < 0 {
                    children[place] = Int32(own.count)
                    own.append([])
                    children += [Int32](repeating: -1, count: classCount)
                }
                state = Int(children[place])
            }
            own[state].append(UInt32(index))
        }
        if reach != .anywhere { children = children.map { max($0, 0) } }
        var fallback = [Int](repeating: 0, count: own.count)
        var order: [Int] = []
        for letter in 0 ..< classCount where reach == .anywhere {
            if children[letter] < 0 { children[letter] = 0 } else { order.append(Int(children[letter])) }
        }
        var next = 0
        while next < order.count {
            let state = order[next]
            next += 1
            own[state] += own[fallback[state]]
            for letter in 0 ..< classCount {
                let place = state * classCount + letter
                let shorter = children[fallback[state] * classCount + letter]
                if children[place] < 0 {
                    children[place] = shorter
                } else {
                    fallback[Int(children[place])] = Int(shorter)
                    order.append(Int(children[place]))
                }
            }
        }
        self.classes = classes
        self.classCount = classCount
        transitions = children.map { state in
            UInt32(Int(state) * classCount) | (own[Int(state)].isEmpty ? 0 : Self.endsHere)
        }
        var ends: [UInt32] = [0]
        for list in own { ends.append(ends[ends.count - 1] + UInt32(list.count)) }
        self.ends = ends
        found = own.flatMap { $0 }
    }

    /// As much of each needle as no other one begins with; all of one that begins another, or is given twice.
    private static func shortest(_ needles: [[UInt8]]) -> [[UInt8]] {
        var lengths = needles.map { min(1, $0.count) }
        let order = needles.indices.sorted { needles[$0].lexicographicallyPrecedes(needles[$1]) }
        for (left, right) in zip(order, order.dropFirst()) {
            let common = zip(needles[left], needles[right]).prefix { $0 == $1 }.count
            lengths[left] = max(lengths[left], common + 1)
            lengths[right] = max(lengths[right], common + 1)
        }
        return zip(needles, lengths).map { Array($0.prefix($1)) }
    }

    @inline(__always)
    static func folded(_ byte: UInt8) -> UInt8 { byte &- 65 < 26 ? byte | 32 : byte }
}
