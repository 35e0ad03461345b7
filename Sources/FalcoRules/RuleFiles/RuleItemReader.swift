// SPDX-License-Identifier: Apache-2.0
internal import AlertModel
internal import PositionedYAML

/// Reads the items of a rules file, one after the other, into a collection, as Falco does
/// (falcosecurity/falco, userspace/engine/rule_loader_reader.cpp). An item with an error is left out.
struct RuleItemReader {
    var collection: RuleCollection
    var warnings: [LoadWarning] = []
    private(set) var errors: [LoadError] = []
    /// Lists, macros and rules that had an error: what they would have defined is missing because of that.
    private(set) var broken: Set<String> = []

    static let appendDeprecated =
        "'append' key is deprecated. Add an 'append' entry (e.g. 'condition: append') under 'override' instead."
    static let overrideWithAppend =
        "Keys 'override' and 'append: true' cannot be used together. Add an 'append' entry (e.g. 'condition: append') "
        + "under 'override' instead."
    static let enabledDeprecated =
        "The standalone 'enabled' key usage is deprecated. The correct approach requires also a 'replace' entry under "
        + "the 'override' key (i.e. 'enabled: replace')."

    mutating func read(_ document: YAMLNode, in context: LoadContext) {
        guard !document.isNull else { return }
        guard let items = document.items else {
            let what =
                document.pairs == nil ? "Rules content is not yaml" : "Rules content is not yaml array of objects"
            errors.append(LoadError(.yamlValidate, what, context))
            return
        }
        for item in items where !item.isNull && errors.count < LoadError.limit {
            do throws(LoadError) {
                try read(item: item, in: context)
            } catch {
                let name = (item["list"] ?? item["macro"] ?? item["rule"])?.text
                // It adds to what had an error itself, and is not there for that.
                let isConsequence = error.code == .validate && name.map(broken.contains) == true
                if !isConsequence { errors.append(error) }
                if let name { broken.insert(name) }
            }
        }
    }

    private mutating func read(item: YAMLNode, in parent: LoadContext) throws(LoadError) {
        guard item.pairs != nil else {
            throw LoadError(
                .yamlValidate, "Unexpected element type. Each element should be a yaml associative array.",
                parent.at(item, .item))
        }
        if item["required_engine_version"] != nil {
            try readEngine(ItemValues(node: item, context: parent.at(item, .requiredEngineVersion)))
        } else if let plugins = item["required_plugin_versions"] {
            try readPlugins(plugins, parent.at(plugins, .requiredPluginVersions))
        } else if item["list"] != nil {
            let name = try ItemValues(node: item, context: parent.at(item, .list)).text("list")
            try readList(name, ItemValues(node: item, context: parent.at(item, .list, name)))
        } else if item["macro"] != nil {
            let name = try ItemValues(node: item, context: parent.at(item, .macro)).text("macro")
            try readMacro(name, ItemValues(node: item, context: parent.at(item, .macro, name)))
        } else if item["rule"] != nil {
            let name = try ItemValues(node: item, context: parent.at(item, .rule)).text("rule")
            try readRule(name, ItemValues(node: item, context: parent.at(item, .rule, name)))
        } else {
            warnings.append(LoadWarning(.unknownItem, "Unknown top level item", parent.at(item, .item)))
        }
    }

    private mutating func readEngine(_ values: ItemValues) throws(LoadError) {
        let text = try values.text("required_engine_version")
        let version = UInt32(text).map { RuleVersion(0, Int($0), 0) } ?? RuleVersion(text)
        guard let version else {
            throw LoadError(
                .yamlValidate,
                "Unable to parse engine version '\(text)' as a semver string. Expected \"x.y.z\" semver format.",
                values.context)
        }
        try collection.require(engine: version, values.context)
    }

    private mutating func readPlugins(_ node: YAMLNode, _ context: LoadContext) throws(LoadError) {
        func fail(_ message: String, _ context: LoadContext) -> LoadError {
            LoadError(.yamlValidate, message, context)
        }
        guard let plugins = node.items else {
            throw fail("Value of required_plugin_versions must be a sequence", context)
        }
        for plugin in plugins {
            let nameless = context.at(plugin, .requiredPlugin)
            guard plugin.pairs != nil else { throw fail("Plugin version must be a mapping", nameless) }
            let name = try ItemValues(node: plugin, context: nameless).text("name")
            let place = context.at(plugin, .requiredPlugin, name)
            var alternatives = [
                PluginRequirement.Version(
                    name: name, version: try ItemValues(node: plugin, context: place).text("version"))
            ]
            if let others = plugin["alternatives"] {
                guard let items = others.items else {
                    throw fail("Value of plugin version alternatives must be a sequence", place)
                }
                for other in items {
                    let there = place.at(other, .alternativePlugin)
                    guard other.pairs != nil else { throw fail("Plugin version alternative must be a mapping", there) }
                    let name = try ItemValues(node: other, context: there).text("name")
                    let named = ItemValues(node: other, context: place.at(other, .alternativePlugin, name))
                    alternatives.append(.init(name: name, version: try named.text("version")))
                }
            }
            try collection.require(plugin: alternatives, place)
        }
    }

    private mutating func readsAppend(_ values: ItemValues) throws(LoadError) -> Bool {
        guard try values.optionalBool("append") == true else { return false }
        warnings.append(LoadWarning(.deprecatedItem, Self.appendDeprecated, values.context))
        return true
    }

    private mutating func readList(_ name: String, _ values: ItemValues) throws(LoadError) {
        guard name.utf8.allSatisfy(\.isBareByte) else {
            throw LoadError(
                .yamlValidate,
                "List has an invalid name. List names must match a regular expression: ([^()\"'[:space:]=,]+)",
                values.context)
        }
        let list = ListItem(name: name, items: try values.texts("items"), context: values.context)
        let appends = try readsAppend(values)
        let overrides = try values.overrides(appendable: ["items"], replaceable: ["items"])
        if appends, !overrides.append.isEmpty || !overrides.replace.isEmpty {
            throw LoadError(.yamlValidate, Self.overrideWithAppend, values.context)
        }
        if appends || overrides.append.contains("items") {
            try collection.append(list)
        } else {
            collection.define(list)
        }
    }

    private mutating func readMacro(_ name: String, _ values: ItemValues) throws(LoadError) {
        var words = RuleConditionWords(Array(name.utf8))
        guard words.takeIdentifier() != nil, words.isAtEnd else {
            throw LoadError(
                .yamlValidate,
                "Macro has an invalid name. Macro names must match a regular expression: ([a-zA-Z]+[a-zA-Z0-9_]*)",
                values.context)
        }
        let condition = try values.text("condition")
        let place = values.node["condition"].map { values.context.at($0, .macroCondition) } ?? values.context
        let macro = MacroItem(name: name, condition: condition, context: values.context, conditionContext: place)
        let appends = try readsAppend(values)
        let overrides = try values.overrides(appendable: ["condition"], replaceable: ["condition"])
        if appends, !overrides.append.isEmpty || !overrides.replace.isEmpty {
            throw LoadError(.yamlValidate, Self.overrideWithAppend, values.context)
        }
        if appends || overrides.append.contains("condition") {
            try collection.append(macro)
        } else {
            collection.define(macro)
        }
    }
}
