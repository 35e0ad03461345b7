// SPDX-License-Identifier: Apache-2.0

/// A key as bytes that are the same everywhere: what `group.id` is a digest of.
///
///     per member   [ code u8 · tag u8 · length u32 · bytes ]
///     with a name  [ 255 · 255 · length u32 · name ] [ 255 · tag u8 · length u32 · bytes ]
///
/// Little-endian. Every member is typed and length-prefixed, and a null is one explicit marker, so no two different
/// tuples read the same. Emptied and filled again without giving memory back.
public struct CanonicalKey: Sendable {
    public private(set) var bytes: [UInt8] = []
    /// Longer texts are cut when a key is only to be shown.
    private var textLimit = Int.max
    fileprivate static let nameTag: UInt8 = 255

    public init() { bytes.reserveCapacity(1024) }

    /// The digest of the whole key.
    public var subject: SubjectID { SubjectID(digestOf: bytes.span) }

    mutating func removeAll(textLimit: Int = .max) {
        if bytes.capacity > 1 << 20 { bytes = [] }
        bytes.removeAll(keepingCapacity: true)
        self.textLimit = textLimit
    }

    private mutating func append(_ text: Span<UInt8>) {
        let shown = text.count > textLimit ? text.extracting(first: textLimit) : text
        append(UInt32(truncatingIfNeeded: shown.count))
        unsafe shown.withUnsafeBufferPointer { unsafe bytes.append(contentsOf: $0) }
    }

    private mutating func append(_ number: some FixedWidthInteger) {
        for shift in stride(from: 0, to: number.bitWidth, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: number >> shift))
        }
    }
}

extension CanonicalKey: KeyReceiver {
    mutating func receive(_ code: KeyCode, _ tag: KeyTag, text: Span<UInt8>) {
        bytes.append(code.rawValue)
        bytes.append(tag.rawValue)
        append(text)
    }

    mutating func receive(_ code: KeyCode, _ tag: KeyTag, bits: UInt64) {
        bytes.append(code.rawValue)
        bytes.append(tag.rawValue)
        append(UInt32(8))
        append(bits)
    }

    mutating func receive(name: Span<UInt8>) {
        bytes.append(KeyCode.named.rawValue)
        bytes.append(Self.nameTag)
        append(name)
    }
}

extension CanonicalKey {
    /// The members of canonical bytes, as records show them. Bytes that are not such a key end the list.
    public static func fields(of bytes: [UInt8]) -> [KeyField] {
        var reader = KeyBytes(bytes)
        var fields: [KeyField] = []
        while let field = reader.next() { fields.append(field) }
        return fields
    }
}

/// Reads canonical bytes back.
private struct KeyBytes {
    private let bytes: [UInt8]
    private var place = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func next() -> KeyField? {
        guard place + 2 <= bytes.count, let code = KeyCode(rawValue: bytes[place]) else { return nil }
        var name = code.name
        if bytes[place + 1] == CanonicalKey.nameTag {
            place += 2
            guard let text = takeText() else { return nil }
            name = String(decoding: text, as: UTF8.self)
        }
        guard place + 2 <= bytes.count, let tag = KeyTag(rawValue: bytes[place + 1]) else { return nil }
        place += 2
        guard let text = takeText() else { return nil }
        return KeyField(name: name, value: Self.value(tag, text))
    }

    private mutating func takeText() -> ArraySlice<UInt8>? {
        guard place + 4 <= bytes.count else { return nil }
        let count = (0 ..< 4).reduce(0) { $0 | Int(bytes[place + $1]) << (8 * $1) }
        guard count <= bytes.count - place - 4 else { return nil }
        place += 4 + count
        return bytes[place - count ..< place]
    }

    private static func value(_ tag: KeyTag, _ text: ArraySlice<UInt8>) -> FieldValue {
        let bits = text.reversed().prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        switch tag {
        case .null: return .null
        case .text, .json: return .text(String(decoding: text, as: UTF8.self))
        case .host: return .text("host@" + String(decoding: text, as: UTF8.self))
        case .integer: return .integer(Int64(bitPattern: bits))
        case .unsigned: return .unsigned(bits)
        case .double: return .double(Double(bitPattern: bits))
        case .bool: return .bool(bits != 0)
        }
    }
}
