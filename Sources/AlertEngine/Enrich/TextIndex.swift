// SPDX-License-Identifier: Apache-2.0
public import AlertModel

/// Texts and the row each belongs to: filled once, then only read, by any thread. Flat: one run of bytes, no strings.
public struct TextIndex: Sendable {
    private struct Entry {
        let hash: UInt64
        let offset: UInt32
        let count: UInt32
        let row: UInt32
    }

    private var entries: [Entry] = []
    private var slots = [UInt32](repeating: 0, count: 16)
    private var bytes: [UInt8] = []
    private let seed: TextHash.Seed
    /// Lengths of texts, the longest first: what a search for prefixes tries.
    public private(set) var lengths: [Int] = []
    private var hasLength: [Bool] = []

    public init(_ key: HashKey) { seed = TextHash.Seed(key) }

    public var isEmpty: Bool { entries.isEmpty }
    public var count: Int { entries.count }

    /// False when the text is there already (the first row stays), or when the index is full: 2³² bytes.
    public mutating func insert(_ text: Span<UInt8>, row: Int) -> Bool {
        guard find(text) == nil, bytes.count + text.count < Int(UInt32.max) else { return false }
        if (entries.count + 1) * 2 > slots.count { grow() }
        let hash = hash(text)
        entries.append(
            Entry(
                hash: hash, offset: UInt32(bytes.count), count: UInt32(text.count), row: UInt32(truncatingIfNeeded: row)
            ))
        for index in text.indices { bytes.append(text[index]) }
        place(entries.count - 1)
        while hasLength.count <= text.count { hasLength.append(false) }
        if !hasLength[text.count] {
            hasLength[text.count] = true
            lengths.insert(text.count, at: lengths.firstIndex { $0 < text.count } ?? lengths.count)
        }
        return true
    }

    public func find(_ text: Span<UInt8>) -> Int? {
        guard !entries.isEmpty else { return nil }
        let hash = hash(text)
        var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while slots[slot] != 0 {
            let entry = entries[Int(slots[slot]) - 1]
            if entry.hash == hash, Int(entry.count) == text.count {
                let known = bytes.span.extracting(Int(entry.offset) ..< Int(entry.offset) + Int(entry.count))
                if known.equals(text) { return Int(entry.row) }
            }
            slot = (slot + 1) & (slots.count - 1)
        }
        return nil
    }

    /// The row of the longest text that `text` begins with.
    public func findPrefix(of text: Span<UInt8>) -> Int? {
        for length in lengths where length <= text.count {
            if let row = find(text.extracting(..<length)) { return row }
        }
        return nil
    }

    private func hash(_ text: Span<UInt8>) -> UInt64 {
        var hasher = TextHash(seed)
        hasher.combine(text)
        return hasher.value
    }

    private mutating func grow() {
        slots = [UInt32](repeating: 0, count: slots.count * 2)
        for index in entries.indices { place(index) }
    }

    private mutating func place(_ index: Int) {
        var slot = Int(truncatingIfNeeded: entries[index].hash) & (slots.count - 1)
        while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
        slots[slot] = UInt32(index) + 1
    }
}
