// SPDX-License-Identifier: Apache-2.0

/// Why one value was refused.
public struct ConfigFault: Error, Sendable {
    public var what: String
    public var allowed: String?
    public var suggestion: String?
    /// Where in the value, in Unicode scalars from its first; nil for the value as a whole.
    public var offset: Int?

    public init(_ what: String, allowed: String? = nil, suggestion: String? = nil, offset: Int? = nil) {
        self.what = what
        self.allowed = allowed
        self.suggestion = suggestion
        self.offset = offset
    }
}

/// A kind of value: what the reference calls it, how it is read and how it is written.
public struct ConfigValue<Value>: Sendable {
    /// `duration`
    let name: String
    /// `1s … 24h`, for the reference.
    let allowed: String?
    /// From the text of a scalar; `folder` is where relative paths start.
    let read: @Sendable (_ text: String, _ plain: Bool, _ folder: String) throws(ConfigFault) -> Value
    /// As YAML would have it.
    let write: @Sendable (Value) -> String

    public init(
        _ name: String, allowed: String? = nil,
        read: @escaping @Sendable (_ text: String, _ plain: Bool, _ folder: String) throws(ConfigFault) -> Value,
        write: @escaping @Sendable (Value) -> String
    ) {
        self.name = name
        self.allowed = allowed
        self.read = read
        self.write = write
    }
}

extension ConfigValue where Value == String {
    /// Any text but the empty one.
    public static var text: Self { text(upTo: 4_096) }

    public static func text(upTo limitBytes: Int) -> Self {
        .init(
            "string",
            read: { text, _, _ throws(ConfigFault) in
                guard !text.isEmpty else { throw ConfigFault("must not be empty") }
                guard text.utf8.count <= limitBytes else { throw ConfigFault("longer than \(limitBytes) bytes") }
                return text
            }, write: yamlText)
    }

    /// A path of the file system. A relative one starts at the folder of the configuration file. Not looked up.
    public static var path: Self {
        .init(
            "path",
            read: { text, _, folder throws(ConfigFault) in
                guard !text.isEmpty else { throw ConfigFault("must not be empty") }
                guard !text.utf8.contains(0), text.utf8.count < 4_096 else {
                    throw ConfigFault("\(quoted(text)) is not a path")
                }
                guard !text.hasPrefix("~") else {
                    throw ConfigFault("~ has no meaning here", allowed: "a path from / or from the file's folder")
                }
                return resolve(text, in: folder)
            }, write: yamlText)
    }
}

extension ConfigValue where Value == String {
    /// A path, or a word that stands for something that has none.
    public static func path(or word: String) -> Self {
        let path = Self.path
        return .init(
            "path",
            read: { text, plain, folder throws(ConfigFault) in
                text == word ? word : try path.read(text, plain, folder)
            }, write: path.write)
    }
}

extension ConfigValue where Value == Bool {
    public static var bool: Self {
        .init(
            "bool", allowed: "true or false",
            read: { text, plain, _ throws(ConfigFault) in
                switch (plain, text) {
                case (true, "true"), (true, "True"), (true, "TRUE"): return true
                case (true, "false"), (true, "False"), (true, "FALSE"): return false
                default:
                    let meant = [
                        "yes": "true", "on": "true", "true": "true", "1": "true", "no": "false", "off": "false",
                        "false": "false", "0": "false",
                    ]
                    throw ConfigFault(
                        "\(quoted(text)) is neither true nor false", allowed: "true or false, without quotes",
                        suggestion: meant[text.lowercased()])
                }
            }, write: { $0 ? "true" : "false" })
    }
}

extension ConfigValue where Value == Int {
    public static func integer(in range: ClosedRange<Int>) -> Self {
        let allowed = range.count == 1 ? "\(range.lowerBound)" : "\(range.lowerBound) … \(range.upperBound)"
        return .init(
            "integer", allowed: allowed,
            read: { text, plain, _ throws(ConfigFault) in
                guard plain else {
                    throw ConfigFault("\(quoted(text)) is text", allowed: "a whole number without quotes")
                }
                let value = try Quantity.integer(text)
                guard range.contains(value) else { throw ConfigFault("\(value) is out of range", allowed: allowed) }
                return value
            }, write: { String($0) })
    }

