// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Matching

/// Turns one value of a field, with the modifiers of its key, into the expressions of which one must hold.
struct ValueReader {
    let modifiers: ValueModifiers
    let subjects: [Subject]
    let selection: SelectionReader

    func read(_ node: RuleNode, _ problems: inout ProblemList) -> [Expression]? {
        guard case .scalar(let text, _) = node.content else {
            problems.error(node.place, "\(node.description) where a single value belongs")
            return nil
        }
        guard text.utf8.count <= RuleLimit.valueBytes else {
            problems.error(node.place, "a value of \(text.utf8.count) bytes; at most \(RuleLimit.valueBytes) are read")
            return nil
        }
        if let refusal = subjectRefusal {
            problems.error(node.place, refusal)
            return nil
        }
        switch modifiers.kind {
        case .text: return readText(text, node, &problems)
        case .regex: return readRegex(text, node, &problems)
        case .exists:
            guard let wanted = node.boolean else {
                problems.error(node.place, "`exists` is true or false")
                return nil
            }
            let exists = anyOf(.exists)
            return [wanted ? exists : .not(exists)]
        case .cidr:
            guard let block = CIDRBlock(text) else {
                problems.error(node.place, "\(quoted(text)) is no range of addresses, such as 10.0.0.0/8")
                return nil
            }
            return [anyOf(.cidr(block))]
        case .reference:
            guard !node.isNull, !text.isEmpty, let others = selection.subjects(text, at: node.place, &problems) else {
                if node.isNull || text.isEmpty { problems.error(node.place, "`fieldref` needs the name of a field") }
                return nil
            }
            guard !others.contains(.priority), !others.contains(.time) else {
                problems.error(node.place, "`fieldref` compares with texts, not with \(quoted(text))")
                return nil
            }
            return others.map { anyOf(.reference($0, modifiers.anchor ?? .whole, modifiers.letterCase)) }
        case .number: return readNumber(text, node, &problems)
        case .time(let part):
            guard let number = Int64(text) else {
                problems.error(node.place, "`\(part.rawValue)` needs a whole number, not \(quoted(text))")
                return nil
            }
            return [anyOf(.time(part, modifiers.relation ?? .equal, number))]
        }
    }

    /// Priorities are eight names, the time is a point in time: not every modifier goes with them.
    private var subjectRefusal: String? {
        if subjects == [.time] {
            if case .time = modifiers.kind { return nil }
            return "`time` is for the modifiers minute, hour, day, week, month and year"
        }
        guard subjects == [.priority] else { return nil }
        switch modifiers.kind {
        case .text, .number, .regex: return nil
        case .cidr, .exists, .reference, .time: return "`priority` is compared with the name of a priority"
        }
    }

    /// A test of one of the fields that the rule's name stands for.
    private func anyOf(_ test: ValueTest) -> Expression {
        subjects.count == 1 ? .test(subjects[0], test) : .any(subjects.map { .test($0, test) })
    }

    private var isNull: Expression {
        subjects.count == 1 ? .test(subjects[0], .null) : .all(subjects.map { .test($0, .null) })
    }

    private func readText(_ text: String, _ node: RuleNode, _ problems: inout ProblemList) -> [Expression]? {
        if node.isNull {
            guard modifiers.anchor == nil, modifiers.transforms.isEmpty, subjects != [.keywords] else {
                problems.error(node.place, "nothing where a text belongs")
                return nil
            }
            return [isNull]
        }
        let isBare = modifiers.anchor == nil && modifiers.transforms.isEmpty && subjects != [.keywords]
        if isBare, subjects != [.priority], node.number != nil, let key = ExactNumberKey(text) {
            return [anyOf(.number(.equal, key))]
        }
        var texts: [SigmaText] = []
        do throws(SigmaText.Refused) {
            var sources = [text]
            if modifiers.transforms.contains(.expand) { sources = try selection.expansions.apply(to: text) }
            texts = sources.map { SigmaText($0) }
            for transform in modifiers.transforms where transform != .expand {
                var next: [SigmaText] = []
                for text in texts { next += try text.applying(transform) }
                texts = next
            }
        } catch {
            problems.error(node.place, error.reason, suggestion: error.suggestion)
            return nil
        }
        if let anchor = modifiers.anchor { texts = texts.map { $0.surrounded(anchor) } }
        if subjects == [.priority] { return readPriority(texts, text, node, &problems) }
        return texts.map { text in
            switch text.test(modifiers.letterCase) {
            case .test(let test): anyOf(test)
            case .anything: .not(isNull)
            case .nothing: isNull
            }
        }
    }

