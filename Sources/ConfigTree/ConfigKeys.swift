// SPDX-License-Identifier: Apache-2.0

// The three ways a key can have a value: with a default, optional, required.
extension ConfigSection {
    /// A value with a default.
    public mutating func value<Value>(
        _ key: String, _ kind: ConfigValue<Value>, default fallback: Value, help: String
    ) -> Value {
        record(key, help, .value(type: kind.name, default: .value(kind.write(fallback)), allowed: kind.allowed))
        return read(key, kind) ?? fallback
    }

    /// A value that may be left out.
    ///
    /// - Parameter whenAbsent: what then happens, in words, for the reference.
    public mutating func optional<Value>(
        _ key: String, _ kind: ConfigValue<Value>, whenAbsent: String? = nil, help: String
    ) -> Value? {
        let fallback = whenAbsent.map { ConfigEntry.Default.chosen($0) } ?? .absent
        record(key, help, .value(type: kind.name, default: fallback, allowed: kind.allowed))
        return read(key, kind)
    }

    /// A value that must be there. When it is not, that is a problem and `standIn` is returned.
    public mutating func required<Value>(
        _ key: String, _ kind: ConfigValue<Value>, standIn: Value, example: String, help: String
    ) -> Value {
        record(key, help, .value(type: kind.name, default: .required(example: example), allowed: kind.allowed))
        if !isDocumenting, !has(key) {
            add(
                ConfigProblem(.error, at: place, key: child(key), "is required", allowed: "\(kind.name), as \(example)")
            )
        }
        return read(key, kind) ?? standIn
    }

    /// A list of values; a single value is a list of one.
    public mutating func list<Value>(
        _ key: String, of kind: ConfigValue<Value>, default fallback: [Value], help: String
    ) -> [Value] {
        let written = "[" + fallback.map(kind.write).joined(separator: ", ") + "]"
        record(key, help, .value(type: "list of \(kind.name)", default: .value(written), allowed: kind.allowed))
        guard let node = take(key) else { return fallback }
        var items = [node]
        if case .list(let nodes) = node.content { items = nodes }
        guard items.count <= ConfigLimit.items else {
            report(.error, key, "\(items.count) items", allowed: "up to \(ConfigLimit.items)")
            return fallback
        }
        var values: [Value] = []
        for (index, item) in items.enumerated() {
            let path = items.count == 1 && item.place == node.place ? child(key) : "\(child(key))[\(index)]"
            if let value = read(item, kind, path: path) { values.append(value) }
        }
        return values
    }

    private mutating func read<Value>(_ key: String, _ kind: ConfigValue<Value>) -> Value? {
        guard let node = take(key) else { return nil }
        return read(node, kind, path: child(key))
    }

    private mutating func read<Value>(_ node: ConfigNode, _ kind: ConfigValue<Value>, path: String) -> Value? {
        guard case .scalar(let text, let plain) = node.content else {
            add(
                ConfigProblem(
                    .error, at: node.place, key: path, "is \(node.description)", allowed: expectation(of: kind)))
            return nil
        }
        do throws(ConfigFault) {
            guard !node.isNull else { throw ConfigFault("has no value", allowed: expectation(of: kind)) }
            return try kind.read(text, plain, folder)
        } catch {
            var what = error.what
            let inside = error.offset.flatMap { node.place(ofOffset: $0) }
            if let offset = error.offset, inside == nil { what = "column \(offset + 1) of the text: \(what)" }
            add(
                ConfigProblem(
                    .error, at: inside ?? node.place, key: path, what, allowed: error.allowed,
                    suggestion: error.suggestion))
            return nil
        }
    }

    private func expectation<Value>(of kind: ConfigValue<Value>) -> String {
        "a single \(kind.name)" + (kind.allowed.map { ": \($0)" } ?? "")
    }
}

// The common kinds by name, so that a declaration reads as one line.
extension ConfigSection {
    public mutating func string(_ key: String, default fallback: String, help: String) -> String {
        value(key, .text, default: fallback, help: help)
    }

    public mutating func path(_ key: String, default fallback: String, help: String) -> String {
        value(key, .path, default: fallback, help: help)
    }

    public mutating func bool(_ key: String, default fallback: Bool, help: String) -> Bool {
        value(key, .bool, default: fallback, help: help)
    }

    public mutating func integer(_ key: String, default fallback: Int, in range: ClosedRange<Int>, help: String) -> Int
    {
        value(key, .integer(in: range), default: fallback, help: help)
    }

    /// In bytes.
    public mutating func size(_ key: String, default fallback: Int, in range: ClosedRange<Int>, help: String) -> Int {
        value(key, .size(in: range), default: fallback, help: help)
    }

    public mutating func duration(
        _ key: String, default fallback: Duration, in range: ClosedRange<Duration>, help: String
    ) -> Duration {
        value(key, .duration(in: range), default: fallback, help: help)
    }

    public mutating func choice<Choice: CaseIterable & RawRepresentable & Sendable>(
        _ key: String, default fallback: Choice, among offered: [Choice]? = nil, later: [String] = [], help: String
    ) -> Choice where Choice.RawValue == String {
        value(key, .choice(among: offered, later: later), default: fallback, help: help)
    }

    public mutating func rate(_ key: String, default fallback: ConfigRate, help: String) -> ConfigRate {
        value(key, .rate, default: fallback, help: help)
    }

    /// A secret, by reference; nothing is fetched here.
    public mutating func secret(_ key: String, help: String) -> Secret? {
        optional(key, .secret, help: help)
    }
}
