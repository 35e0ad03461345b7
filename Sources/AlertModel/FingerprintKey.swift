// SPDX-License-Identifier: Apache-2.0

/// What makes alerts the same to deduplication (semantics.md, 2): the default key, or the members a configuration lists.
///
/// The default: rule, source, scope, namespace, pod, user, executable, parent, object. One walk over the members serves
/// the keyed hash and the canonical bytes, so the two cannot differ. Times, numbers of events, process ids, client ports
/// and texts never take part. Enrichment counts: a namespace that was filled in is a namespace.
public struct FingerprintKey: Sendable {
    private let parts: [KeyPart]?
    private let key: HashKey

    /// - Parameter parts: the members of the key; nil for the default.
    public init(_ key: HashKey, parts: [KeyPart]? = nil) {
        self.key = key
        self.parts = parts
    }

    /// Whether the default key or a variant reads a field of Falco's list, by its number: of alerts about system calls and
    /// of the Kubernetes audit log. Of other sources they read all texts.
    public static func defaultReads(_ id: UInt16) -> Bool { FieldSlots.isRead(id) }

    public func fingerprint(of alert: AlertView) -> Fingerprint { fingerprint(of: AlertFacts(alert)) }

    public func fingerprint(of facts: borrowing AlertFacts) -> Fingerprint {
        var hasher = KeyedHasher(key: key)
        let fields = PlacedFields(facts)
        walk(fields, into: &hasher)
        return hasher.finalize()
    }

    /// The fingerprint, and what tells variants of it apart: the masked command line, the file, the ancestors.
    public func identity(of facts: borrowing AlertFacts) -> AlertIdentity {
        var hasher = KeyedHasher(key: key)
        let fields = PlacedFields(facts)
        walk(fields, into: &hasher)
        let fingerprint = hasher.finalize()
        Variant.walk(fields, into: &hasher)
        return AlertIdentity(fingerprint: fingerprint, variant: hasher.finalize().low)
    }

    /// Writes the canonical key. `textLimit`: longer texts are cut, for keys that are only shown.
    public func write(_ facts: borrowing AlertFacts, to canonical: inout CanonicalKey, textLimit: Int = .max) {
        canonical.removeAll(textLimit: textLimit)
        let fields = PlacedFields(facts)
        walk(fields, into: &canonical)
    }

    /// What an update says about a variant that did not leave.
    public func line(of facts: borrowing AlertFacts, into text: inout [UInt8], limit: Int) {
        text.removeAll(keepingCapacity: true)
        let fields = PlacedFields(facts)
        Variant.describe(fields, into: &text, limit: limit, withFile: parts != nil)
    }

    private func walk<Receiver: KeyReceiver>(_ fields: borrowing PlacedFields, into receiver: inout Receiver) {
        if let parts {
            for part in parts { walk(part, fields, into: &receiver) }
        } else {
            DefaultKey.walk(fields, into: &receiver)
        }
    }

    private func walk<Receiver: KeyReceiver>(
        _ part: KeyPart, _ fields: borrowing PlacedFields, into receiver: inout Receiver
    ) {
        let alert = fields.facts.alert
        switch part {
        case .rule: receiver.receive(.rule, .text, text: alert.rule)
        case .source: receiver.receive(.source, .text, text: alert.source)
        case .scope: DefaultKey.scope(fields, into: &receiver)
        case .priority:
            receiver.receive(name: Array("priority".utf8).span)
            receiver.receive(.named, .text, text: Array(alert.priority.name.utf8).span)
        case .hostname:
            receiver.receive(name: Array("hostname".utf8).span)
            receiver.receive(.named, .text, text: alert.hostname)
        case .tags:
            for index in 0 ..< alert.tagCount {
                receiver.receive(name: Array("tags".utf8).span)
                receiver.receive(.named, .text, text: alert.tag(at: index))
            }
        case .field(let name):
            receiver.receive(name: name.text.span)
            guard let value = fields.facts.value(name) else { return receiver.receiveNull(.named) }
            receiver.receive(.named, kind: value.kind, text: value.text, bits: value.bits)
        }
    }
}

/// An alert to deduplication: what it is a repeat of, and which variant of that.
public struct AlertIdentity: Hashable, Sendable {
    public let fingerprint: Fingerprint
    /// Keyed by the installation's secret as well.
    public let variant: UInt64

    public init(fingerprint: Fingerprint, variant: UInt64) {
        self.fingerprint = fingerprint
        self.variant = variant
    }
}