    /// Tests of the priority's name are decided for all eight here.
    private func readPriority(
        _ texts: [SigmaText], _ text: String, _ node: RuleNode, _ problems: inout ProblemList
    ) -> [Expression]? {
        var mask: UInt8 = 0
        for priority in Priority.allCases {
            let name = Array(priority.name.utf8)
            for text in texts {
                let isNamed: Bool =
                    switch text.test(modifiers.letterCase) {
                    case .test(.literals(let literals)): literals.contains { $0.occurs(in: name) }
                    case .test(.glob(let glob, _)): glob.matches(name.span)
                    case .test: false
                    case .anything: true
                    case .nothing: false
                    }
                let isShort = modifiers.anchor == nil && text.plainBytes.map { $0 == Array("info".utf8) } == true
                if isNamed || isShort && priority == .informational { mask |= 1 << priority.rawValue }
            }
        }
        guard mask != 0 else {
            refusePriority(text, node, &problems)
            return nil
        }
        return [.test(.priority, .priorities(mask))]
    }

    private func refusePriority(_ text: String, _ node: RuleNode, _ problems: inout ProblemList) {
        let names = Priority.allCases.map { $0.name.lowercased() }
        problems.error(
            node.place, "\(quoted(text)) is no priority of Falco's: \(choices(names))",
            suggestion: Spelling.closest(to: text, among: names))
    }

    private func readNumber(_ text: String, _ node: RuleNode, _ problems: inout ProblemList) -> [Expression]? {
        let relation = modifiers.relation ?? .equal
        if subjects == [.priority] {
            guard let limit = Priority(name: text) else {
                refusePriority(text, node, &problems)
                return nil
            }
            var mask: UInt8 = 0
            // `Priority` orders by severity.
            for priority in Priority.allCases where relation.holds(priority, limit) { mask |= 1 << priority.rawValue }
            return [.test(.priority, .priorities(mask))]
        }
        guard let key = ExactNumberKey(text) else {
            problems.error(node.place, "a comparison needs a number, not \(quoted(text))")
            return nil
        }
        return [anyOf(.number(relation, key))]
    }

    private func readRegex(_ text: String, _ node: RuleNode, _ problems: inout ProblemList) -> [Expression]? {
        guard !node.isNull, !text.isEmpty else {
            problems.error(node.place, "`re` needs a regular expression")
            return nil
        }
        var patterns = [text]
        do throws(SigmaText.Refused) {
            if modifiers.transforms.contains(.expand) { patterns = try selection.expansions.apply(to: text) }
        } catch {
            problems.error(node.place, error.reason, suggestion: error.suggestion)
            return nil
        }
        var mask: UInt8 = 0
        for pattern in patterns {
            do throws(RegularExpression.Malformed) {
                let compiled = try RegularExpression(pattern, flags: modifiers.flags)
                for priority in Priority.allCases where compiled.matchesPart(Array(priority.name.utf8).span) {
                    mask |= 1 << priority.rawValue
                }
            } catch {
                problems.error(node.place, "\(quoted(pattern)) is no regular expression: \(error.reason)")
                return nil
            }
        }
        if subjects == [.priority] { return [.test(.priority, .priorities(mask))] }
        return patterns.map { anyOf(.regex(RegexText(pattern: $0, flags: modifiers.flags.rawValue))) }
    }
}
