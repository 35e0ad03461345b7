// SPDX-License-Identifier: Apache-2.0

/// Expands lists and macros into the conditions of a collection's rules and checks conditions and outputs
/// (falcosecurity/falco, userspace/engine/rule_loader_compiler.cpp).
struct RuleCompiler {
    /// Comparisons and connectives of one condition, with every macro written out.
    static let nodeLimit = 100_000
    /// Of all conditions together.
    static let totalLimit = 1_000_000
    /// Items of all lists together, with lists in lists written out.
    static let itemLimit = 1_000_000
    /// Lists that one condition may name.
    static let listLimit = 256
    /// Of a condition with every macro written out.
    static let resolvedDepthLimit = 1_000
    /// Macros that name macros that are not resolved yet, inside one another.
    static let chainLimit = 64

    /// A macro with the macros in it in their place.
    struct Macro {
        let item: MacroItem
        let parsed: Parsed
        var resolved: RuleExpression
        var size = 0
        var depth = 0
        var isUsed = false
        var progress = Progress.waiting

        enum Progress {
            case waiting, underway, done, failed
        }
    }

    /// A condition as it was read, lists in their place.
    struct Parsed {
        let text: String
        let expression: RuleExpression
        /// Of the lists and macros that it names itself.
        let lists: [String]
    }

    /// Falco takes it out of every output.
    private static let containerFields = "%container.info"
    private static let containerFieldsGone =
        "%container.info is deprecated and no more useful, and will be dropped by Falco 1.0.0. The container plugin will "
        + "automatically add required fields to the output message."

    let collection: RuleCollection
    private(set) var warnings: [LoadWarning] = []
    /// In the order in which Falco would come to them.
    private(set) var errors: [LoadError] = []
    private(set) var lists: [ExpandedList] = []
    private(set) var macros: [Macro] = []
    private(set) var rules: [FalcoRule] = []
    private var macroPlaces: [String: Int] = [:]
    private var listPlaces: [[UInt8]: Int] = [:]
    /// Comparisons and connectives so far.
    private var total = 0

    /// A bound was reached: what follows would cost as much again, and is not looked at.
    private var isOver = false
    /// Those of macros, which would come again with every rule.
    private var toldMistakes: Set<RuleCheckMistake> = []
    /// Names of what could not be read: nobody is blamed for their absence.
    private var broken: Set<String>

    init(_ collection: RuleCollection, broken: Set<String> = []) {
        self.collection = collection
        self.broken = broken
    }

    mutating func compile() {
        attempt { compiler throws(LoadError) in try compiler.expandLists() }
        // Without its lists no condition can be read.
        guard errors.isEmpty else { return }
        resolveMacros()
        for item in collection.rules where !item.hasUnknownSource && !isOver && errors.count < LoadError.limit {
            attempt { compiler throws(LoadError) in
                if let rule = try compiler.compile(item) { compiler.rules.append(rule) }
            }
        }
        // What is used is known only when everything could be read.
        guard errors.isEmpty, broken.isEmpty else { return }
        for macro in macros where !macro.isUsed {
            warnings.append(
                LoadWarning(
                    .unusedMacro, "Macro not referred to by any other rule/macro", macro.item.context))
        }
        for (list, item) in zip(lists, collection.lists) where !list.isUsed {
            warnings.append(
                LoadWarning(.unusedList, "List not referred to by any other rule/macro", item.context))
        }
    }

    /// Keeps the error, unless another one is the reason for it.
    private mutating func attempt(_ work: (inout RuleCompiler) throws(LoadError) -> Void) {
        do throws(LoadError) {
            try work(&self)
        } catch {
            if !error.isConsequence { errors.append(error) }
            if error.isBound { isOver = true }
        }
    }

    private mutating func expandLists() throws(LoadError) {
        var used: Set<String> = []
        var count = 0
        for list in collection.lists {
            var items: [String] = []
            for item in list.items {
                if let other = collection.list(item), other.order.index < list.order.visibility {
                    used.insert(other.name)
                    items += other.items
                } else {
                    items.append(item)
                }
                if items.count > Self.itemLimit { break }
            }
            count += items.count
            guard count <= Self.itemLimit else {
                throw .bound(.validate, "more than \(Self.itemLimit) items in lists", list.context)
            }
            listPlaces[Array(list.name.utf8)] = lists.count
            lists.append(ExpandedList(name: list.name, items: items))
        }
        for index in lists.indices where used.contains(lists[index].name) { lists[index].isUsed = true }
    }

