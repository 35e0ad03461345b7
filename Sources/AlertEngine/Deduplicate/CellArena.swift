// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// Texts of any length in equal cells: keys and command lines of groups, without fragments and without allocation.
///
///     first cell  [ length u32 · next text u32 · 56 bytes ]     further cells  [ 64 bytes ]     links [ u32 per cell ]
///
/// A text is named by its first cell + 1; 0 is none. Texts can be chained by `next text`.
struct CellArena: Sendable {
    static let cellSize = 64
    private static let headSize = 8
    /// What a cell costs with its link.
    static let cost = cellSize + 4

    private var bytes: [UInt8] = []
    private var links: [UInt32] = []
    private var free: UInt32 = 0
    private(set) var used = 0
    /// A checkpoint may bring more; then it is full until enough are given back.
    var limit: Int

    init(limit: Int) {
        self.limit = limit
        bytes.reserveCapacity(limit * Self.cellSize)
        links.reserveCapacity(limit)
    }

    static func cells(for count: Int) -> Int { max(1, (count + headSize + cellSize - 1) / cellSize) }

    /// Keeps a text; nil when there are not cells enough.
    mutating func store(_ text: Span<UInt8>) -> UInt32? {
        let needed = Self.cells(for: text.count)
        guard needed <= limit - used else { return nil }
        var head: UInt32 = 0
        var last: UInt32 = 0
        var taken = 0
        for index in 0 ..< needed {
            let cell = takeCell()
            if index == 0 { head = cell } else { links[Int(last) - 1] = cell }
            last = cell
            let start = (Int(cell) - 1) * Self.cellSize
            let offset = index == 0 ? Self.headSize : 0
            let count = min(Self.cellSize - offset, text.count - taken)
            if count > 0 { copy(text.extracting(taken ..< taken + count), to: start + offset) }
            taken += count
        }
        links[Int(last) - 1] = 0
        write(UInt32(text.count), at: head, 0)
        write(0, at: head, 4)
        return head
    }

    private mutating func copy(_ text: Span<UInt8>, to start: Int) {
        precondition(start >= 0 && start <= bytes.count - text.count)
        unsafe bytes.withUnsafeMutableBytes { target in
            unsafe text.withUnsafeBytes { source in
                unsafe UnsafeMutableRawBufferPointer(rebasing: target[start...]).copyMemory(from: source)
            }
        }
    }

    /// The text's bytes.
    func text(_ head: UInt32) -> [UInt8] {
        guard head != 0 else { return [] }
        var left = Int(read(head, 0))
        var text: [UInt8] = []
        text.reserveCapacity(left)
        var cell = head
        var offset = Self.headSize
        while cell != 0 {
            let start = (Int(cell) - 1) * Self.cellSize + offset
            let count = min(Self.cellSize - offset, left)
            text += bytes[start ..< start + count]
            left -= count
            offset = 0
            cell = links[Int(cell) - 1]
        }
        return text
    }

    func next(_ head: UInt32) -> UInt32 { read(head, 4) }
    mutating func setNext(_ head: UInt32, _ next: UInt32) { write(next, at: head, 4) }

    /// Gives a text's cells back.
    mutating func remove(_ head: UInt32) {
        var cell = head
        while cell != 0 {
            let next = links[Int(cell) - 1]
            links[Int(cell) - 1] = free
            free = cell
            used -= 1
            cell = next
        }
    }

    private mutating func takeCell() -> UInt32 {
        used += 1
        if free != 0 {
            let cell = free
            free = links[Int(cell) - 1]
            return cell
        }
        bytes.append(contentsOf: repeatElement(0, count: Self.cellSize))
        links.append(0)
        return UInt32(truncatingIfNeeded: links.count)
    }

    private func read(_ head: UInt32, _ offset: Int) -> UInt32 {
        let start = (Int(head) - 1) * Self.cellSize + offset
        return (0 ..< 4).reduce(0) { $0 | UInt32(bytes[start + $1]) << UInt32(8 * $1) }
    }

    private mutating func write(_ number: UInt32, at head: UInt32, _ offset: Int) {
        let start = (Int(head) - 1) * Self.cellSize + offset
        for index in 0 ..< 4 { bytes[start + index] = UInt8(truncatingIfNeeded: number >> UInt32(8 * index)) }
    }
}
