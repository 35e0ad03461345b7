// SPDX-License-Identifier: Apache-2.0
internal import AlertModel
internal import PositionedYAML

extension RuleItemReader {
    private static let appendable = ["condition", "output", "desc", "tags", "exceptions"]
    private static let replaceable = [
        "condition", "output", "desc", "priority", "tags", "exceptions", "enabled", "warn_evttypes",
        "skip-if-unknown-filter", "capture", "capture_duration",
    ]

    mutating func readRule(_ name: String, _ values: ItemValues) throws(LoadError) {
        let context = values.context
        var appends = false
        if try values.optionalBool("append") == true {
            appends = true
            warnings.append(LoadWarning(.deprecatedItem, Self.appendDeprecated, context))
        }
        let overrides = try values.overrides(appendable: Self.appendable, replaceable: Self.replaceable)
        if !overrides.append.isEmpty || !overrides.replace.isEmpty {
            guard !appends else { throw LoadError(.yamlValidate, Self.overrideWithAppend, context) }
            return try override(name, values, overrides.append, overrides.replace)
        }
        if appends {
            var update = RuleUpdate(name: name, context: context)
            update.condition = try values.optionalText("condition")
            if values.has("exceptions") { update.exceptions = try values.exceptions(isUpdate: true, &warnings) }
            return try collection.append(update, to: collection.sources)
        }
        if !["condition", "output", "desc", "priority"].contains(where: values.has) {
            _ = try values.text("enabled")
            let isEnabled = try values.optionalBool("enabled") ?? true
            warnings.append(LoadWarning(.deprecatedItem, Self.enabledDeprecated, context))
            return try collection.enable(name, isEnabled, context)
        }
        try define(name, values)
    }

    private mutating func define(_ name: String, _ values: ItemValues) throws(LoadError) {
        let context = values.context
        func place(_ key: String, _ kind: LoadLocation.Kind) -> LoadContext {
            values.node[key].map { context.at($0, kind) } ?? context
        }
        var rule = RuleItem(
            name: name, context: context, conditionContext: place("condition", .ruleCondition),
            outputContext: place("output", .ruleOutput))
        rule.condition = try values.text("condition")
        rule.output = Self.trimmed(try values.text("output"))
        rule.description = try values.text("desc")
        rule.priority = try Self.priority(values)
        rule.source = try values.optionalText("source") ?? rule.source
        rule.isEnabled = try values.optionalBool("enabled") ?? true
        rule.warnsOfEventTypes = try values.optionalBool("warn_evttypes") ?? true
        rule.skipsUnknownFilter = try values.optionalBool("skip-if-unknown-filter") ?? false
        rule.capture = try values.optionalBool("capture") ?? false
        rule.captureDuration = try values.optionalCount("capture_duration") ?? 0
        rule.tags = try values.tags() ?? []
        rule.exceptions = try values.exceptions(isUpdate: false, &warnings)
        try collection.define(rule, &warnings)
    }

    private mutating func override(
        _ name: String, _ values: ItemValues, _ append: Set<String>, _ replace: Set<String>
    ) throws(LoadError) {
        let context = values.context
        var unexplained = Set(Self.replaceable.filter(values.has))
        func takes(_ key: String, _ keys: Set<String>, _ kind: String) throws(LoadError) -> Bool {
            guard keys.contains(key) else { return false }
            guard unexplained.remove(key) != nil else {
                throw LoadError(
                    .yamlValidate, "An \(kind) override for '\(key)' was specified but '\(key)' is not defined",
                    context)
            }
            return true
        }
        for (keys, kind) in [(append, "append"), (replace, "replace")] where !keys.isEmpty {
            var update = RuleUpdate(name: name, context: context)
            if try takes("condition", keys, kind) { update.condition = try values.text("condition") }
            if try takes("exceptions", keys, kind) {
                update.exceptions = try values.exceptions(isUpdate: true, &warnings)
            }
            if try takes("output", keys, kind) { update.output = try values.text("output") }
            if try takes("desc", keys, kind) { update.description = try values.text("desc") }
            if try takes("tags", keys, kind) { update.tags = try values.tags() }
            if kind == "append" {
                try collection.append(update, to: collection.sources)
                continue
            }
            if try takes("priority", keys, kind) { update.priority = try Self.priority(values) }
            if try takes("enabled", keys, kind) { update.isEnabled = try values.optionalBool("enabled") }
            if try takes("warn_evttypes", keys, kind) {
                update.warnsOfEventTypes = try values.optionalBool("warn_evttypes")
            }
            if try takes("skip-if-unknown-filter", keys, kind) {
                update.skipsUnknownFilter = try values.optionalBool("skip-if-unknown-filter")
            }
            if try takes("capture", keys, kind) { update.capture = try values.optionalBool("capture") }
            if try takes("capture_duration", keys, kind) {
                update.captureDuration = try values.optionalCount("capture_duration")
            }
            try collection.replace(update)
        }
        if let key = unexplained.min() {
            throw LoadError(
                .yamlValidate, "Unexpected key '\(key)': no corresponding entry under 'override' is defined.",
                values.node[key].map { context.at($0, .override, key) } ?? context)
        }
    }

    private static func priority(_ values: ItemValues) throws(LoadError) -> Priority {
        let text = try values.text("priority")
        if let priority = Priority(name: text) { return priority }
        throw LoadError(
            .yamlValidate, "Invalid priority",
            values.node["priority"].map { values.context.at($0, .rulePriority) } ?? values.context,
            suggestion: Nearest.to(text.lowercased(), among: Priority.allCases.map { $0.name.lowercased() }))
    }

    private static func trimmed(_ text: String) -> String {
        let blanks: Set<Character> = [" ", "\t", "\n", "\r", "\r\n"]
        guard let first = text.firstIndex(where: { !blanks.contains($0) }),
            let last = text.lastIndex(where: { !blanks.contains($0) })
        else { return "" }
        return String(text[first ... last])
    }
}
