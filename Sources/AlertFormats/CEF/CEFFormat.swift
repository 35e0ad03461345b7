// SPDX-License-Identifier: Apache-2.0
public import AlertModel

/// ArcSight's Common Event Format, implementation standard version 27, `CEF:0`:
///
///     CEF:0|Creance|Creance|1|signature id|name|severity|key=value key=value …
///
/// Keys are those of the standard's dictionary alone, values keep its lengths; docs/formats.md has the table. Every value
/// that may come from outside is written by `TextRule.cefHeader` or `.cefValue`.
public struct CEFFormat: AlertFormat {
    public var name: String { "cef" }

    public init() {}

    public func append(
        _ alert: borrowing AlertView, at index: Int, of entry: DecidedEntry, to buffer: inout OutputBuffer
    ) {
        buffer.append("CEF:0|Creance|Creance|1|")
        let start = buffer.count
        buffer.append(alert.rule, by: .cefHeader, limit: 512)
        if buffer.count == start { buffer.append("alert") }
        let length = buffer.count - start
        buffer.append(byte: 0x7C)
        // Falco's rules have no number: their name is their identity.
        buffer.append(copyOf: start ..< start + length)
        buffer.append(byte: 0x7C)
        buffer.append(cefSeverity: alert.priority)
        buffer.append("|rt=")
        buffer.append(milliseconds: alert.eventTime)
        buffer.append(" externalId=")
        buffer.append(entry.id(at: index))
        buffer.append(" type=0")
        Self.append(" cat=", alert.source, 1_023, to: &buffer)
        Self.append(" dvchost=", alert.hostname, 100, to: &buffer)
        Self.append(" dhost=", alert.hostname, 1_023, to: &buffer)
        let fields = NamedFields(alert, at: index, of: entry)
        for field in NamedField.cefOrder {
            fields.with(field, alert, at: index, of: entry) { kind, text in
                Self.append(field, kind, text, to: &buffer)
            }
            // A reference as people write it.
            if field == .image {
                fields.with(.imageTag, alert, at: index, of: entry) { _, tag in
                    Self.append(" flexString2Label=container.image.tag flexString2=", tag, 1_023, to: &buffer)
                }
            }
        }
        appendAttack(alert, to: &buffer)
        if entry.notes.marks.indices.contains(index), entry.notes.marks[index].count > 0 {
            buffer.append(" cn1Label=group.count cn1=")
            buffer.append(UInt64(entry.notes.marks[index].count))
        }
        Self.append(" msg=", alert.outputBody, 1_023, to: &buffer)
        buffer.append(byte: 0x0A)
    }

    /// The tags that name tactics and techniques.
    private func appendAttack(_ alert: borrowing AlertView, to buffer: inout OutputBuffer) {
        let start = buffer.count
        for index in 0 ..< alert.tagCount where AttackTag.isOne(alert.tag(at: index)) {
            buffer.count == start ? buffer.append(" cs5Label=attack cs5=") : buffer.append(byte: 0x2C)
            buffer.append(alert.tag(at: index), by: .cefValue, limit: 120)
            if buffer.count - start > 3_800 { return }
        }
    }

    /// ` key=` and the value; nothing for an empty one, which readers of CEF take in different ways.
    static func append(_ key: StaticString, _ value: Span<UInt8>, _ limit: Int, to buffer: inout OutputBuffer) {
        guard value.count > 0 else { return }
        buffer.append(key)
        buffer.append(value, by: .cefValue, limit: limit)
    }

    /// A field under its key of the dictionary; nothing when the value is not what the dictionary says the key holds.
    static func append(_ field: NamedField, _ kind: FieldKind, _ text: Span<UInt8>, to buffer: inout OutputBuffer) {
        switch field {
        case .userName: append(" suser=", text, 1_023, to: &buffer)
        case .userID: append(" suid=", text, 1_023, to: &buffer)
        case .parentName: append(" sproc=", text, 1_023, to: &buffer)
        case .parentID: if TypedText.isInteger(kind, text) { append(" spid=", text, 20, to: &buffer) }
        case .processName: append(" dproc=", text, 1_023, to: &buffer)
        case .processID: if TypedText.isInteger(kind, text) { append(" dpid=", text, 20, to: &buffer) }
        case .commandLine: append(" cs6Label=proc.cmdline cs6=", text, 4_000, to: &buffer)
        case .file: appendFile(text, to: &buffer)
        case .sourceAddress:
            switch TypedText.address(text) {
            case .four?: append(" src=", text, 45, to: &buffer)
            case .six?: append(" c6a2Label=Source IPv6 Address c6a2=", text, 45, to: &buffer)
            case nil: break
            }
        case .sourcePort: if TypedText.isPort(kind, text) { append(" spt=", text, 5, to: &buffer) }
        case .targetAddress:
            switch TypedText.address(text) {
            case .four?: append(" dst=", text, 45, to: &buffer)
            case .six?: append(" c6a3Label=Destination IPv6 Address c6a3=", text, 45, to: &buffer)
            case nil: break
            }
        case .targetPort: if TypedText.isPort(kind, text) { append(" dpt=", text, 5, to: &buffer) }
        case .transport: append(" proto=", text, 31, to: &buffer)
        case .containerID: append(" cs1Label=container.id cs1=", text, 4_000, to: &buffer)
        case .containerName: append(" flexString1Label=container.name flexString1=", text, 1_023, to: &buffer)
        case .image: append(" cs2Label=container.image cs2=", text, 4_000, to: &buffer)
        case .namespace: append(" cs3Label=k8s.ns.name cs3=", text, 4_000, to: &buffer)
        case .pod: append(" cs4Label=k8s.pod.name cs4=", text, 4_000, to: &buffer)
        case .parentLine, .executable, .imageTag, .eventType: break
        }
    }

    /// A path, and the name at its end; what is no path (a connection, a pipe) is left to `msg`.
    private static func appendFile(_ path: Span<UInt8>, to buffer: inout OutputBuffer) {
        guard path.count > 0, path[0] == 0x2F else { return }
        var start = path.count
        while path[start - 1] != 0x2F { start -= 1 }
        append(" fname=", path.extracting(start...), 1_023, to: &buffer)
        append(" filePath=", path, 1_023, to: &buffer)
    }
}

extension NamedField {
    /// In the order in which they are written.
    fileprivate static let cefOrder: [NamedField] = [
        .userName, .userID, .parentName, .parentID, .processName, .processID, .file, .sourceAddress, .sourcePort,
        .targetAddress, .targetPort, .transport, .containerID, .image, .namespace, .pod, .commandLine, .containerName,
    ]
}

extension OutputBuffer {
    /// Milliseconds since 1970, rounded down.
    mutating func append(milliseconds time: EventTime) {
        let (quotient, remainder) = time.nanoseconds.quotientAndRemainder(dividingBy: 1_000_000)
        append(remainder < 0 ? quotient - 1 : quotient)
    }

    /// 0 … 10: low to 3, medium to 6, high to 8, very high above, as the standard groups them.
    mutating func append(cefSeverity priority: Priority) {
        switch priority {
        case .emergency: append("10")
        case .alert: append("9")
        case .critical: append("8")
        case .error: append("7")
        case .warning: append("5")
        case .notice: append("3")
        case .informational: append("1")
        case .debug: append("0")
        }
    }
}
