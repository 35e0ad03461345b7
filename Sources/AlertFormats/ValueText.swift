// SPDX-License-Identifier: Apache-2.0
public import AlertModel

/// Values of the engine's own as JSON.
extension OutputBuffer {
    mutating func append(bool value: Bool) { value ? append("true") : append("false") }

    /// A whole number without a fraction, any other in its shortest form. JSON has no infinity: the greatest number stands
    /// for it, and 0 for what is no number.
    mutating func append(number value: Double) {
        let finite = value.isNaN ? 0 : Swift.min(Swift.max(value, -.greatestFiniteMagnitude), .greatestFiniteMagnitude)
        if let whole = Int64(exactly: finite), whole.magnitude < 1 << 53 {
            append(whole)
        } else {
            append(verbatim: finite.description)
        }
    }

    mutating func append(texts: [String]) {
        append(byte: 0x5B)
        for (index, text) in texts.enumerated() {
            if index > 0 { append(byte: 0x2C) }
            append(quoted: text.utf8Span.span)
        }
        append(byte: 0x5D)
    }

    mutating func append(ids: [RecordID]) {
        append(byte: 0x5B)
        for (index, id) in ids.enumerated() {
            append(index == 0 ? "\"" : ",\"")
            append(id)
            append(byte: 0x22)
        }
        append(byte: 0x5D)
    }

    /// The members of a key, in its order.
    mutating func append(object fields: [KeyField]) {
        append(byte: 0x7B)
        for (index, field) in fields.enumerated() {
            if index > 0 { append(byte: 0x2C) }
            append(quoted: field.name.utf8Span.span)
            append(byte: 0x3A)
            append(field.value)
        }
        append(byte: 0x7D)
    }

    mutating func append(_ value: FieldValue) {
        switch value {
        case .null: append("null")
        case .text(let text): append(quoted: text.utf8Span.span)
        case .integer(let number): append(number)
        case .unsigned(let number): append(number)
        case .double(let number): append(number: number)
        case .bool(let flag): append(bool: flag)
        }
    }

    /// A field that enrichment added. JSON stands as it is; a number's digits too, when they are digits.
    mutating func append(_ kind: FieldKind, bits: UInt64, text: Span<UInt8>) {
        switch kind {
        case .null, .notAvailable, .empty: append("null")
        case .string: append(quoted: text)
        case .int64: NumberText.isNumber(text) ? append(text) : append(Int64(bitPattern: bits))
        case .uint64: NumberText.isNumber(text) ? append(text) : append(bits)
        case .double: NumberText.isNumber(text) ? append(text) : append(number: Double(bitPattern: bits))
        case .bool: append(bool: bits != 0)
        case .json: append(json: text)
        }
    }

    public mutating func append(_ id: SubjectID) {
        append(hexadecimal: id.high)
        append(hexadecimal: id.low)
    }
}

enum NumberText {
    /// A number as JSON writes it (RFC 8259, section 6).
    static func isNumber(_ text: Span<UInt8>) -> Bool {
        var place = 0
        func digits() -> Int {
            let start = place
            while place < text.count, text[place] >= 0x30, text[place] <= 0x39 { place += 1 }
            return place - start
        }
        if place < text.count, text[place] == 0x2D { place += 1 }
        let start = place
        let whole = digits()
        guard whole > 0, whole == 1 || text[start] != 0x30 else { return false }
        if place < text.count, text[place] == 0x2E {
            place += 1
            guard digits() > 0 else { return false }
        }
        if place < text.count, text[place] | 0x20 == 0x65 {
            place += 1
            if place < text.count, text[place] == 0x2B || text[place] == 0x2D { place += 1 }
            guard digits() > 0 else { return false }
        }
        return place == text.count
    }
}
