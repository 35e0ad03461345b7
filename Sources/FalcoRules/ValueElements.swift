// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Matching

/// The elements of a value that is a JSON array, as Falco writes its list fields. The array was checked when the alert
/// was read; a string with escapes is seen as it is written.
struct ValueElements: ~Escapable {
    private let text: Span<UInt8>
    private var place = 1

    /// nil for a value that is no array.
    @_lifetime(copy value)
    init?(_ value: borrowing ValueView) {
        guard value.kind == .json, !value.text.isEmpty, value.text[0] == UInt8(ascii: "[") else { return nil }
        text = value.text
    }

    /// The next element; nil behind the last. Null in any of its forms is an element of its kind, an array or an object
    /// one of kind `.json`.
    @_lifetime(copy self)
    mutating func next() -> ValueView? {
        while place < text.count, text[place].isBlank || text[place] == UInt8(ascii: ",") { place += 1 }
        guard place < text.count, text[place] != UInt8(ascii: "]") else { return nil }
        let start = place
        switch text[start] {
        case UInt8(ascii: "\""):
            skipString()
            let inside = text.extracting(start + 1 ..< max(start + 1, place - 1))
            let kind: FieldKind = inside.isEmpty ? .empty : inside.equals("<NA>") ? .notAvailable : .string
            return ValueView(kind: kind, text: inside, bits: 0)
        case UInt8(ascii: "["), UInt8(ascii: "{"):
            skipNested()
            return ValueView(kind: .json, text: text.extracting(start ..< place), bits: 0)
        default:
            while place < text.count, !text[place].isBlank, !",]".utf8.contains(text[place]) { place += 1 }
            return scalar(text.extracting(start ..< place))
        }
    }

    @_lifetime(copy text)
    private func scalar(_ text: Span<UInt8>) -> ValueView {
        switch ExactNumber(text: text) {
        case .integer(let number): ValueView(kind: .int64, text: text, bits: UInt64(bitPattern: number))
        case .unsigned(let number): ValueView(kind: .uint64, text: text, bits: number)
        case .double(let number): ValueView(kind: .double, text: text, bits: number.bitPattern)
        case nil: ValueView(kind: text.equals("null") ? .null : .bool, text: text, bits: text.equals("true") ? 1 : 0)
        }
    }

    private mutating func skipString() {
        place += 1
        while place < text.count, text[place] != UInt8(ascii: "\"") {
            place += text[place] == UInt8(ascii: "\\") ? 2 : 1
        }
        place = min(place + 1, text.count)
    }

    private mutating func skipNested() {
        var depth = 0
        repeat {
            switch text[place] {
            case UInt8(ascii: "\""):
                skipString()
                continue
            case UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
            case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
            default: break
            }
            place += 1
        } while depth > 0 && place < text.count
    }
}
