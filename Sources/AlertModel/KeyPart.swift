// SPDX-License-Identifier: Apache-2.0

/// A member of a deduplication key that the configuration names: a property of the alert, or any output field.
public enum KeyPart: Hashable, Sendable {
    case rule, priority, source, hostname, tags
    /// The container, or `host@<hostname>` where there is none.
    case scope
    case field(FieldName)

    /// `container.id` is the scope, as in the default key: a plain `host` would merge every node.
    public init(_ name: String) {
        switch name {
        case "rule": self = .rule
        case "priority": self = .priority
        case "source": self = .source
        case "hostname": self = .hostname
        case "tags": self = .tags
        case "container.id": self = .scope
        default: self = .field(FieldName(name))
        }
    }

    public var name: String {
        switch self {
        case .rule: "rule"
        case .priority: "priority"
        case .source: "source"
        case .hostname: "hostname"
        case .tags: "tags"
        case .scope: "container.id"
        case .field(let field): field.name
        }
    }
}

/// The members of the default key, by the numbers that canonical keys hold. The numbers never change: `group.id` is a
/// digest of them.
enum KeyCode: UInt8 {
    case rule = 1, source, scope, namespace, pod, userID, userName, executable, processName, parent
    case transportProtocol, serverAddress, serverPort, server, file, eventType
    case verb, resource, targetNamespace, targetName, auditUser
    /// A name stands in front of the value.
    case named = 255

    var name: String {
        switch self {
        case .rule: "rule"
        case .source: "source"
        case .scope: "container.id"
        case .namespace: "k8s.ns.name"
        case .pod: "k8s.pod.name"
        case .userID: "user.uid"
        case .userName: "user.name"
        case .executable: "proc.exepath"
        case .processName: "proc.name"
        case .parent: "proc.pname"
        case .transportProtocol: "fd.l4proto"
        case .serverAddress: "fd.sip"
        case .serverPort: "fd.sport"
        case .server, .file: "fd.name"
        case .eventType: "evt.type"
        case .verb: "ka.verb"
        case .resource: "ka.target.resource"
        case .targetNamespace: "ka.target.namespace"
        case .targetName: "ka.target.name"
        case .auditUser: "ka.user.name"
        case .named: ""
        }
    }
}

/// What kind of value a member has. The numbers never change.
enum KeyTag: UInt8 {
    case null = 0, text, integer, unsigned, double, bool, json, host
}

/// Takes the members of a key one after the other: the keyed hash, or the canonical bytes.
protocol KeyReceiver {
    mutating func receive(_ code: KeyCode, _ tag: KeyTag, text: Span<UInt8>)
    mutating func receive(_ code: KeyCode, _ tag: KeyTag, bits: UInt64)
    /// The name of the member that follows, whose code is `.named`.
    mutating func receive(name: Span<UInt8>)
}

extension KeyReceiver {
    mutating func receiveNull(_ code: KeyCode) { receive(code, .null, text: Span()) }

    mutating func receive(_ code: KeyCode, kind: FieldKind, text: Span<UInt8>, bits: UInt64) {
        switch kind {
        case .null, .notAvailable, .empty: receiveNull(code)
        case .string: receive(code, .text, text: text)
        case .json: receive(code, .json, text: text)
        case .int64: receive(code, .integer, bits: bits)
        case .uint64: receive(code, .unsigned, bits: bits)
        case .double: receive(code, .double, bits: bits)
        case .bool: receive(code, .bool, bits: bits)
        }
    }
}

/// Code, tag and length in one word, then the value.
extension KeyedHasher: KeyReceiver {
    @inline(__always)
    mutating func receive(_ code: KeyCode, _ tag: KeyTag, text: Span<UInt8>) {
        combine(UInt64(code.rawValue) | UInt64(tag.rawValue) << 8 | UInt64(truncatingIfNeeded: text.count) << 16)
        combine(padded: text)
    }

    mutating func receive(_ code: KeyCode, _ tag: KeyTag, bits: UInt64) {
        combine(UInt64(code.rawValue) | UInt64(tag.rawValue) << 8)
        combine(bits)
    }

    mutating func receive(name: Span<UInt8>) {
        combine(name)
    }
}
