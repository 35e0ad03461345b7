// SPDX-License-Identifier: Apache-2.0

/// A component of a map of them: what its name is, what was declared, and where.
public struct ConfigNamed<Value> {
    public let name: String
    public let value: Value
    /// Where its name stands.
    public let place: ConfigPlace
    private let path: String
    private let places: [String: ConfigPlace]

    init(name: String, value: Value, place: ConfigPlace, path: String, places: [String: ConfigPlace]) {
        self.name = name
        self.value = value
        self.place = place
        self.path = path
        self.places = places
    }

    /// A problem with one of its keys, for checks across components.
    public func problem(
        _ severity: ConfigProblem.Severity, _ key: String, _ what: String, allowed: String? = nil,
        suggestion: String? = nil
    ) -> ConfigProblem {
        ConfigProblem(
            severity, at: places[key] ?? place, key: "\(path).\(key)", what, allowed: allowed, suggestion: suggestion)
    }
}

extension ConfigNamed: Sendable where Value: Sendable {}

/// One `type:` that a map of components takes.
public struct ConfigComponent<Value> {
    let type: String
    let help: String
    /// Absent for a type that a later version has.
    let declare: ((inout ConfigSection) -> Value)?

    public init(_ type: String, help: String, _ declare: @escaping (inout ConfigSection) -> Value) {
        self.type = type
        self.help = help
        self.declare = declare
    }

    private init(later type: String) {
        self.type = type
        help = ""
        declare = nil
    }

    public static func later(_ type: String) -> Self { .init(later: type) }
}

extension ConfigSection {
    /// A map below this one whose keys all have defaults or are optional; left out, it is as if empty.
    public mutating func section<Value>(_ key: String, help: String, _ declare: (inout ConfigSection) -> Value) -> Value
    {
        let pairs = map(take(key, nullable: true), key)
        let result = descend(into: pairs ?? [], at: place(of: key), path: child(key), declare)
        record(key, help, .section(result.entries, isOptional: false))
        return result.value
    }

    /// A map below this one that may be left out, and then there is nothing.
    public mutating func optionalSection<Value>(
        _ key: String, help: String, _ declare: (inout ConfigSection) -> Value
    ) -> Value? {
        let pairs = map(take(key), key)
        guard pairs != nil || isDocumenting else { return nil }
        let result = descend(into: pairs ?? [], at: place(of: key), path: child(key), declare)
        record(key, help, .section(result.entries, isOptional: true))
        return pairs == nil ? nil : result.value
    }

    /// A list of maps.
    public mutating func sections<Value>(
        _ key: String, help: String, _ declare: (inout ConfigSection) -> Value
    ) -> [Value] {
        let node = take(key, nullable: true)
        if isDocumenting {
            record(key, help, .sections(descend(into: [], at: nil, path: child(key), declare).entries))
        }
        guard let node else { return [] }
        guard case .list(let items) = node.content, items.count <= ConfigLimit.items else {
            add(
                ConfigProblem(
                    .error, at: node.place, key: child(key), "is \(node.description)",
                    allowed: "a list of up to \(ConfigLimit.items) maps"))
            return []
        }
        return items.enumerated().compactMap { index, item in
            let path = "\(child(key))[\(index)]"
            guard case .map(let pairs) = item.content else {
                add(ConfigProblem(.error, at: item.place, key: path, "is \(item.description)", allowed: "a map"))
                return nil
            }
            return descend(into: pairs, at: item.place, path: path, declare).value
        }
    }

    /// A map from names to components, each of the type its `type:` says, in the order of the file.
    ///
    /// - Returns: absent when the key is left out or has nothing in it.
    public mutating func components<Value>(
        _ key: String, name: String, whenAbsent: String, help: String, types: [ConfigComponent<Value>]
    ) -> [ConfigNamed<Value>]? {
        let node = take(key, nullable: true)
        if isDocumenting {
            let variants = types.compactMap { type in
                type.declare.map { declare in
                    let result = descend(into: [], at: nil, path: "\(child(key)).\(name)") { section in
                        section.declareType()
                        return declare(&section)
                    }
                    return ConfigEntry.Variant(type: type.type, help: type.help, entries: result.entries)
                }
            }
            record(key, help, .components(variants, name: name, whenAbsent: whenAbsent))
        }
        guard let pairs = map(node, key), !pairs.isEmpty else { return nil }
        guard pairs.count <= ConfigLimit.components else {
            report(.error, key, "\(pairs.count) of them", allowed: "up to \(ConfigLimit.components)")
            return nil
        }
        return pairs.compactMap { component($0, in: key, types) }
    }

