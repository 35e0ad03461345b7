// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// Reads the values of one container's memory, one behind the other; see `ContainerTable` for their form.
struct BackfillValues {
    struct Value {
        let number: Int
        let kind: FieldKind
        let bits: UInt64
        let text: Range<Int>
    }

    private var offset: Int

    init(offset: Int) { self.offset = offset }

    /// nil at the end, and where the bytes are no value.
    mutating func next(in memory: Span<UInt8>) -> Value? {
        guard memory.count - offset >= 4, let kind = FieldKind(rawValue: memory[offset + 1]), !kind.isNull else {
            return nil
        }
        let number = Int(memory[offset])
        let length = Int(memory[offset + 2]) | Int(memory[offset + 3]) << 8
        var start = offset + 4
        var bits: UInt64 = 0
        if kind.hasBits {
            guard memory.count - start >= 8 else { return nil }
            for index in 0 ..< 8 { bits |= UInt64(memory[start + index]) << UInt64(8 * index) }
            start += 8
        }
        guard memory.count - start >= length else { return nil }
        offset = start + length
        return Value(number: number, kind: kind, bits: bits, text: start ..< offset)
    }

    /// `text` is at most 65,535 bytes.
    static func append(_ number: Int, _ kind: FieldKind, _ bits: UInt64, _ text: Span<UInt8>, to memory: inout [UInt8])
    {
        memory.append(UInt8(truncatingIfNeeded: number))
        memory.append(kind.rawValue)
        memory.append(UInt8(truncatingIfNeeded: text.count))
        memory.append(UInt8(truncatingIfNeeded: text.count >> 8))
        if kind.hasBits {
            for shift in stride(from: 0, to: 64, by: 8) {
                memory.append(UInt8(truncatingIfNeeded: bits >> UInt64(shift)))
            }
        }
        for index in text.indices { memory.append(text[index]) }
    }

    /// Whether the bytes from `offset` are values to the end, in ascending order of numbers below `limit`.
    static func areSound(_ memory: Span<UInt8>, from offset: Int, below limit: Int) -> Bool {
        var reader = BackfillValues(offset: offset)
        var last = -1
        while let value = reader.next(in: memory) {
            guard value.number > last, value.number < limit else { return false }
            last = value.number
        }
        return reader.offset == memory.count && last >= 0
    }
}

extension FieldKind {
    fileprivate var hasBits: Bool {
        switch self {
        case .int64, .uint64, .double, .bool: true
        case .null, .notAvailable, .empty, .string, .json: false
        }
    }
}
