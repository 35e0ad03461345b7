// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// JSON objects written member by member. Every member ends with a comma; closing an object turns the last one into its
/// brace, and takes an object without members back.
extension OutputBuffer {
    /// `"key":`, for keys of ours, which need no escaping.
    @inline(__always)
    mutating func key(_ key: StaticString) {
        append(byte: 0x22)
        append(key)
        append("\":")
    }

    /// `"key":{`; what `close` needs to know.
    @inline(__always)
    mutating func open(_ name: StaticString) -> Int {
        let start = count
        key(name)
        append(byte: 0x7B)
        return start
    }

    @inline(__always)
    mutating func openList(_ name: StaticString) -> Int {
        let start = count
        key(name)
        append(byte: 0x5B)
        return start
    }

    /// Ends the object that began at `start`, or takes it back when nothing is in it. True when it stays.
    @inline(__always)
    @discardableResult
    mutating func close(_ start: Int) -> Bool { close(start, empty: 0x7B, end: 0x7D) }

    @inline(__always)
    @discardableResult
    mutating func closeList(_ start: Int) -> Bool { close(start, empty: 0x5B, end: 0x5D) }

    @inline(__always)
    private mutating func close(_ start: Int, empty: UInt8, end: UInt8) -> Bool {
        if bytes[count - 1] == empty {
            truncate(to: start)
            return false
        }
        truncate(to: count - 1)
        append(byte: end)
        append(byte: 0x2C)
        return true
    }

    // MARK: Members

    @inline(__always)
    mutating func member(_ name: StaticString, _ text: Span<UInt8>) {
        key(name)
        append(quoted: text)
        append(byte: 0x2C)
    }

    @inline(__always)
    mutating func member(_ name: StaticString, _ text: String) { member(name, text.utf8Span.span) }

    @inline(__always)
    mutating func member(_ name: StaticString, literal text: StaticString) {
        key(name)
        append(byte: 0x22)
        append(text)
        append("\",")
    }

    @inline(__always)
    mutating func member(_ name: StaticString, _ value: Int) {
        key(name)
        append(Int64(value))
        append(byte: 0x2C)
    }

    @inline(__always)
    mutating func member(_ name: StaticString, _ value: Bool) {
        key(name)
        append(bool: value)
        append(byte: 0x2C)
    }

    @inline(__always)
    mutating func member(_ name: StaticString, _ time: EventTime) {
        key(name)
        append(byte: 0x22)
        append(time)
        append("\",")
    }

    // MARK: Members from an alert's fields

    /// The field as text, whatever it is.
    @inline(__always)
    mutating func member(_ name: StaticString, text field: KnownField, of alert: inout MappedAlert) {
        guard let value = alert.value(field) else { return }
        key(name)
        append(asText: value)
        append(byte: 0x2C)
        alert.mark(field)
    }

    /// The field when it is a whole number in `range`.
    @inline(__always)
    mutating func member(
        _ name: StaticString, number field: KnownField, in range: ClosedRange<Int64>, of alert: inout MappedAlert
    ) {
        guard let number = alert.number(field, in: range) else { return }
        key(name)
        append(number)
        append(byte: 0x2C)
        alert.mark(field)
    }

    /// The field when it is a Boolean.
    mutating func member(_ name: StaticString, bool field: KnownField, of alert: inout MappedAlert) {
        guard let value = alert.value(field) else { return }
        // Falco's plug-in for containers says it as text.
        let flag: Bool
        if value.kind == .bool {
            flag = value.bits != 0
        } else if value.kind == .string, value.text.equals("true") {
            flag = true
        } else if value.kind == .string, value.text.equals("false") {
            flag = false
        } else {
            return
        }
        member(name, flag)
        alert.mark(field)
    }

    /// The field when it is an address.
    mutating func member(_ name: StaticString, address field: KnownField, of alert: inout MappedAlert) {
        guard let value = alert.address(field) else { return }
        member(name, value.text)
        alert.mark(field)
    }

    /// Any value as a JSON string: a number as its digits, a list or an object as its JSON text.
    @inline(__always)
    mutating func append(asText value: borrowing ValueView) {
        if value.kind == .string || value.kind == .json || !value.text.isEmpty {
            append(quoted: value.text)
        } else {
            append(byte: 0x22)
            append(value.kind, bits: value.bits, text: value.text)
            append(byte: 0x22)
        }
    }
}

extension MappedAlert {
    @inline(__always)
    func number(_ field: KnownField, in range: ClosedRange<Int64>) -> Int64? {
        guard let value = value(field), value.kind == .int64 else { return nil }
        let number = Int64(bitPattern: value.bits)
        return range.contains(number) ? number : nil
    }

    @_lifetime(copy self)
    func address(_ field: KnownField) -> ValueView? {
        guard let value = value(field), value.kind == .string, AddressText.isAddress(value.text) else { return nil }
        return value
    }
}