    /// A map from names to maps of one form, in the order of the file.
    ///
    /// - Parameter name: what an entry is called in the reference.
    public mutating func namedSections<Value>(
        _ key: String, name: String, help: String, _ declare: (inout ConfigSection) -> Value
    ) -> [ConfigNamed<Value>] {
        let node = take(key, nullable: true)
        if isDocumenting {
            let path = "\(child(key)).\(name)"
            let inner = descend(into: [], at: nil, path: path, declare).entries
            let entry = ConfigEntry(key: name, help: "By name.", kind: .section(inner, isOptional: true))
            record(key, help, .section([entry], isOptional: true))
        }
        guard let pairs = map(node, key) else { return [] }
        guard pairs.count <= ConfigLimit.components else {
            report(.error, key, "\(pairs.count) of them", allowed: "up to \(ConfigLimit.components)")
            return []
        }
        return pairs.compactMap { pair in
            let path = ConfigSection([], place: nil, path: child(key), folder: "", isDocumenting: false).child(pair.key)
            if !Self.isName(pair.key) {
                add(
                    ConfigProblem(
                        .error, at: pair.place, key: path, "is not a name",
                        allowed: "up to 64 of a-z, A-Z, 0-9, _ and -"))
            }
            guard case .map(let inner) = pair.value.content else {
                add(
                    ConfigProblem(
                        .error, at: pair.value.place, key: path, "is \(pair.value.description)", allowed: "a map"))
                return nil
            }
            let result = descend(into: inner, at: pair.place, path: path, declare)
            return ConfigNamed(
                name: pair.key, value: result.value, place: pair.place, path: path, places: result.places)
        }
    }

    private mutating func component<Value>(
        _ pair: ConfigNode.Pair, in key: String, _ types: [ConfigComponent<Value>]
    ) -> ConfigNamed<Value>? {
        let offered = types.filter { $0.declare != nil }.map(\.type)
        let path = ConfigSection([], place: nil, path: child(key), folder: "", isDocumenting: false).child(pair.key)
        if !Self.isName(pair.key) {
            add(
                ConfigProblem(
                    .error, at: pair.place, key: path, "is not a name", allowed: "up to 64 of a-z, A-Z, 0-9, _ and -"))
        }
        guard case .map(let inner) = pair.value.content else {
            add(
                ConfigProblem(
                    .error, at: pair.value.place, key: path, "is \(pair.value.description)",
                    allowed: "a map with type: \(offered.joined(separator: ", "))"))
            return nil
        }
        guard let typePair = inner.first(where: { $0.key == "type" }), let type = typePair.value.text,
            !typePair.value.isNull
        else {
            add(
                ConfigProblem(
                    .error, at: pair.place, key: "\(path).type", "is required", allowed: offered.joined(separator: ", ")
                ))
            return nil
        }
        guard let known = types.first(where: { $0.type == type }), let declare = known.declare else {
            let isLater = types.contains { $0.type == type }
            add(
                ConfigProblem(
                    .error, at: typePair.value.place, key: "\(path).type",
                    isLater
                        ? "\(quoted(type)) is not available in this version"
                        : "\(quoted(type)) is not one of the types",
                    allowed: offered.joined(separator: ", "),
                    suggestion: isLater ? nil : Spelling.closest(to: type, among: offered)))
            return nil
        }
        let result = descend(into: inner, at: pair.place, path: path) { section in
            section.declareType()
            return declare(&section)
        }
        return ConfigNamed(name: pair.key, value: result.value, place: pair.place, path: path, places: result.places)
    }

    /// `type` was read before the declaration ran.
    private mutating func declareType() { _ = take("type", nullable: true) }

    /// Names become metric labels and parts of file names.
    private static func isName(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 64
            && text.utf8.allSatisfy {
                switch $0 {
                case UInt8(ascii: "a") ... UInt8(ascii: "z"), UInt8(ascii: "A") ... UInt8(ascii: "Z"),
                    UInt8(ascii: "0") ... UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }

    /// The pairs of a node that should be a map.
    private mutating func map(_ node: ConfigNode?, _ key: String) -> [ConfigNode.Pair]? {
        guard let node else { return nil }
        guard case .map(let pairs) = node.content else {
            add(ConfigProblem(.error, at: node.place, key: child(key), "is \(node.description)", allowed: "a map"))
            return nil
        }
        return pairs
    }
}
