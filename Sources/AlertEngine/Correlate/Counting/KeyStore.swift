// SPDX-License-Identifier: Apache-2.0

/// The canonical keys of groups that fire when time passes: bytes in chains of small cells of one flat array.
///
///     cell  [ next cell + 1, u32 │ bytes in it, u32 │ 48 bytes ]
struct KeyStore: Sendable {
    private static let cellBytes = 48
    private static let stride = cellBytes + 8
    private var bytes: [UInt8] = []
    private var free = UInt32.max
    private(set) var cellCount = 0

    /// No key.
    static let none = UInt32.max

    var byteCount: Int { cellCount * Self.stride }

    /// Keeps a copy; the result names it.
    mutating func store(_ key: [UInt8], limit: Int) -> UInt32 {
        var next = Self.none
        let count = min(key.count, limit)
        guard count > 0 else { return next }
        var end = count
        // From the end, so that every cell knows its next.
        while end > 0 {
            let start = (end - 1) / Self.cellBytes * Self.cellBytes
            let cell = take()
            let base = Int(cell) * Self.stride
            put(next, at: base)
            put(UInt32(end - start), at: base + 4)
            for index in start ..< end { bytes[base + 8 + index - start] = key[index] }
            next = cell
            end = start
        }
        return next
    }

    /// Gives a key's bytes back one by one.
    func append(_ key: UInt32, to buffer: inout [UInt8]) {
        var cell = key
        while cell != Self.none {
            let base = Int(cell) * Self.stride
            for index in 0 ..< Int(number(at: base + 4)) { buffer.append(bytes[base + 8 + index]) }
            cell = number(at: base)
        }
    }

    mutating func remove(_ key: UInt32) {
        var cell = key
        while cell != Self.none {
            let next = number(at: Int(cell) * Self.stride)
            put(free, at: Int(cell) * Self.stride)
            free = cell
            cellCount -= 1
            cell = next
        }
    }

    private mutating func take() -> UInt32 {
        cellCount += 1
        guard free != Self.none else {
            for _ in 0 ..< Self.stride { bytes.append(0) }
            return UInt32(bytes.count / Self.stride - 1)
        }
        let cell = free
        free = number(at: Int(cell) * Self.stride)
        return cell
    }

    private mutating func put(_ number: UInt32, at place: Int) {
        for index in 0 ..< 4 { bytes[place + index] = UInt8(truncatingIfNeeded: number >> UInt32(8 * index)) }
    }

    private func number(at place: Int) -> UInt32 {
        (0 ..< 4).reduce(0) { $0 | UInt32(bytes[place + $1]) << UInt32(8 * $1) }
    }
}
