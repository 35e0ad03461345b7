// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// Attributes of OTLP: `{"key":"…","value":{"stringValue":"…"}},`. Whole numbers are strings, as protobuf's JSON has them.
extension OutputBuffer {
    @inline(__always)
    private mutating func beginAttribute(_ name: StaticString) {
        append("{\"key\":\"")
        append(name)
        append("\",\"value\":{")
    }

    @inline(__always)
    mutating func attribute(_ name: StaticString, _ text: Span<UInt8>) {
        beginAttribute(name)
        append("\"stringValue\":")
        append(quoted: text)
        append("}},")
    }

    mutating func attribute(_ name: StaticString, literal text: StaticString) {
        beginAttribute(name)
        append("\"stringValue\":\"")
        append(text)
        append("\"}},")
    }

    mutating func attribute(_ name: StaticString, _ number: Int64) {
        beginAttribute(name)
        append("\"intValue\":\"")
        append(number)
        append("\"}},")
    }

    /// Digits of a text from outside, which were looked at.
    mutating func attribute(_ name: StaticString, digits text: Span<UInt8>) {
        beginAttribute(name)
        append("\"intValue\":\"")
        append(text)
        append("\"}},")
    }

    mutating func attribute(_ name: StaticString, _ number: Double) {
        beginAttribute(name)
        append("\"doubleValue\":")
        append(number: number)
        append("}},")
    }

    mutating func attribute(_ name: StaticString, _ flag: Bool) {
        beginAttribute(name)
        append("\"boolValue\":")
        append(bool: flag)
        append("}},")
    }

    /// The field as text, whatever it is.
    @inline(__always)
    mutating func attribute(_ name: StaticString, text field: KnownField, of alert: inout MappedAlert) {
        guard let value = alert.value(field) else { return }
        beginAttribute(name)
        append("\"stringValue\":")
        append(asText: value)
        append("}},")
        alert.mark(field)
    }

    /// The field when it is a whole number of 64 bits.
    @inline(__always)
    mutating func attribute(_ name: StaticString, number field: KnownField, of alert: inout MappedAlert) {
        guard let value = alert.value(field), value.kind == .int64 else { return }
        attribute(name, Int64(bitPattern: value.bits))
        alert.mark(field)
    }

    /// A list of one text.
    mutating func attribute(_ name: StaticString, list field: KnownField, of alert: inout MappedAlert) {
        guard let value = alert.value(field) else { return }
        let start = openAttributeList(name)
        append("{\"stringValue\":")
        append(asText: value)
        append("},")
        closeAttributeList(start)
        alert.mark(field)
    }

    mutating func openAttributeList(_ name: StaticString) -> Int {
        let start = count
        beginAttribute(name)
        append("\"arrayValue\":{\"values\":[")
        return start
    }

    /// Takes an empty list back.
    mutating func closeAttributeList(_ start: Int) {
        guard bytes[count - 1] == 0x2C else { return truncate(to: start) }
        truncate(to: count - 1)
        append("]}}},")
    }

    mutating func appendStringValue(_ text: Span<UInt8>) {
        append("{\"stringValue\":")
        append(quoted: text)
        append("},")
    }

    mutating func appendStringValue(_ text: StaticString) {
        append("{\"stringValue\":\"")
        append(text)
        append("\"},")
    }

    /// A list made of the items of field `attack`; nothing when `visit` writes none.
    mutating func attributeList(
        _ name: StaticString, _ text: Span<UInt8>, _ visit: (AttackList.Item, Int, inout OutputBuffer) -> Void
    ) {
        let start = openAttributeList(name)
        var list = AttackList(text)
        while let item = list.next() { visit(item, list.nameEnd(item), &self) }
        closeAttributeList(start)
    }

    /// One typed value. What has no type in OTLP is text: numbers beyond 64 bits with a sign, lists and objects.
    mutating func appendValue(_ kind: FieldKind, bits: UInt64, text: Span<UInt8>) {
        switch kind {
        case .int64:
            append("\"intValue\":\"")
            append(Int64(bitPattern: bits))
            append(byte: 0x22)
        case .double where Double(bitPattern: bits).isFinite:
            append("\"doubleValue\":")
            append(kind, bits: bits, text: text)
        case .bool:
            append("\"boolValue\":")
            append(bool: bits != 0)
        default:
            append("\"stringValue\":")
            append(asText: ValueView(kind: kind, text: text, bits: bits))
        }
    }

    /// Nanoseconds since 1970 as protobuf's JSON has them; 0, which is "unknown", for what lies before.
    mutating func member(_ name: StaticString, nanoseconds time: EventTime) {
        key(name)
        append(byte: 0x22)
        append(max(0, time.nanoseconds))
        append("\",")
    }
}
