// SPDX-License-Identifier: Apache-2.0
import AlertModel
import CAlertBatch

/// `output_fields` as Falco's JSON would say them.
extension OutputBuffer {
    /// The object of all fields, sorted by key: typed by Falco's field list, whatever the transport made of them.
    mutating func appendFields(_ alert: borrowing AlertView) {
        var order: [FieldOrder.Entry] = []
        swap(&order, &self.order)
        FieldOrder.sort(alert, into: &order)
        append(byte: 0x7B)
        for place in order.indices {
            if place > 0 { append(byte: 0x2C) }
            let field = alert.field(at: order[place].index)
            append(quoted: field.key)
            append(byte: 0x3A)
            append(field)
        }
        append(byte: 0x7D)
        swap(&order, &self.order)
    }

    /// One value. Numbers are their digits as received, so that nothing is rounded on the way.
    private mutating func append(_ field: borrowing FieldView) {
        switch field.kind {
        case .null: append("null")
        case .empty: append("\"\"")
        case .notAvailable: FieldText.isTyped(field) ? append("null") : append("\"<NA>\"")
        case .string: append(quoted: field.text)
        case .int64, .uint64, .double: append(field.text)
        case .bool: field.bits != 0 ? append("true") : append("false")
        case .json: append(json: field.text)
        }
    }

    /// The tags as an array.
    mutating func appendTags(_ alert: borrowing AlertView) {
        append(byte: 0x5B)
        for index in 0 ..< alert.tagCount {
            if index > 0 { append(byte: 0x2C) }
            append(quoted: alert.tag(at: index))
        }
        append(byte: 0x5D)
    }
}

enum FieldText {
    /// Falco writes null, not `"<NA>"`, when a field that holds no text has no value.
    static func isTyped(_ field: borrowing FieldView) -> Bool {
        switch field.type {
        case CALERT_TYPE_INTEGER, CALERT_TYPE_DOUBLE, CALERT_TYPE_BOOL, CALERT_TYPE_JSON_NUMBER: true
        default: isAddress(field.key)
        }
    }

    /// IPADDR and IPNET in Falco's field list: `fd.` with `ip`, `net`, or one of those behind c, s, l, r.
    private static func isAddress(_ key: Span<UInt8>) -> Bool {
        guard key.count >= 5, key.count <= 7, key[0] == 0x66, key[1] == 0x64, key[2] == 0x2E else { return false }
        var place = 3
        if [0x63, 0x73, 0x6C, 0x72].contains(key[place]) { place += 1 }
        switch key.count - place {
        case 2: return key[place] == 0x69 && key[place + 1] == 0x70
        case 3: return key[place] == 0x6E && key[place + 1] == 0x65 && key[place + 2] == 0x74
        default: return false
        }
    }
}
