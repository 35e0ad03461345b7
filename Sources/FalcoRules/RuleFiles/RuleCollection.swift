// SPDX-License-Identifier: Apache-2.0

/// The lists, macros and rules of all files so far, each under its name, in the order in which they were first defined
/// (falcosecurity/falco, userspace/engine/rule_loader_collector.cpp).
struct RuleCollection {
    let engine: RuleVersion
    let sources: RuleSources
    private var definedLists = DefinedItems<ListItem>()
    private var definedMacros = DefinedItems<MacroItem>()
    private var definedRules = DefinedItems<RuleItem>()
    private(set) var requiredEngine = RuleVersion(0, 0, 0)
    private(set) var requiredPlugins: [PluginRequirement] = []
    private var count = 0

    init(engine: RuleVersion, sources: RuleSources) {
        self.engine = engine
        self.sources = sources
    }

    var lists: [ListItem] { definedLists.items }
    var macros: [MacroItem] { definedMacros.items }
    var rules: [RuleItem] { definedRules.items }

    func list(_ name: String) -> ListItem? { definedLists.place(of: name).map { definedLists[$0] } }

    private mutating func tick() -> Int {
        defer { count += 1 }
        return count
    }

    mutating func require(engine version: RuleVersion, _ context: LoadContext) throws(LoadError) {
        guard engine.satisfies(version) else {
            throw LoadError(
                .validate,
                "Rules require engine version \(version.text), but engine version is \(engine.text)", context)
        }
        requiredEngine = max(requiredEngine, version)
    }

    mutating func require(
        plugin alternatives: [PluginRequirement.Version], _ context: LoadContext
    ) throws(LoadError) {
        var names: Set<String> = []
        for plugin in alternatives {
            guard RuleVersion(plugin.version) != nil else {
                throw LoadError(
                    .validate, "Invalid required version '\(plugin.version)' for plugin '\(plugin.name)'", context)
            }
            guard names.insert(plugin.name).inserted else {
                throw LoadError(
                    .validate, "Defined multiple alternative version requirements for plugin '\(plugin.name)'",
                    context)
            }
        }
        requiredPlugins.append(PluginRequirement(alternatives: alternatives))
    }

    mutating func define(_ list: ListItem) { definedLists.define(list, at: tick()) }

    mutating func append(_ list: ListItem) throws(LoadError) {
        guard let place = definedLists.place(of: list.name) else {
            throw missing(
                list.name, "List uses 'append' or 'override.items: append' but no list by that name already exists",
                list.context, among: lists.map(\.name))
        }
        definedLists[place].items += list.items
        definedLists[place].order.visibility = tick()
    }

    mutating func define(_ macro: MacroItem) { definedMacros.define(macro, at: tick()) }

    mutating func append(_ macro: MacroItem) throws(LoadError) {
        guard let place = definedMacros.place(of: macro.name) else {
            throw missing(
                macro.name,
                "Macro uses 'append' or 'override.condition: append' but no macro by that name already exists",
                macro.context, among: macros.map(\.name))
        }
        definedMacros[place].condition += " " + macro.condition
        definedMacros[place].order.visibility = tick()
    }

    mutating func define(_ rule: RuleItem, _ warnings: inout [LoadWarning]) throws(LoadError) {
        var rule = rule
        if let place = definedRules.place(of: rule.name), definedRules[place].source != rule.source {
            throw LoadError(.validate, "Rule has been re-defined with a different source", rule.context)
        }
        if !sources.knows(rule.source) {
            rule.hasUnknownSource = true
            warnings.append(
                LoadWarning(.unknownSource, "Unknown source \(rule.source), skipping", rule.context))
        }
        for index in rule.exceptions.indices {
            guard rule.exceptions[index].fields != nil else {
                throw LoadError(
                    .validate, "Rule exception item must have fields property with a list of fields",
                    rule.exceptions[index].context)
            }
            try rule.exceptions[index].check(fieldsOf: rule.source, rule.hasUnknownSource ? nil : sources)
        }
        definedRules.define(rule, at: tick())
    }

