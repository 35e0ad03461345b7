// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// Keys of one JSON object or attribute list, so that none comes twice: receivers refuse a record with the same key twice,
/// and alerts may bring `a.b` beside `a_b`, one name several times, or names that differ only in what is not UTF-8.
struct KeyPlace {
    let hash: UInt32
    let start: Int
    let end: Int
}

extension OutputBuffer {
    /// A new object begins.
    mutating func forgetKeys() { keys.removeAll(keepingCapacity: true) }

    /// Makes the key that was written from `start` on differ from those before it: `~` and the field's index are appended
    /// until it does.
    mutating func settleKey(from start: Int, index: Int) {
        while true {
            let hash = hash(from: start)
            if !isKnown(hash, from: start) {
                keys.append(KeyPlace(hash: hash, start: start, end: count))
                return
            }
            append(byte: 0x7E)
            append(Int64(index))
        }
    }

    private func isKnown(_ hash: UInt32, from start: Int) -> Bool {
        for index in keys.indices where keys[index].hash == hash {
            let known = keys[index]
            if bytes.extracting(known.start ..< known.end).equals(bytes.extracting(start ..< count)) { return true }
        }
        return false
    }

    /// A key made of a name from outside: escaped, and with `_` for each dot, because Elasticsearch takes a dot for the
    /// border of an object, and Falco's names have `fd.sip` beside `fd.sip.name`. Never empty.
    mutating func appendFlatKey(_ name: Span<UInt8>, index: Int) {
        append(byte: 0x22)
        let start = count
        append(escaped: name)
        if count == start { append(byte: 0x5F) }
        replaceDots(from: start)
        settleKey(from: start, index: index)
        append("\":")
    }

    /// The same with its dots, behind `prefix`.
    mutating func appendKey(_ prefix: StaticString, _ name: Span<UInt8>, index: Int) {
        append(byte: 0x22)
        let start = count
        append(prefix)
        append(escaped: name)
        settleKey(from: start, index: index)
        append(byte: 0x22)
    }
}
