// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// The `k8s.*` and `container.*` fields that back-fill knows, as numbers below 64.
///
/// Falco's own names come first; others, such as `k8s.pod.label[app]`, in the order in which they were met, until the
/// numbers are used up. Names of a container itself and of moments are not learnt.
struct BackfillNames: Sendable {
    static let limit = 64
    /// Longest name that is learnt, in bytes.
    static let nameLimit = 128

    private(set) var names: [FieldName] = []
    /// By id of Falco's fields: one more than the number, 0 for a field of no interest; `shortID` and `wholeID` for the
    /// names of the container itself.
    private(set) var numbers: [UInt8] = []
    static let shortID: UInt8 = 254
    static let wholeID: UInt8 = 255

    private static let known = [
        "container.image", "container.image.digest", "container.image.id", "container.image.repository",
        "container.image.tag", "container.ip", "container.mounts", "container.name", "container.privileged",
        "container.start_ts", "container.type", "k8s.deployment.name", "k8s.node.name", "k8s.ns.name", "k8s.pod.id",
        "k8s.pod.ip", "k8s.pod.labels", "k8s.pod.name", "k8s.pod.sandbox_id", "k8s.pod.uid", "k8s.rs.name",
        "k8s.svc.name",
    ]
    init() {
        for name in Self.known { add(FieldName(name)) }
        mark(FieldName("container.id"), Self.shortID)
        mark(FieldName("container.full_id"), Self.wholeID)
    }

    private mutating func mark(_ name: FieldName, _ number: UInt8) {
        while numbers.count <= Int(name.id) { numbers.append(0) }
        numbers[Int(name.id)] = number
    }

    /// Names that are not Falco's own, for a checkpoint.
    var others: ArraySlice<FieldName> { names[Self.known.count...] }

    /// The number of the name of a field that Falco's list does not have; nil for names that have none yet.
    func number(ofOther field: borrowing FieldView) -> Int? {
        guard Self.isOfContainer(field.key) else { return nil }
        return other(field.key)
    }

    /// Whether the field could get a number, if there is one left.
    static func isNew(_ field: borrowing FieldView) -> Bool { field.keyID == 0 && isOfContainer(field.key) }

    /// Gives a new name a number; nil when there is none left.
    mutating func learn(_ key: Span<UInt8>) -> Int? {
        guard names.count < Self.limit, key.count <= Self.nameLimit else { return nil }
        return learn(String(decoding: [UInt8](_span: key), as: UTF8.self))
    }

    mutating func learn(_ name: String) -> Int? {
        let name = FieldName(name)
        let text = name.text
        guard names.count < Self.limit, name.id == 0, Self.isOfContainer(text.span), other(text.span) == nil else {
            return nil
        }
        add(name)
        return names.count - 1
    }

    private mutating func add(_ name: FieldName) {
        names.append(name)
        if name.id != 0 { mark(name, UInt8(names.count)) }
    }

    private func other(_ key: Span<UInt8>) -> Int? {
        for number in Self.known.count ..< names.count {
            let name = names[number].text
            if name.span.equals(key) { return number }
        }
        return nil
    }

    static func isOfContainer(_ key: Span<UInt8>) -> Bool {
        if key.startsWith("k8s.") { return true }
        // Not the key itself, nor what is true of one moment only.
        return key.startsWith("container.") && !key.equals("container.id") && !key.equals("container.full_id")
            && !key.equals("container.duration")
    }
}