    /// A number of bytes.
    public static func size(in range: ClosedRange<Int>) -> Self {
        let allowed = "\(Quantity.write(size: range.lowerBound)) … \(Quantity.write(size: range.upperBound))"
        return .init(
            "size", allowed: allowed,
            read: { text, _, _ throws(ConfigFault) in
                let value = try Quantity.size(text)
                guard range.contains(value) else {
                    throw ConfigFault("\(quoted(text)) is out of range", allowed: allowed)
                }
                return value
            }, write: { Quantity.write(size: $0) })
    }
}

extension ConfigValue where Value == Duration {
    public static func duration(in range: ClosedRange<Duration>) -> Self {
        let allowed = "\(Quantity.write(range.lowerBound)) … \(Quantity.write(range.upperBound))"
        return .init(
            "duration", allowed: allowed,
            read: { text, _, _ throws(ConfigFault) in
                let value = try Quantity.duration(text)
                guard range.contains(value) else {
                    throw ConfigFault("\(quoted(text)) is out of range", allowed: allowed)
                }
                return value
            }, write: { Quantity.write($0) })
    }
}

extension ConfigValue where Value == ConfigRate {
    public static var rate: Self {
        .init(
            "rate", allowed: "as 10/s, 10/m, 10/h", read: { text, _, _ throws(ConfigFault) in try Quantity.rate(text) },
            write: { $0.description })
    }
}

extension ConfigValue where Value == ConfigTime {
    public static var time: Self {
        .init(
            "time", allowed: "RFC 3339, as 2027-01-01T00:00:00Z",
            read: { text, _, _ throws(ConfigFault) in
                guard let time = ConfigTime(text) else {
                    throw ConfigFault(
                        "\(quoted(text)) is not a time",
                        allowed: "RFC 3339, as 2027-01-01T00:00:00Z, up to the year 2261")
                }
                return time
            }, write: { $0.description })
    }
}

extension ConfigValue where Value == ConfigAddress {
    public static func address(_ kind: ConfigAddressKind = .any) -> Self {
        .init(
            "address", allowed: kind.form,
            read: { text, _, _ throws(ConfigFault) in try ConfigAddress(text, allowing: kind) },
            write: { $0.description })
    }
}

extension ConfigValue where Value == Secret {
    public static var secret: Self {
        .init(
            "secret", allowed: Secret.form,
            read: { text, _, folder throws(ConfigFault) in try Secret(text, folder: folder) },
            write: { $0.description })
    }
}

extension ConfigValue where Value: CaseIterable & RawRepresentable & Sendable, Value.RawValue == String {
    /// One of an enumeration's cases, by raw value.
    ///
    /// - Parameters:
    ///   - offered: the cases that may stand here; nil for all.
    ///   - later: choices that a later version has; refused as such and not offered.
    public static func choice(among offered: [Value]? = nil, later: [String] = []) -> Self {
        let names = (offered ?? Array(Value.allCases)).map(\.rawValue)
        let allowed = names.joined(separator: ", ")
        return .init(
            "choice", allowed: allowed,
            read: { text, _, _ throws(ConfigFault) in
                if names.contains(text), let value = Value(rawValue: text) { return value }
                if later.contains(text) {
                    throw ConfigFault("\(quoted(text)) is not available in this version", allowed: allowed)
                }
                throw ConfigFault(
                    "\(quoted(text)) is not one of the choices", allowed: allowed,
                    suggestion: Spelling.closest(to: text, among: names))
            }, write: { yamlText($0.rawValue) })
    }
}

/// Text as a YAML scalar: plain when that reads back as the same text, else in double quotes.
func yamlText(_ text: String) -> String {
    let isPlain = text.unicodeScalars.allSatisfy { scalar in
        switch scalar {
        case "a" ... "z", "A" ... "Z", "0" ... "9", "/", ".", "_", "-", "$", ":": true
        default: false
        }
    }
    let start = text.unicodeScalars.first
    let startsPlain = start.map { !"-:".unicodeScalars.contains($0) } ?? false
    let isWord = ["true", "false", "null", "~", "yes", "no", "on", "off"].contains(text.lowercased())
    if isPlain, startsPlain, !text.hasSuffix(":"), !isWord { return text }
    var quoted = "\""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\"", "\\": quoted += "\\\(scalar)"
        case "\n": quoted += "\\n"
        default:
            if scalar.value < 0x20 || scalar.value == 0x7f {
                quoted += "\\x" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
            } else {
                quoted.unicodeScalars.append(scalar)
            }
        }
    }
    return quoted + "\""
}