    private mutating func parse(_ condition: String, at context: LoadContext) throws(LoadError) -> Parsed {
        var text = Array(condition.utf8)
        var named: [String] = []
        // In the order of the lists: what one brings in may name those behind it.
        var next = 0
        while text.count <= ConditionLimit.textBytes,
            let index = ExpandedList.words(of: text).compactMap({ listPlaces[Array($0)] }).filter({ $0 >= next }).min()
        {
            guard named.count < Self.listLimit else {
                throw .bound(.compileCondition, "names more than \(Self.listLimit) lists", context)
            }
            text = lists[index].expanded(in: text) ?? text
            lists[index].isUsed = true
            named.append(lists[index].name)
            next = index + 1
        }
        guard text.count <= ConditionLimit.textBytes else {
            throw .bound(
                .compileCondition, "longer than \(ConditionLimit.textBytes) bytes with its lists written out", context)
        }
        do {
            let expression = try RuleConditionParser.parse(text)
            return Parsed(text: condition, expression: expression, lists: named)
        } catch {
            throw LoadError(.compileCondition, error.message, context.within(text, at: error.place))
        }
    }

    private mutating func resolveMacros() {
        for item in collection.macros where !isOver && errors.count < LoadError.limit {
            let count = macros.count
            attempt { compiler throws(LoadError) in
                let parsed = try compiler.parse(item.condition, at: item.conditionContext)
                compiler.macroPlaces[item.name] = compiler.macros.count
                compiler.macros.append(Macro(item: item, parsed: parsed, resolved: parsed.expression))
            }
            if macros.count == count { broken.insert(item.name) }
        }
        for index in macros.indices where !isOver {
            attempt { compiler throws(LoadError) in try compiler.settle(index, chain: 0) }
            if macros[index].progress != .done { macros[index].progress = .failed }
        }
    }

    /// Puts the macros that one names in their place, and those first.
    private mutating func settle(_ index: Int, chain: Int) throws(LoadError) {
        guard macros[index].progress == .waiting else { return }
        macros[index].progress = .underway
        let item = macros[index].item
        var state = Resolving(context: item.context, condition: Array(item.condition.utf8))
        state.visibility = item.order.visibility
        state.chain = chain
        let (resolved, depth) = try resolve(macros[index].parsed.expression, &state)
        macros[index].resolved = resolved
        macros[index].size = state.size
        macros[index].depth = depth
        try count(state)
        macros[index].progress = .done
    }

    private mutating func count(_ state: Resolving) throws(LoadError) {
        total += state.size
        guard total <= Self.totalLimit else {
            throw .bound(
                .validate, "more than \(Self.totalLimit) comparisons in all conditions, macros written out",
                state.context)
        }
    }

    /// What is known while the macros of one condition are put in their place.
    private struct Resolving {
        let context: LoadContext
        let condition: [UInt8]
        var visibility = Int.max
        /// Macros that wait for this condition.
        var chain = 0
        var size = 0
        /// Those that the condition names itself.
        var named: [String] = []
    }

    private mutating func resolve(
        _ expression: RuleExpression, _ state: inout Resolving
    ) throws(LoadError) -> (RuleExpression, depth: Int) {
        state.size += 1
        guard state.size <= Self.nodeLimit else {
            throw .bound(
                .validate, "more than \(Self.nodeLimit) comparisons with its macros written out", state.context)
        }
        switch expression {
        case .check: return (expression, 1)
        case .not(let inner):
            let (inner, depth) = try resolve(inner, &state)
            return (.not(inner), depth + 1)
        case .and(let members):
            let (members, depth) = try resolve(members, &state)
            return (.and(members), depth + 1)
        case .or(let members):
            let (members, depth) = try resolve(members, &state)
            return (.or(members), depth + 1)
        case .macro(let name, let place):
            let there = state.context.within(state.condition, at: place)
            guard let index = macroPlaces[name], macros[index].item.order.index < state.visibility else {
                var error = LoadError(
                    .validate, "Undefined macro '\(name)' used in filter.", there,
                    suggestion: Nearest.to(name, among: macros.map(\.item.name)))
                error.isConsequence = macroPlaces[name] == nil && broken.contains(name)
                throw error
            }
            guard macros[index].progress != .failed else {
                var error = LoadError(.validate, "macro '\(name)' has an error", there)
                error.isConsequence = true
                throw error
            }
            guard macros[index].progress != .underway else {
                throw LoadError(.validate, "reference loop in macro", there)
            }
            guard macros[index].progress == .done || state.chain < Self.chainLimit else {
                throw .bound(.validate, "more than \(Self.chainLimit) macros inside one another", there)
            }
            do throws(LoadError) {
                try settle(index, chain: state.chain + 1)
            } catch {
                macros[index].progress = .failed
                throw error
            }
            macros[index].isUsed = true
            if !state.named.contains(name) { state.named.append(name) }
            state.size += macros[index].size
            guard state.size <= Self.nodeLimit, macros[index].depth < Self.resolvedDepthLimit else {
                throw .bound(
                    .validate, "more than \(Self.nodeLimit) comparisons with its macros written out", there)
            }
            return (macros[index].resolved, macros[index].depth)
        }
    }

