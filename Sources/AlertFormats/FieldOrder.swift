// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// The order of an alert's output fields by the bytes of their keys, as Falco writes them.
///
/// Alerts have about ten fields and at most 4,097. Insertion sort is best for ten; a heap sort keeps a hostile alert of
/// thousands from costing their square. Neither allocates once the buffer's room has grown.
enum FieldOrder {
    struct Entry {
        /// The key's first eight bytes as a big-endian number: decides most comparisons without looking further.
        let head: UInt64
        let index: Int
    }

    static let insertionLimit = 24

    /// Sorts the fields of `alert` into `order`.
    static func sort(_ alert: borrowing AlertView, into order: inout [Entry]) {
        order.removeAll(keepingCapacity: true)
        for index in 0 ..< alert.fieldCount {
            order.append(Entry(head: head(alert.field(at: index).key), index: index))
        }
        var span = order.mutableSpan
        if span.count <= insertionLimit { insertionSort(alert, &span) } else { heapSort(alert, &span) }
    }

    @inline(__always)
    private static func head(_ key: Span<UInt8>) -> UInt64 {
        if key.count >= 8 {
            let bytes = unsafe key.bytes
            return unsafe UInt64(bigEndian: bytes.unsafeLoadUnaligned(fromByteOffset: 0, as: UInt64.self))
        }
        var head: UInt64 = 0
        for place in key.indices { head |= UInt64(key[place]) << UInt64(56 - 8 * place) }
        return head
    }

    @inline(__always)
    private static func precedes(_ alert: borrowing AlertView, _ left: Entry, _ right: Entry) -> Bool {
        left.head != right.head ? left.head < right.head : precedesSlowly(alert, left.index, right.index)
    }

    private static func precedesSlowly(_ alert: borrowing AlertView, _ left: Int, _ right: Int) -> Bool {
        let first = alert.field(at: left).key
        let second = alert.field(at: right).key
        for place in 0 ..< min(first.count, second.count) where first[place] != second[place] {
            return first[place] < second[place]
        }
        return first.count != second.count ? first.count < second.count : left < right
    }

    private static func insertionSort(_ alert: borrowing AlertView, _ order: inout MutableSpan<Entry>) {
        for end in 1 ..< max(order.count, 1) {
            let entry = order[end]
            var place = end
            while place > 0, precedes(alert, entry, order[place - 1]) {
                order[place] = order[place - 1]
                place -= 1
            }
            order[place] = entry
        }
    }

    private static func heapSort(_ alert: borrowing AlertView, _ order: inout MutableSpan<Entry>) {
        for root in stride(from: order.count / 2 - 1, through: 0, by: -1) { sift(alert, &order, root, order.count) }
        for end in stride(from: order.count - 1, to: 0, by: -1) {
            order.swapAt(0, end)
            sift(alert, &order, 0, end)
        }
    }

    private static func sift(_ alert: borrowing AlertView, _ order: inout MutableSpan<Entry>, _ start: Int, _ end: Int)
    {
        var root = start
        while true {
            var child = 2 * root + 1
            guard child < end else { return }
            if child + 1 < end, precedes(alert, order[child], order[child + 1]) { child += 1 }
            guard precedes(alert, order[root], order[child]) else { return }
            order.swapAt(root, child)
            root = child
        }
    }
}
