// SPDX-License-Identifier: Apache-2.0
public import AlertModel

/// QRadar's Log Event Extended Format 2.0, its fields between tabs:
///
///     LEEF:2.0|Creance|Creance|1|rule|0x09|devTime=…⇥devTimeFormat=…⇥sev=…⇥…
///
/// LEEF has no escape, so what could end a field is written visibly: see `TextRule.leefHeader` and `.leefValue`. Output
/// fields without a key of LEEF's follow under their own names, written together (`proc.cmdline`: `procCmdline`), if Falco
/// knows the name: a name from outside could be one of LEEF's.
public struct LEEFFormat: AlertFormat {
    static let valueLimit = 4_000
    public var name: String { "leef" }

    public init() {}

    public func append(
        _ alert: borrowing AlertView, at index: Int, of entry: DecidedEntry, to buffer: inout OutputBuffer
    ) {
        buffer.append("LEEF:2.0|Creance|Creance|1|")
        let start = buffer.count
        buffer.append(alert.rule, by: .leefHeader, limit: 512)
        if buffer.count == start { buffer.append("alert") }
        buffer.append("|0x09|")
        appendHead(alert.eventTime, alert.priority, to: &buffer)
        Self.append("\tcat=", alert.source, to: &buffer)
        buffer.append("\trecordId=")
        buffer.append(entry.id(at: index))
        Self.append("\tidentHostName=", alert.hostname, to: &buffer)
        Self.append("\tresource=", alert.hostname, to: &buffer)
        let fields = NamedFields(alert, at: index, of: entry)
        for field in NamedField.leefOrder {
            fields.with(field, alert, at: index, of: entry) { kind, text in
                Self.append(field, kind, text, to: &buffer)
            }
        }
        appendOwn(alert, fields, to: &buffer)
        appendTags(alert, to: &buffer)
        if entry.notes.marks.indices.contains(index), entry.notes.marks[index].count > 0 {
            buffer.append("\tgroupCount=")
            buffer.append(UInt64(entry.notes.marks[index].count))
        }
        Self.append("\tmsg=", alert.outputBody, to: &buffer)
        buffer.append(byte: 0x0A)
    }

    func appendHead(_ time: EventTime, _ priority: Priority, to buffer: inout OutputBuffer) {
        buffer.append("devTime=")
        buffer.append(time, fractionDigits: 3)
        // Java's SimpleDateFormat, whose X is the Z of UTC.
        buffer.append("\tdevTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSX\tsev=")
        switch priority {
        case .emergency: buffer.append("10")
        case .alert: buffer.append("9")
        case .critical: buffer.append("8")
        case .error: buffer.append("7")
        case .warning: buffer.append("5")
        case .notice: buffer.append("3")
        case .informational: buffer.append("2")
        case .debug: buffer.append("1")
        }
    }

    /// The other output fields, each name once.
    private func appendOwn(_ alert: borrowing AlertView, _ fields: NamedFields, to buffer: inout OutputBuffer) {
        var seen = InlineArray<8, UInt64>(repeating: 0)
        for place in 0 ..< alert.fieldCount {
            let field = alert.field(at: place)
            let id = Int(field.keyID)
            guard id > 0, id < 512, !field.kind.isNull, !field.isSynthetic, seen[id / 64] & 1 << UInt64(id % 64) == 0
            else { continue }
            if NamedField.isLeef(field.keyID), fields.holds(place, field.keyID) { continue }
            seen[id / 64] |= 1 << UInt64(id % 64)
            guard field.text.count > 0 else { continue }
            buffer.append(byte: 0x09)
            buffer.append(together: field.key)
            buffer.append(byte: 0x3D)
            buffer.append(field.text, by: .leefValue, limit: Self.valueLimit)
        }
    }

    private func appendTags(_ alert: borrowing AlertView, to buffer: inout OutputBuffer) {
        let start = buffer.count
        for index in 0 ..< alert.tagCount {
            buffer.count == start ? buffer.append("\ttags=") : buffer.append(byte: 0x2C)
            buffer.append(alert.tag(at: index), by: .leefValue, limit: 120)
            if buffer.count - start > Self.valueLimit { return }
        }
    }

    static func append(_ key: StaticString, _ value: Span<UInt8>, to buffer: inout OutputBuffer) {
        guard value.count > 0 else { return }
        buffer.append(key)
        buffer.append(value, by: .leefValue, limit: valueLimit)
    }

    /// A field under LEEF's key for it.
    static func append(_ field: NamedField, _ kind: FieldKind, _ text: Span<UInt8>, to buffer: inout OutputBuffer) {
        switch field {
        case .userName: append("\tusrName=", text, to: &buffer)
        case .sourceAddress: if TypedText.address(text) != nil { append("\tsrc=", text, to: &buffer) }
        case .sourcePort: if TypedText.isPort(kind, text) { append("\tsrcPort=", text, to: &buffer) }
        case .targetAddress: if TypedText.address(text) != nil { append("\tdst=", text, to: &buffer) }
        case .targetPort: if TypedText.isPort(kind, text) { append("\tdstPort=", text, to: &buffer) }
        case .transport: append("\tproto=", text, to: &buffer)
        default: break
        }
    }
}

extension NamedField {
    /// Those with a key of LEEF's; the others are written under their own names.
    fileprivate static let leefOrder: [NamedField] = [
        .userName, .sourceAddress, .sourcePort, .targetAddress, .targetPort, .transport,
    ]

    fileprivate static func isLeef(_ id: UInt16) -> Bool {
        guard let place = place(of: id) else { return false }
        return leefOrder.contains { $0.rawValue == place.field }
    }
}

extension OutputBuffer {
    /// A name of Falco's as one word of letters and digits: `k8s.ns.name` becomes `k8sNsName`.
    mutating func append(together name: Span<UInt8>) {
        var raises = false
        for place in name.indices {
            let byte = name[place]
            switch byte {
            case 0x61 ... 0x7A: append(byte: raises ? byte - 0x20 : byte)
            case 0x30 ... 0x39, 0x41 ... 0x5A: append(byte: byte)
            default:
                raises = true
                continue
            }
            raises = false
        }
    }
}