    private mutating func resolve(
        _ members: [RuleExpression], _ state: inout Resolving
    ) throws(LoadError) -> ([RuleExpression], depth: Int) {
        var resolved: [RuleExpression] = []
        var depth = 0
        for member in members {
            let (expression, itsDepth) = try resolve(member, &state)
            resolved.append(expression)
            depth = max(depth, itsDepth)
        }
        return (resolved, depth)
    }

    /// - Returns: nil for a rule that is left out because it asks for what is not known, and says so.
    private mutating func compile(_ item: RuleItem) throws(LoadError) -> FalcoRule? {
        var condition = item.condition
        if !item.exceptions.isEmpty {
            condition = "(\(condition))"
            for exception in item.exceptions {
                let part = try exception.condition()
                if !part.isEmpty { condition += " and not " + part }
            }
        }
        var output = item.output
        if output.contains(Self.containerFields) {
            warnings.append(LoadWarning(.deprecatedItem, Self.containerFieldsGone, item.context))
            output = output.replacing(Self.containerFields, with: "")
        }
        let format: OutputFormat
        do {
            format = try OutputFormat(output, source: item.source, sources: collection.sources)
        } catch {
            guard !item.skipsUnknownFilter else {
                warnings.append(LoadWarning(.unknownFilter, error.message, item.outputContext))
                return nil
            }
            errors.append(
                LoadError(.compileOutput, error.message, item.outputContext, suggestion: error.suggestion))
            // Its condition is looked at even so.
            format = OutputFormat.nothing
        }
        for (field, _) in RuleSources.deprecated where format.fields.contains(field) {
            let what = "usage of deprecated field '\(field)' has been detected in the rule output"
            warnings.append(LoadWarning(.deprecatedItem, what, item.outputContext, deprecatedField: field))
        }
        let parsed = try parse(condition, at: item.conditionContext)
        var resolving = Resolving(context: item.context, condition: Array(condition.utf8))
        let (resolved, depth) = try resolve(parsed.expression, &resolving)
        try count(resolving)
        guard depth <= Self.resolvedDepthLimit else {
            throw .bound(
                .compileCondition, "nested more than \(Self.resolvedDepthLimit) deep", item.conditionContext)
        }
        warn(of: resolved, item)
        let mistakes = RuleCheckMistake.all(in: resolved, source: item.source, sources: collection.sources)
        if let first = mistakes.first, item.skipsUnknownFilter {
            let there = item.conditionContext.within(Array(condition.utf8), at: first.place)
            warnings.append(LoadWarning(.unknownFilter, first.message, there))
            return nil
        }
        let own = RuleCheckMistake.all(in: parsed.expression, source: item.source, sources: collection.sources)
        // A macro's mistake is told once, in the first rule that has the macro, as Falco tells it.
        for mistake in mistakes where own.contains(mistake) || toldMistakes.insert(mistake).inserted {
            let there = item.conditionContext.within(Array(condition.utf8), at: mistake.place)
            errors.append(LoadError(.compileCondition, mistake.message, there, suggestion: mistake.suggestion))
        }
        guard mistakes.isEmpty else { return nil }
        let restriction = item.source == "syscall" ? EventRestriction(resolved) : nil
        if item.source == "syscall", item.warnsOfEventTypes, restriction?.types?.isEmpty ?? true {
            warnings.append(
                LoadWarning(
                    .noEventType,
                    "Rule matches too many evt.type values. This has a significant performance penalty.",
                    item.context))
        }
        return FalcoRule(
            item, resolved, output, format, lists: parsed.lists, macros: resolving.named, restriction: restriction)
    }

    private mutating func warn(of expression: RuleExpression, _ item: RuleItem) {
        var found: Set<String> = []
        var comparesNA = false
        expression.forEachCheck { check in
            for field in check.fields { found.insert(field.name) }
            if ["=", "==", "!=", "in", "intersects", "pmatch"].contains(check.operator), check.values.contains("<NA>"),
                check.field.name.hasPrefix("ka.") || check.field.name.hasPrefix("jevt.")
            {
                comparesNA = true
            }
        }
        if comparesNA {
            warnings.append(
                LoadWarning(.unsafeNACheck, LoadWarningCode.unsafeNACheck.explanation, item.conditionContext))
        }
        for (field, reason) in RuleSources.deprecated where found.contains(field) {
            warnings.append(LoadWarning(.deprecatedItem, reason, item.conditionContext, deprecatedField: field))
        }
    }
}
