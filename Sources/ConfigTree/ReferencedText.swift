// SPDX-License-Identifier: Apache-2.0

/// A text that may be secret: written in the configuration, or a reference to where it is kept.
public enum ReferencedText: Sendable, Hashable, CustomStringConvertible {
    case plain(String)
    case secret(Secret)

    /// What stands in the configuration.
    public var description: String {
        switch self {
        case .plain(let text): text
        case .secret(let secret): secret.description
        }
    }
}

extension ConfigValue where Value == ReferencedText {
    /// `check` looks at a text that stands in the configuration; a reference is not followed.
    public static func referencedText(
        _ name: String, allowed: String? = nil,
        check: @escaping @Sendable (String) throws(ConfigFault) -> Void = { _ throws(ConfigFault) in }
    ) -> Self {
        let text = ConfigValue<String>.text
        return .init(
            name, allowed: allowed,
            read: { content, plain, folder throws(ConfigFault) in
                if content.hasPrefix("${") { return .secret(try Secret(content, folder: folder)) }
                let content = try text.read(content, plain, folder)
                try check(content)
                return .plain(content)
            }, write: { yamlText($0.description) })
    }
}

extension ConfigSection {
    /// A map from names of the user's own to texts, in the order of the file.
    public mutating func texts(
        _ key: String, name: String, help: String
    ) -> [(name: String, value: ReferencedText)] {
        let kind = ConfigValue.referencedText("string or reference")
        let entry = ConfigEntry(
            key: name, help: "By name.", kind: .value(type: kind.name, default: .absent, allowed: kind.allowed))
        record(key, help, .section([entry], isOptional: true))
        guard let node = take(key, nullable: true) else { return [] }
        guard case .map(let pairs) = node.content, pairs.count <= ConfigLimit.components else {
            add(
                ConfigProblem(
                    .error, at: node.place, key: child(key), "is \(node.description)",
                    allowed: "a map of up to \(ConfigLimit.components) names"))
            return []
        }
        return pairs.compactMap { pair in
            let path = "\(child(key)).\(quoted(pair.key))"
            guard case .scalar(let text, let plain) = pair.value.content, !pair.value.isNull else {
                add(
                    ConfigProblem(
                        .error, at: pair.value.place, key: path, "is \(pair.value.description)", allowed: "text"))
                return nil
            }
            do throws(ConfigFault) {
                return (pair.key, try kind.read(text, plain, folder))
            } catch {
                add(ConfigProblem(.error, at: pair.value.place, key: path, error.what, allowed: error.allowed))
                return nil
            }
        }
    }
}
