// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Journal

/// What an alert can be about, and in which fields it stands.
enum EntityKind: String, CaseIterable, Sendable {
    case container, pod, namespace, host, user, process, image, ip

    /// Any of them holds it; none for what is no output field.
    var fields: [FieldName] {
        switch self {
        case .container: [FieldName("container.id")]
        case .pod: [FieldName("k8s.pod.name")]
        case .namespace: [FieldName("k8s.ns.name"), FieldName("ka.target.namespace")]
        case .host: []
        case .user: [FieldName("user.name"), FieldName("ka.user.name")]
        case .process: [FieldName("proc.name"), FieldName("proc.exepath")]
        case .image: [FieldName("container.image.repository"), FieldName("container.image")]
        case .ip: [FieldName("fd.sip"), FieldName("fd.cip"), FieldName("fd.rip"), FieldName("fd.lip")]
        }
    }

    /// The column that holds it and nothing else does.
    var column: AlertQuery.Column? {
        switch self {
        case .container: .container
        case .host: .hostname
        case .pod, .namespace, .user, .process, .image, .ip: nil
        }
    }

    /// Whether the alert is about it.
    func matches(_ facts: borrowing AlertFacts, _ value: Span<UInt8>) -> Bool {
        if self == .host { return facts.alert.hostname.equals(value) }
        for field in fields {
            if let found = facts.value(field), found.text.equals(value) { return true }
        }
        return false
    }

    /// The first of its fields that the alert has; a container is one only inside of one.
    func value(_ facts: borrowing AlertFacts) -> String? {
        if self == .host {
            let host = String(decoding: [UInt8](_span: facts.alert.hostname), as: UTF8.self)
            return host.isEmpty ? nil : host
        }
        for field in fields {
            guard let text = Self.text(facts, field), self != .container || text != "host" else { continue }
            return text
        }
        return nil
    }

    /// Whether an incident's group names it.
    func names(_ group: [KeyField], _ value: String) -> Bool {
        group.contains { member in
            guard case .text(let text) = member.value else { return false }
            if self == .host { return member.name == "hostname" && text == value || text == "host@\(value)" }
            return text == value && fields.contains { $0.name == member.name }
        }
    }

    static func text(_ facts: borrowing AlertFacts, _ name: FieldName) -> String? {
        guard let value = facts.value(name) else { return nil }
        return String(decoding: [UInt8](_span: value.text), as: UTF8.self)
    }
}
