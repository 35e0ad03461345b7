// SPDX-License-Identifier: Apache-2.0
public import AlertModel
public import FalcoRules

/// A resource that changes while alerts come, and can be subscribed to.
public enum LiveResource: Hashable, Sendable {
    /// `creance://alerts/latest`
    case latest
    /// `creance://alerts/priority/critical`: alerts and incidents of exactly this priority.
    case priority(Priority)
    /// `creance://alerts/query/{condition}`: a standing query, its condition percent-encoded.
    case query(Condition)
    /// `creance://incidents/open`
    case openIncidents
    /// `creance://incidents/{id}`
    case incident(SubjectID)
    /// `creance://statistics`
    case statistics
    /// `creance://health`
    case health
}

extension LiveResource {
    /// Bytes of a condition, decoded.
    public static let conditionLimit = 512
    private static let scheme = "creance://"

    /// nil for every other URI: unknown names, conditions that are too long or cannot be read, unusual spellings. What
    /// has one meaning has one URI, so that equal subscriptions are one.
    public init?(uri: String) {
        let bytes = uri.utf8
        guard bytes.count <= Self.scheme.utf8.count + 16 + 3 * Self.conditionLimit,
            bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), uri.hasPrefix(Self.scheme)
        else { return nil }
        let parts = uri.dropFirst(Self.scheme.count).split(
            separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
        switch (parts.first, parts.dropFirst().first, parts.dropFirst(2).first) {
        case ("alerts", "latest", nil): self = .latest
        case ("alerts", "priority", let name?):
            guard let found = Priority.allCases.first(where: { $0.name.lowercased() == name }) else { return nil }
            self = .priority(found)
        case ("alerts", "query", let text?):
            guard let text = Self.decoded(text), let condition = try? Condition(text),
                Self.encoded(condition.text) == parts[2]
            else { return nil }
            self = .query(condition)
        case ("incidents", "open", nil): self = .openIncidents
        case ("incidents", let id?, nil):
            guard let subject = SubjectID(String(id)), subject.description == id else { return nil }
            self = .incident(subject)
        case ("statistics", nil, nil): self = .statistics
        case ("health", nil, nil): self = .health
        default: return nil
        }
    }

    /// Printable ASCII.
    public var uri: String {
        let path =
            switch self {
            case .latest: "alerts/latest"
            case .priority(let priority): "alerts/priority/\(priority.name.lowercased())"
            case .query(let condition): "alerts/query/\(Self.encoded(condition.text))"
            case .openIncidents: "incidents/open"
            case .incident(let id): "incidents/\(id)"
            case .statistics: "statistics"
            case .health: "health"
            }
        return Self.scheme + path
    }

    /// RFC 3986, 2.1: every byte but letters, digits, `-`, `.`, `_` and `~` behind a percent sign, in upper case.
    static func encoded(_ text: String) -> String {
        var encoded: [UInt8] = []
        let digits = Array("0123456789ABCDEF".utf8)
        for byte in text.utf8 {
            switch byte {
            case 48 ... 57, 65 ... 90, 97 ... 122, 45, 46, 95, 126: encoded.append(byte)
            default: encoded += [0x25, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: encoded, as: UTF8.self)
    }

    private static func decoded(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == 0x25 else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst(), let low = rest.popFirst(), high != 43, high != 45,
                let value = UInt8(String(decoding: [high, low], as: UTF8.self), radix: 16)
            else { return nil }
            bytes.append(value)
        }
        guard bytes.count <= conditionLimit else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }
}
