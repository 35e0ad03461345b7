// SPDX-License-Identifier: Apache-2.0

extension FalcoRuleFiles {
    /// As `falco -o json_output=true -V` writes it.
    public var loadResultsJSON: RuleJSON { loadResultsJSON(withSuggestions: false) }

    /// The same; with what was probably meant as `suggestion` of an error, which Falco does not have.
    public func loadResultsJSON(withSuggestions: Bool) -> RuleJSON {
        .object(["falco_load_results": .list(results.map { $0.json(withSuggestions: withSuggestions) })])
    }

    /// As `falco -o json_output=true -L` writes it: sets are in order here.
    public var descriptionJSON: RuleJSON { descriptionJSON(rules: rules) }

    /// The same with only these rules.
    public func descriptionJSON(rules: [FalcoRule]) -> RuleJSON {
        .object([
            "lists": .list(lists.indices.map(describeList)),
            "macros": .list(macros.map(Self.describe)),
            "rules": .list(rules.map(\.json)),
            "required_engine_version": .text(requiredEngine.text),
            "required_plugin_versions": .list(
                requiredPlugins.map { requirement in
                    func json(_ plugin: PluginRequirement.Version) -> [String: RuleJSON] {
                        ["name": .text(plugin.name), "version": .text(plugin.version)]
                    }
                    var members = requirement.alternatives.first.map(json) ?? [:]
                    members["alternatives"] = .list(requirement.alternatives.dropFirst().map { .object(json($0)) })
                    return .object(members)
                }),
        ])
    }

    /// As `falco -o json_output=true -l NAME` writes it; nil when there is no such rule.
    public func descriptionJSON(ofRule name: String) -> RuleJSON? {
        rules.first { $0.name == name }.map { .object(["rules": .list([$0.json])]) }
    }

    /// The rule whose name is like this one; nil when none is.
    public func nearestRule(to name: String) -> String? { Nearest.to(name, among: rules.map(\.name)) }

    private func describeList(_ index: Int) -> RuleJSON {
        let list = lists[index]
        let item = collection.lists[index]
        let named = item.items.filter { collection.list($0) != nil }
        return .object([
            "info": .object(["name": .text(list.name), "items": .texts(item.items)]),
            "details": .object([
                "used": .bool(list.isUsed), "items_compiled": .texts(list.items), "lists": .texts(named),
                "plugins": .list([]),
            ]),
        ])
    }

    private static func describe(_ macro: RuleCompiler.Macro) -> RuleJSON {
        let reading = ConditionReading(macro.resolved)
        var named: Set<String> = []
        macro.parsed.expression.forEachMacro { named.insert($0) }
        let events = EventRestriction(macro.resolved)?.allTypes ?? EventTypes.all.sorted()
        return .object([
            "info": .object(["name": .text(macro.item.name), "condition": .text(macro.item.condition)]),
            "details": .object([
                "used": .bool(macro.isUsed), "condition_compiled": .text(macro.resolved.text),
                "condition_fields": .texts(reading.fields), "condition_operators": .texts(reading.operators),
                "events": .texts(events), "lists": .texts(macro.parsed.lists), "macros": .texts(named.sorted()),
                "plugins": .list([]),
            ]),
        ])
    }
}

extension RuleExpression {
    /// Calls `visit` with every macro that stands in it.
    func forEachMacro(_ visit: (String) -> Void) {
        switch self {
        case .and(let members), .or(let members): for member in members { member.forEachMacro(visit) }
        case .not(let inner): inner.forEachMacro(visit)
        case .macro(let name, _): visit(name)
        case .check: break
        }
    }
}

extension FalcoRule {
    /// One element of the `rules` of Falco's description.
    public var json: RuleJSON {
        .object([
            "info": .object([
                "name": .text(name), "condition": .text(condition), "description": .text(description),
                "output": .text(output), "priority": .text(priority.name), "source": .text(source),
                "tags": .texts(tags), "enabled": .bool(isEnabled), "capture": .bool(capture),
                "capture_duration": .number(captureDuration),
            ]),
            "details": .object([
                "condition_compiled": .text(compiledCondition), "condition_fields": .texts(conditionFields),
                "condition_operators": .texts(operators), "events": .texts(events),
                "exception_names": .texts(exceptionNames), "exception_fields": .texts(exceptionFields),
                "exception_operators": .texts(exceptionOperators), "lists": .texts(lists), "macros": .texts(macros),
                "output_compiled": .text(compiledOutput), "output_fields": .texts(outputFields), "plugins": .list([]),
            ]),
        ])
    }
}
