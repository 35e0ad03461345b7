// SPDX-License-Identifier: Apache-2.0
import CAlertBatch

/// The default fingerprint (semantics.md, 2): rule, source, scope, namespace, pod, user, executable, parent, object.
///
/// Every part is typed and length-prefixed, and a null is one explicit marker, so no two different tuples read the same.
/// Times, numbers of events, process ids, client ports and texts never take part.
public struct FingerprintKey: Sendable {
    private let key: HashKey

    public init(_ key: HashKey) { self.key = key }

    public func fingerprint(of alert: AlertView) -> Fingerprint {
        var hasher = KeyedHasher(key: key)
        hasher.combine(text: alert.rule)
        hasher.combine(text: alert.source)
        combineScope(of: alert, into: &hasher)
        hasher.combine(alert.field(CALERT_FIELD_K8S_NS_NAME))
        hasher.combine(alert.field(CALERT_FIELD_K8S_POD_NAME))
        hasher.combine(alert, CALERT_FIELD_USER_UID, orElse: CALERT_FIELD_USER_NAME)
        hasher.combine(alert, CALERT_FIELD_PROC_EXEPATH, orElse: CALERT_FIELD_PROC_NAME)
        hasher.combine(alert.field(CALERT_FIELD_PROC_PNAME))
        combineObject(of: alert, into: &hasher)
        return hasher.finalize()
    }

    /// The container, or the host with its name: a plain `host` would merge every node.
    private func combineScope(of alert: AlertView, into hasher: inout KeyedHasher) {
        if let container = alert.field(CALERT_FIELD_CONTAINER_ID), !container.kind.isNull,
            !container.text.equals("host")
        {
            hasher.combine(container)
        } else {
            hasher.combine(byte: PartTag.host.rawValue)
            hasher.combine(text: alert.hostname)
        }
    }

    private func combineObject(of alert: AlertView, into hasher: inout KeyedHasher) {
        if alert.source.equals("k8s_audit") {
            hasher.combine(alert.field(CALERT_FIELD_KA_VERB))
            hasher.combine(alert.field(CALERT_FIELD_KA_TARGET_RESOURCE))
            hasher.combine(alert.field(CALERT_FIELD_KA_TARGET_NAMESPACE))
            hasher.combine(alert.field(CALERT_FIELD_KA_TARGET_NAME))
            hasher.combine(alert.field(CALERT_FIELD_KA_USER_NAME))
        } else if alert.source.equals("syscall") || alert.source.isEmpty {
            combineSystemCallObject(of: alert, into: &hasher)
        } else {
            combineFirstTexts(of: alert, into: &hasher)
        }
    }

    private func combineSystemCallObject(of alert: AlertView, into hasher: inout KeyedHasher) {
        let name = alert.field(CALERT_FIELD_FD_NAME)
        if let address = alert.field(CALERT_FIELD_FD_SIP), !address.kind.isNull {
            hasher.combine(byte: PartTag.socket.rawValue)
            hasher.combine(alert.field(CALERT_FIELD_FD_L4PROTO))
            hasher.combine(address)
            hasher.combine(alert.field(CALERT_FIELD_FD_SPORT))
        } else if let name, let server = name.text.offsetBehindArrow {
            // `client:port->server:port`: only the server's half stays the same from one connection to the next.
            hasher.combine(byte: PartTag.socket.rawValue)
            hasher.combine(alert.field(CALERT_FIELD_FD_L4PROTO))
            hasher.combine(text: name.text.extracting(server...))
        } else if let name, !name.kind.isNull {
            hasher.combine(name)
        } else {
            hasher.combine(alert.field(CALERT_FIELD_EVT_TYPE))
        }
    }

    /// For plugin sources: the first four texts in order of their names, which no transport changes.
    private func combineFirstTexts(of alert: AlertView, into hasher: inout KeyedHasher) {
        var chosen: [Int] = []
        for index in 0 ..< alert.fieldCount {
            let field = alert.field(at: index)
            guard field.kind == .string, !field.key.startsWith("evt."), !field.key.equals("uuid") else { continue }
            let position = chosen.firstIndex { alert.field(at: $0).key.follows(field.key) } ?? chosen.count
            chosen.insert(index, at: position)
            if chosen.count > 4 { chosen.removeLast() }
        }
        for index in chosen {
            hasher.combine(text: alert.field(at: index).key)
            hasher.combine(alert.field(at: index))
        }
    }
}

private enum PartTag: UInt8 {
    case null = 0, text, integer, unsigned, double, bool, json, host, socket
}

extension KeyedHasher {
    fileprivate mutating func combine(text: Span<UInt8>) {
        combine(tagged: .text, text)
    }

    private mutating func combine(tagged tag: PartTag, _ text: Span<UInt8>) {
        combine(byte: tag.rawValue)
        combine(UInt64(text.count))
        combine(text)
    }

    private mutating func combine(tagged tag: PartTag, _ bits: UInt64) {
        combine(byte: tag.rawValue)
        combine(bits)
    }

    fileprivate mutating func combine(_ field: FieldView?) {
        guard let field else { return combine(byte: PartTag.null.rawValue) }
        switch field.kind {
        case .null, .notAvailable, .empty: combine(byte: PartTag.null.rawValue)
        case .string: combine(tagged: .text, field.text)
        case .json: combine(tagged: .json, field.text)
        case .int64: combine(tagged: .integer, field.bits)
        case .uint64: combine(tagged: .unsigned, field.bits)
        case .double: combine(tagged: .double, field.bits)
        case .bool: combine(tagged: .bool, field.bits)
        }
    }

    /// The first of two fields that is not null.
    fileprivate mutating func combine(_ alert: AlertView, _ first: calert_field_id, orElse second: calert_field_id) {
        if let field = alert.field(first), !field.kind.isNull { combine(field) } else { combine(alert.field(second)) }
    }
}

extension Span where Element == UInt8 {
    /// Byte equality with an ASCII literal.
    public func equals(_ text: StaticString) -> Bool { count == text.utf8CodeUnitCount && startsWith(text) }

    public func startsWith(_ text: StaticString) -> Bool {
        guard count >= text.utf8CodeUnitCount else { return false }
        for index in 0 ..< text.utf8CodeUnitCount where unsafe self[index] != text.utf8Start[index] { return false }
        return true
    }

    /// Byte equality.
    public func equals(_ other: Span<UInt8>) -> Bool {
        guard count == other.count else { return false }
        var place = 0
        let (left, right) = unsafe (bytes, other.bytes)
        // Eight at once: hosts and sources are compared for every alert. Both loads end within `count`.
        while count - place >= 8 {
            let word = unsafe left.unsafeLoadUnaligned(fromByteOffset: place, as: UInt64.self)
            guard unsafe word == right.unsafeLoadUnaligned(fromByteOffset: place, as: UInt64.self) else { return false }
            place += 8
        }
        while place < count {
            guard self[place] == other[place] else { return false }
            place += 1
        }
        return true
    }

    /// Bytewise order: `self` comes after `other`.
    public func follows(_ other: Span<UInt8>) -> Bool {
        for index in 0 ..< Swift.min(count, other.count) where self[index] != other[index] {
            return self[index] > other[index]
        }
        return count > other.count
    }

    /// Where the text behind `->` begins; nil without an arrow.
    fileprivate var offsetBehindArrow: Int? {
        for index in 0 ..< Swift.max(0, count - 1) where self[index] == 45 && self[index + 1] == 62 { return index + 2 }
        return nil
    }
}