    mutating func append(_ update: RuleUpdate, to sources: RuleSources) throws(LoadError) {
        guard let place = definedRules.place(of: update.name) else {
            throw missing(
                update.name, "Rule uses 'append' or 'override.<key>: append' but no rule by that name already exists",
                update.context)
        }
        guard !update.isEmpty else {
            throw LoadError(
                .validate, "Appended rule must have exceptions or condition property", update.context)
        }
        if let condition = update.condition, !condition.isEmpty { definedRules[place].condition += " " + condition }
        if let output = update.output, !output.isEmpty { definedRules[place].output += " " + output }
        if let description = update.description { definedRules[place].description += " " + description }
        if let tags = update.tags { definedRules[place].tags = Array(Set(definedRules[place].tags + tags)).sorted() }
        guard definedRules[place].tags.count <= RuleItem.tagLimit,
            definedRules[place].exceptions.count + (update.exceptions?.count ?? 0) <= RuleItem.exceptionLimit
        else {
            throw LoadError(
                .validate,
                "more than \(RuleItem.tagLimit) tags or \(RuleItem.exceptionLimit) exceptions", update.context)
        }
        for exception in update.exceptions ?? [] {
            try append(exception, to: place, definedRules[place].hasUnknownSource ? nil : sources)
        }
        definedRules[place].order.visibility = tick()
    }

    private mutating func append(
        _ exception: ExceptionItem, to rule: Int, _ sources: RuleSources?
    ) throws(LoadError) {
        func fail(_ message: String) -> LoadError { LoadError(.validate, message, exception.context) }
        guard let known = definedRules[rule].exceptions.firstIndex(where: { $0.name == exception.name }) else {
            var exception = exception
            guard exception.fields != nil else {
                throw fail("Rule exception must have fields property with a list of fields")
            }
            guard !exception.values.isEmpty else {
                throw fail("Rule exception must have values property with a list of values")
            }
            try exception.check(fieldsOf: definedRules[rule].source, sources)
            definedRules[rule].exceptions.append(exception)
            return
        }
        guard exception.fields == nil else {
            throw fail("Can not append exception fields to existing exception, only values")
        }
        guard exception.comparisons == nil else {
            throw fail("Can not append exception comps to existing exception, only values")
        }
        definedRules[rule].exceptions[known].values += exception.values
    }

    mutating func replace(_ update: RuleUpdate) throws(LoadError) {
        guard let place = definedRules.place(of: update.name) else {
            throw missing(
                update.name,
                "An 'override.<key>: replace' to a rule was requested but no rule by that name already exists",
                update.context)
        }
        guard !update.isEmpty else {
            throw LoadError(
                .validate, "The rule must have at least one field that can be replaced", update.context)
        }
        var rule = definedRules[place]
        rule.condition = update.condition ?? rule.condition
        rule.output = update.output ?? rule.output
        rule.description = update.description ?? rule.description
        rule.tags = update.tags ?? rule.tags
        if let exceptions = update.exceptions {
            rule.exceptions = exceptions
            for index in rule.exceptions.indices {
                try rule.exceptions[index].check(fieldsOf: rule.source, rule.hasUnknownSource ? nil : sources)
            }
        }
        rule.priority = update.priority ?? rule.priority
        rule.isEnabled = update.isEnabled ?? rule.isEnabled
        rule.warnsOfEventTypes = update.warnsOfEventTypes ?? rule.warnsOfEventTypes
        rule.skipsUnknownFilter = update.skipsUnknownFilter ?? rule.skipsUnknownFilter
        rule.capture = update.capture ?? rule.capture
        rule.captureDuration = update.captureDuration ?? rule.captureDuration
        rule.order.visibility = tick()
        definedRules[place] = rule
    }

    mutating func enable(_ name: String, _ isEnabled: Bool, _ context: LoadContext) throws(LoadError) {
        guard let place = definedRules.place(of: name) else {
            throw missing(name, "Rule has 'enabled' key but no rule by that name already exists", context)
        }
        definedRules[place].isEnabled = isEnabled
    }

    private func missing(
        _ name: String, _ message: String, _ context: LoadContext, among names: [String]? = nil
    ) -> LoadError {
        LoadError(.validate, message, context, suggestion: Nearest.to(name, among: names ?? rules.map(\.name)))
    }
}
