// SPDX-License-Identifier: Apache-2.0

/// Sorts lists of groups by when they are due, then by their order of opening: a merge sort in the links, without memory.
enum GroupSorting {
    /// Sorts a list linked through `next`; returns its head.
    static func sort(_ list: UInt32, _ groups: inout RecordTable<Group>) -> UInt32 {
        var bins = InlineArray<32, UInt32>(repeating: 0)
        var rest = list
        while rest != 0 {
            var run = rest
            rest = groups[run].next
            groups[run].next = 0
            var bin = 0
            while bin < 31, bins[bin] != 0 {
                run = merge(bins[bin], run, &groups)
                bins[bin] = 0
                bin += 1
            }
            bins[bin] = bins[bin] == 0 ? run : merge(bins[bin], run, &groups)
        }
        var sorted: UInt32 = 0
        for bin in 0 ..< 32 where bins[bin] != 0 { sorted = merge(bins[bin], sorted, &groups) }
        return sorted
    }

    /// Whether one comes before the other.
    static func precedes(_ left: UInt32, _ right: UInt32, _ groups: borrowing RecordTable<Group>) -> Bool {
        let (first, second) = (groups[left].due, groups[right].due)
        return first != second ? first < second : groups[left].opener < groups[right].opener
    }

    private static func merge(
        _ left: UInt32, _ right: UInt32, _ groups: inout RecordTable<Group>
    ) -> UInt32 {
        var (left, right) = (left, right)
        var (head, tail): (UInt32, UInt32) = (0, 0)
        while left != 0, right != 0 {
            let takesLeft = precedes(left, right, groups)
            let taken = takesLeft ? left : right
            if takesLeft { left = groups[left].next } else { right = groups[right].next }
            if tail == 0 { head = taken } else { groups[tail].next = taken }
            tail = taken
        }
        let rest = left != 0 ? left : right
        if tail == 0 { return rest }
        groups[tail].next = rest
        return head
    }
}
