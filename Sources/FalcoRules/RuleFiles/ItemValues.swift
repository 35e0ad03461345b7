// SPDX-License-Identifier: Apache-2.0
internal import PositionedYAML

/// Reads the values of an item's keys, with Falco's errors for those that are not what they should be.
struct ItemValues {
    let node: YAMLNode
    let context: LoadContext

    func has(_ key: String) -> Bool { node[key] != nil }

    private func fail(_ message: String, _ context: LoadContext) -> LoadError {
        LoadError(.yamlValidate, message, context)
    }

    /// A text that is not empty; nil when the key is not there.
    func optionalText(_ key: String) throws(LoadError) -> String? {
        guard let value = node[key] else { return nil }
        guard !value.isNull else {
            throw fail("Mapping for key '\(key)' is empty", context)
        }
        let there = context.at(value, .value, key)
        guard let text = value.text else { throw fail("Value is not a scalar value", there) }
        guard !text.isEmpty else { throw fail("Value must be non-empty", there) }
        return text
    }

    func text(_ key: String) throws(LoadError) -> String {
        guard let text = try optionalText(key) else { throw fail("Item has no mapping for key '\(key)'", context) }
        return text
    }

    func optionalBool(_ key: String) throws(LoadError) -> Bool? {
        guard let text = try optionalText(key) else { return nil }
        switch text {
        case "y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON": return true
        case "n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF": return false
        default: throw undecodable(key)
        }
    }

    func optionalCount(_ key: String) throws(LoadError) -> Int? {
        guard let text = try optionalText(key) else { return nil }
        guard let count = UInt32(text) else { throw undecodable(key) }
        return Int(count)
    }

    private func undecodable(_ key: String) -> LoadError {
        fail("Can't decode YAML scalar value", node[key].map { context.at($0, .value, key) } ?? context)
    }

    /// The texts of a list; nil when the key is not there.
    func optionalTexts(_ key: String) throws(LoadError) -> [String]? {
        guard let value = node[key] else { return nil }
        let there = context.at(value, .value, key)
        guard let items = value.items else { throw fail("Value is not a sequence", there) }
        var texts: [String] = []
        for item in items {
            guard let text = item.text else { throw fail("sequence value is not scalar", there.at(item, .listItem)) }
            texts.append(text)
        }
        return texts
    }

    func texts(_ key: String) throws(LoadError) -> [String] {
        guard let texts = try optionalTexts(key) else {
            throw fail("Item has no mapping for key '\(key)'", context)
        }
        return texts
    }

    /// `tags`: each once, in order.
    func tags() throws(LoadError) -> [String]? { try optionalTexts("tags").map { Array(Set($0)).sorted() } }

    /// What stands under `override`: the keys to append to and those to replace.
    func overrides(
        appendable: [String], replaceable: [String]
    ) throws(LoadError) -> (append: Set<String>, replace: Set<String>) {
        var append: Set<String> = []
        var replace: Set<String> = []
        guard let value = node["override"] else { return (append, replace) }
        let there = context.at(node, .override)
        for pair in value.pairs ?? [] {
            guard let key = pair.key.text, let operation = pair.value.text else {
                throw fail("Can't decode YAML scalar value", there.at(pair.key, .override))
            }
            switch operation {
            case "append":
                guard appendable.contains(key) else {
                    throw fail(
                        "Key '\(key)' cannot be appended to, use 'replace' instead",
                        there.at(pair.key, .override, key))
                }
                append.insert(key)
            case "replace":
                guard replaceable.contains(key) else {
                    throw fail("Key '\(key)' cannot be replaced", there.at(pair.key, .override, key))
                }
                replace.insert(key)
            default:
                let allowed =
                    (appendable.contains(key) ? "append " : "") + (replaceable.contains(key) ? "replace " : "")
                throw fail(
                    "Invalid override operation for key '\(key)': '\(operation)'. Allowed values are: \(allowed)",
                    there.at(pair.value, .value, key))
            }
        }
        return (append, replace)
    }
}

extension ItemValues {
    /// `exceptions`. An update of a rule may name values alone.
    func exceptions(
        isUpdate: Bool, _ warnings: inout [LoadWarning]
    ) throws(LoadError) -> [ExceptionItem] {
        guard let list = node["exceptions"], !list.isNull else { return [] }
        let there = context.at(list, .exceptions)
        guard let items = list.items else { throw fail("Rule exceptions must be a sequence", there) }
        guard items.count <= RuleItem.exceptionLimit else {
            throw fail("more than \(RuleItem.exceptionLimit) exceptions", there)
        }
        var exceptions: [ExceptionItem] = []
        for item in items {
            guard item.pairs != nil else {
                throw fail("Rule exception must be a mapping", there.at(item, .exception))
            }
            let name = try ItemValues(node: item, context: there.at(item, .exception)).text("name")
            let place = context.at(item, .exception, name)
            guard !exceptions.contains(where: { $0.name == name }) else {
                throw fail("Exceptions names in the same object must be unique", place)
            }
            var exception = ExceptionItem(name: name, context: place)
            exception.fields = try item["fields"].map { node throws(LoadError) in try entry(node, "fields", place) }
            if exception.fields == nil, !isUpdate { throw fail("Item has no mapping for key 'fields'", place) }
            exception.comparisons = try item["comps"].map { node throws(LoadError) in
                try entry(node, "comps", place)
            }
            if let values = item["values"] {
                let valuesPlace = place.at(values, .exceptionValues)
                guard let written = values.items else {
                    throw fail("Rule exception values must be a sequence", valuesPlace)
                }
                for value in written {
                    exception.values.append(try entry(value, "", valuesPlace.at(value, .exceptionValue)))
                }
            } else if isUpdate {
                warnings.append(
                    LoadWarning(.appendNoValues, "Overriding/appending exception with no values", place))
            }
            exceptions.append(exception)
        }
        return exceptions
    }

    /// Depth is bounded by what the YAML reader lets through.
    private func entry(
        _ node: YAMLNode, _ key: String, _ context: LoadContext
    ) throws(LoadError) -> ExceptionItem.Entry {
        let there = context.at(node, .value, key)
        if let text = node.text {
            guard !text.isEmpty else { throw fail("Value must be non-empty", there) }
            return .text(text)
        }
        var entries: [ExceptionItem.Entry] = []
        for item in node.items ?? [] { entries.append(try entry(item, "", there.at(item, .exception))) }
        return .list(entries)
    }
}
