// SPDX-License-Identifier: Apache-2.0

/// The lists, macros and rules of all files so far, each under its name, in the order in which they were first defined
/// (falcosecurity/falco, userspace/engine/rule_loader_collector.cpp).
struct RuleCollection {
    let engine: RuleVersion
    let sources: RuleSources
    private(set) var lists: [ListItem] = []
    private(set) var macros: [MacroItem] = []
    private(set) var rules: [RuleItem] = []
    private(set) var requiredEngine = RuleVersion(0, 0, 0)
    private(set) var requiredPlugins: [PluginRequirement] = []
    private var listPlaces: [String: Int] = [:]
    private var macroPlaces: [String: Int] = [:]
    private var rulePlaces: [String: Int] = [:]
    private var count = 0

    init(engine: RuleVersion, sources: RuleSources) {
        self.engine = engine
        self.sources = sources
    }

    func list(_ name: String) -> ListItem? { listPlaces[name].map { lists[$0] } }

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

    mutating func define(_ list: ListItem) {
        var list = list
        let now = tick()
        if let place = listPlaces[list.name] {
            list.order = ItemOrder(index: lists[place].order.index, visibility: now)
            lists[place] = list
        } else {
            list.order = ItemOrder(index: now, visibility: now)
            listPlaces[list.name] = lists.count
            lists.append(list)
        }
    }

    mutating func append(_ list: ListItem) throws(LoadError) {
        guard let place = listPlaces[list.name] else {
            throw LoadError(
                .validate, "List uses 'append' or 'override.items: append' but no list by that name already exists",
                list.context, suggestion: Nearest.to(list.name, among: lists.map(\.name)))
        }
        lists[place].items += list.items
        lists[place].order.visibility = tick()
    }

    mutating func define(_ macro: MacroItem) {
        var macro = macro
        let now = tick()
        if let place = macroPlaces[macro.name] {
            macro.order = ItemOrder(index: macros[place].order.index, visibility: now)
            macros[place] = macro
        } else {
            macro.order = ItemOrder(index: now, visibility: now)
            macroPlaces[macro.name] = macros.count
            macros.append(macro)
        }
    }

    mutating func append(_ macro: MacroItem) throws(LoadError) {
        guard let place = macroPlaces[macro.name] else {
            throw LoadError(
                .validate,
                "Macro uses 'append' or 'override.condition: append' but no macro by that name already exists",
                macro.context, suggestion: Nearest.to(macro.name, among: macros.map(\.name)))
        }
        macros[place].condition += " " + macro.condition
        macros[place].order.visibility = tick()
    }

    mutating func define(_ rule: RuleItem, _ warnings: inout [LoadWarning]) throws(LoadError) {
        var rule = rule
        if let place = rulePlaces[rule.name], rules[place].source != rule.source {
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
        let now = tick()
        if let place = rulePlaces[rule.name] {
            rule.order = ItemOrder(index: rules[place].order.index, visibility: now)
            rules[place] = rule
        } else {
            rule.order = ItemOrder(index: now, visibility: now)
            rulePlaces[rule.name] = rules.count
            rules.append(rule)
        }
    }

    mutating func append(_ update: RuleUpdate, to sources: RuleSources) throws(LoadError) {
        guard let place = rulePlaces[update.name] else {
            throw missing(
                update.name, "Rule uses 'append' or 'override.<key>: append' but no rule by that name already exists",
                update.context)
        }
        guard !update.isEmpty else {
            throw LoadError(
                .validate, "Appended rule must have exceptions or condition property", update.context)
        }
        if let condition = update.condition, !condition.isEmpty { rules[place].condition += " " + condition }
        if let output = update.output, !output.isEmpty { rules[place].output += " " + output }
        if let description = update.description { rules[place].description += " " + description }
        if let tags = update.tags { rules[place].tags = Array(Set(rules[place].tags + tags)).sorted() }
        guard rules[place].tags.count <= RuleItem.tagLimit,
            rules[place].exceptions.count + (update.exceptions?.count ?? 0) <= RuleItem.exceptionLimit
        else {
            throw LoadError(
                .validate,
                "more than \(RuleItem.tagLimit) tags or \(RuleItem.exceptionLimit) exceptions", update.context)
        }
        for exception in update.exceptions ?? [] {
            try append(exception, to: place, rules[place].hasUnknownSource ? nil : sources)
        }
        rules[place].order.visibility = tick()
    }

    private mutating func append(
        _ exception: ExceptionItem, to rule: Int, _ sources: RuleSources?
    ) throws(LoadError) {
        func fail(_ message: String) -> LoadError { LoadError(.validate, message, exception.context) }
        guard let known = rules[rule].exceptions.firstIndex(where: { $0.name == exception.name }) else {
            var exception = exception
            guard exception.fields != nil else {
                throw fail("Rule exception must have fields property with a list of fields")
            }
            guard !exception.values.isEmpty else {
                throw fail("Rule exception must have values property with a list of values")
            }
            try exception.check(fieldsOf: rules[rule].source, sources)
            rules[rule].exceptions.append(exception)
            return
        }
        guard exception.fields == nil else {
            throw fail("Can not append exception fields to existing exception, only values")
        }
        guard exception.comparisons == nil else {
            throw fail("Can not append exception comps to existing exception, only values")
        }
        rules[rule].exceptions[known].values += exception.values
    }

    mutating func replace(_ update: RuleUpdate) throws(LoadError) {
        guard let place = rulePlaces[update.name] else {
            throw missing(
                update.name,
                "An 'override.<key>: replace' to a rule was requested but no rule by that name already exists",
                update.context)
        }
        guard !update.isEmpty else {
            throw LoadError(
                .validate, "The rule must have at least one field that can be replaced", update.context)
        }
        var rule = rules[place]
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
        rules[place] = rule
    }

    mutating func enable(_ name: String, _ isEnabled: Bool, _ context: LoadContext) throws(LoadError) {
        guard let place = rulePlaces[name] else {
            throw missing(name, "Rule has 'enabled' key but no rule by that name already exists", context)
        }
        rules[place].isEnabled = isEnabled
    }

    private func missing(_ name: String, _ message: String, _ context: LoadContext) -> LoadError {
        LoadError(.validate, message, context, suggestion: Nearest.to(name, among: rules.map(\.name)))
    }
}
