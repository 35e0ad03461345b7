// SPDX-License-Identifier: Apache-2.0

/// Writes values one behind the other, little-endian, texts and lists with their lengths in front.
///
/// The form of checkpoints and of what the journal keeps about decisions; whoever writes bytes says which version.
public struct ByteWriter: Sendable {
    public private(set) var bytes: [UInt8] = []

    public init() {}

    public mutating func put(_ number: some FixedWidthInteger) {
        for shift in stride(from: 0, to: number.bitWidth, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: number >> shift))
        }
    }

    // The same for the widths that checkpoints consist of: other modules would call the generic one unspecialised.
    public mutating func put(_ number: UInt8) { bytes.append(number) }
    public mutating func put(_ number: UInt32) {
        unsafe withUnsafeBytes(of: number.littleEndian) { unsafe bytes.append(contentsOf: $0) }
    }
    public mutating func put(_ number: UInt64) {
        unsafe withUnsafeBytes(of: number.littleEndian) { unsafe bytes.append(contentsOf: $0) }
    }
    public mutating func put(_ number: Int64) { put(UInt64(bitPattern: number)) }

    public mutating func put(_ number: Double) { put(number.bitPattern) }
    public mutating func put(_ flag: Bool) { put(flag ? UInt8(1) : 0) }
    public mutating func put(_ time: EventTime) { put(time.nanoseconds) }

    public mutating func put(_ text: [UInt8]) {
        put(UInt32(text.count))
        bytes += text
    }

    public mutating func put(_ text: String) { put(Array(text.utf8)) }

    public mutating func put(_ id: SubjectID) {
        put(id.high)
        put(id.low)
    }

    public mutating func put(_ id: RecordID) {
        put(id.installation)
        put(id.epoch)
        put(id.place)
    }

    /// A list: its length, then each element as `write` puts it.
    public mutating func put<Element>(_ list: [Element], _ write: (inout ByteWriter, Element) -> Void) {
        put(UInt32(list.count))
        for element in list { write(&self, element) }
    }

    /// A value or its absence.
    public mutating func put<Value>(_ value: Value?, _ write: (inout ByteWriter, Value) -> Void) {
        put(value != nil)
        if let value { write(&self, value) }
    }
}

/// Bytes that are not what a `ByteWriter` wrote.
public struct MalformedBytes: Error, Hashable, Sendable {
    public init() {}
}

/// Reads what `ByteWriter` wrote. Bytes from outside may say anything: every read is checked, none reserves what a length
/// claims before the bytes are there.
public struct ByteReader: Sendable {
    private let bytes: [UInt8]
    private var offset = 0

    public init(_ bytes: [UInt8]) { self.bytes = bytes }

    public var isAtEnd: Bool { offset == bytes.count }
    public var remaining: Int { bytes.count - offset }

    public mutating func take<Number: FixedWidthInteger>(_: Number.Type) throws(MalformedBytes) -> Number {
        let size = Number.bitWidth / 8
        guard size <= remaining else { throw MalformedBytes() }
        var number: Number = 0
        for index in 0 ..< size { number |= Number(truncatingIfNeeded: bytes[offset + index]) << Number(8 * index) }
        offset += size
        return number
    }

    // The same for the widths that checkpoints consist of.
    public mutating func take(_: UInt8.Type) throws(MalformedBytes) -> UInt8 {
        guard remaining >= 1 else { throw MalformedBytes() }
        defer { offset += 1 }
        return bytes[offset]
    }

    public mutating func take(_: UInt32.Type) throws(MalformedBytes) -> UInt32 {
        guard remaining >= 4 else { throw MalformedBytes() }
        defer { offset += 4 }
        return unsafe UInt32(
            littleEndian: bytes.span.bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }

    public mutating func take(_: UInt64.Type) throws(MalformedBytes) -> UInt64 {
        guard remaining >= 8 else { throw MalformedBytes() }
        defer { offset += 8 }
        return unsafe UInt64(
            littleEndian: bytes.span.bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    public mutating func take(_: Int64.Type) throws(MalformedBytes) -> Int64 {
        Int64(bitPattern: try take(UInt64.self))
    }

    public mutating func takeInt() throws(MalformedBytes) -> Int { Int(try take(Int64.self)) }
    public mutating func takeDouble() throws(MalformedBytes) -> Double { Double(bitPattern: try take(UInt64.self)) }
    public mutating func takeTime() throws(MalformedBytes) -> EventTime { EventTime(nanoseconds: try take(Int64.self)) }

    public mutating func takeBool() throws(MalformedBytes) -> Bool {
        switch try take(UInt8.self) {
        case 0: false
        case 1: true
        default: throw MalformedBytes()
        }
    }

    public mutating func takeBytes() throws(MalformedBytes) -> [UInt8] {
        let count = Int(try take(UInt32.self))
        guard count <= remaining else { throw MalformedBytes() }
        defer { offset += count }
        return Array(bytes[offset ..< offset + count])
    }

    public mutating func takeString() throws(MalformedBytes) -> String {
        String(decoding: try takeBytes(), as: UTF8.self)
    }

    public mutating func takeSubjectID() throws(MalformedBytes) -> SubjectID {
        SubjectID(high: try take(UInt64.self), low: try take(UInt64.self))
    }

    public mutating func takeRecordID() throws(MalformedBytes) -> RecordID {
        RecordID(
            installation: try take(UInt64.self), epoch: try take(UInt64.self), place: try take(Int64.self))
    }

    public mutating func takeList<Element>(
        _ read: (inout ByteReader) throws(MalformedBytes) -> Element
    ) throws(MalformedBytes) -> [Element] {
        let count = Int(try take(UInt32.self))
        // Every element takes at least one byte.
        guard count <= remaining else { throw MalformedBytes() }
        var list: [Element] = []
        for _ in 0 ..< count { list.append(try read(&self)) }
        return list
    }

    public mutating func takeOptional<Value>(
        _ read: (inout ByteReader) throws(MalformedBytes) -> Value
    ) throws(MalformedBytes) -> Value? {
        try takeBool() ? try read(&self) : nil
    }
}
