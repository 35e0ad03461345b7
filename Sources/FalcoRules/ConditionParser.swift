// SPDX-License-Identifier: Apache-2.0

/// Reads Falco's filter syntax into a tree. `or` binds loosest, then `and`, then `not`.
///
/// Recursion is bounded by `ConditionLimit.depth`, so that no text can exhaust the stack.
struct ConditionParser {
    private var scanner: ConditionScanner
    private var depth = 0
    private var checkCount = 0
    private var valueCount = 0

    static func parse(_ bytes: [UInt8]) throws(ConditionError) -> ConditionTree {
        guard bytes.count <= ConditionLimit.textBytes else {
            throw ConditionError(at: ConditionLimit.textBytes, "longer than \(ConditionLimit.textBytes) bytes")
        }
        var parser = ConditionParser(scanner: ConditionScanner(bytes))
        parser.scanner.skipBlanks()
        guard !parser.scanner.isAtEnd else { throw ConditionError(at: 0, "empty", expected: "a condition") }
        let tree = try parser.parseOr()
        guard parser.scanner.isAtEnd else { throw parser.unexpected(expected: "\"and\", \"or\" or the end") }
        return tree
    }

    private init(scanner: ConditionScanner) { self.scanner = scanner }

    private mutating func parseOr() throws(ConditionError) -> ConditionTree {
        depth += 1
        defer { depth -= 1 }
        guard depth <= ConditionLimit.depth else {
            throw ConditionError(at: scanner.place, "nested more than \(ConditionLimit.depth) deep")
        }
        var members = [try parseAnd()]
        while try takeConjunction("or") { members.append(try parseAnd()) }
        return members.count == 1 ? members[0] : .or(members)
    }

    private mutating func parseAnd() throws(ConditionError) -> ConditionTree {
        var members = [try parseNot()]
        while try takeConjunction("and") { members.append(try parseNot()) }
        return members.count == 1 ? members[0] : .and(members)
    }

    /// `and` or `or`, with a blank or a parenthesis behind it.
    private mutating func takeConjunction(_ word: StaticString) throws(ConditionError) -> Bool {
        scanner.skipBlanks()
        guard scanner.take(word: word) else { return false }
        guard let next = scanner.next else {
            throw ConditionError(at: scanner.place, "nothing follows \"\(word)\"", expected: "a condition")
        }
        guard next.isBlank || next == UInt8(ascii: "(") else { throw unexpected(expected: "a blank or \"(\"") }
        return true
    }

    private mutating func parseNot() throws(ConditionError) -> ConditionTree {
        var isNegated = false
        scanner.skipBlanks()
        while scanner.take(word: "not") {
            isNegated.toggle()
            scanner.skipBlanks()
        }
        let tree = try parseCheck()
        return isNegated ? .not(tree) : tree
    }

    private mutating func parseCheck() throws(ConditionError) -> ConditionTree {
        if scanner.take(UInt8(ascii: "(")) {
            let start = scanner.place - 1
            let tree = try parseOr()
            guard scanner.take(UInt8(ascii: ")")) else {
                if scanner.isAtEnd {
                    throw ConditionError(at: start, "the parenthesis is not closed", expected: "\")\"")
                }
                throw unexpected(expected: "\"and\", \"or\" or \")\"")
            }
            return tree
        }
        checkCount += 1
        guard checkCount <= ConditionLimit.checks else {
            throw ConditionError(at: scanner.place, "more than \(ConditionLimit.checks) comparisons")
        }
        let field = try parseField(expected: "a field or \"(\"")
        scanner.skipBlanks()
        let `operator` = try parseOperator(after: field)
        return .check(ConditionCheck(field: field, operator: `operator`, operand: try parseOperand(of: `operator`)))
    }

    /// A field, or functions around one.
    private mutating func parseField(expected: String) throws(ConditionError) -> FieldExpression {
        var calls: [FieldTransformer] = []
        scanner.skipBlanks()
        while let call = scanner.takeCall() {
            guard let transformer = FieldTransformer(rawValue: call.name) else {
                throw unknownCall(call.name, at: call.offset)
            }
            guard calls.count < ConditionLimit.transformers else {
                throw ConditionError(
                    at: call.offset, "more than \(ConditionLimit.transformers) functions in one another")
            }
            calls.append(transformer)
            scanner.skipBlanks()
        }
        let offset = scanner.place
        let name = scanner.takeWord()
        guard !name.isEmpty, !["and", "or", "not"].contains(name) else {
            throw unexpected(at: offset, expected: calls.isEmpty ? expected : "a field")
        }
        let argument = try scanner.takeArgument()
        for _ in calls {
            scanner.skipBlanks()
            guard scanner.take(UInt8(ascii: ")")) else { throw unexpected(expected: "\")\"") }
        }
        return FieldExpression(name: name, argument: argument, transformers: calls.reversed(), offset: offset)
    }

    private func unknownCall(_ name: String, at offset: Int) -> ConditionError {
        if name == "val" {
            return ConditionError(at: offset, "\"val(…)\" stands on the right of an operator only", expected: "a field")
        }
        if ConditionOperator(name) != nil || ["and", "or"].contains(name) {
            return ConditionError(at: offset, "found \(quoted(name.utf8))", expected: "a field")
        }
        let names = FieldTransformer.allCases.map(\.rawValue)
        return ConditionError(
            at: offset, "unknown function \(quoted(name.utf8))", expected: "one of " + names.joined(separator: ", "),
            suggestion: Nearest.to(name, among: names + ["not"]))
    }

    private mutating func parseOperator(after field: FieldExpression) throws(ConditionError) -> ConditionOperator {
        let offset = scanner.place
        let text = scanner.takeOperatorText()
        if let known = ConditionOperator(text) { return known }
        guard !text.isEmpty, text != "and", text != "or" else {
            // A name alone is a macro to Falco, or a field whose operator was forgotten.
            if !field.name.contains("."), !ConditionField.isWord(field.name) {
                throw ConditionError(
                    at: field.offset,
                    "\(quoted(field.name.utf8)) stands alone: macros of Falco's rules are not known here",
                    suggestion: Nearest.to(field.name, among: ConditionField.words))
            }
            throw unexpected(at: offset, expected: "an operator")
        }
        let foreign = [
            "~": "regex", "=~": "regex", "~=": "regex", "matches": "regex", "like": "glob", "has": "contains",
            "<>": "!=", "=<": "<=", "=>": ">=", "===": "=", "is": "=", "eq": "=", "ne": "!=", "lt": "<", "lte": "<=",
            "gt": ">", "gte": ">=",
        ]
        throw ConditionError(
            at: offset, "unknown operator \(quoted(text.utf8))",
            expected: "one of " + ConditionOperator.names.joined(separator: " "),
            suggestion: foreign[text] ?? Nearest.to(text.lowercased(), among: ConditionOperator.names))
    }

    private mutating func parseOperand(of operator: ConditionOperator) throws(ConditionError) -> ConditionCheck.Operand
    {
        guard `operator` != .exists else { return .none }
        scanner.skipBlanks()
        let start = scanner.place
        if `operator`.takesList, scanner.take(UInt8(ascii: "(")) { return .values(try parseList(from: start)) }
        if let field = try parseOperandField(of: `operator`) { return .field(field) }
        guard let value = try scanner.takeValue() else {
            throw unexpected(expected: `operator`.takesList ? "a list, \"(a, b)\"" : "a value")
        }
        if `operator`.takesList {
            // To Falco a bare word here is the name of a list of its rules.
            throw ConditionError(
                at: value.offset, "\(quoted(value.bytes)) is no list: lists of Falco's rules are not known here",
                suggestion: "(\(value.text))")
        }
        return .values([value])
    }

    private mutating func parseOperandField(
        of operator: ConditionOperator
    ) throws(ConditionError) -> FieldExpression? {
        var ahead = scanner
        guard let call = ahead.takeCall() else { return nil }
        let isValue = call.name == "val"
        guard isValue || FieldTransformer(rawValue: call.name) != nil else { return nil }
        guard `operator`.takesField else {
            throw ConditionError(
                at: call.offset, "\"\(`operator`.rawValue)\" compares with a text, not with another field",
                expected: "a value")
        }
        guard isValue else { return try parseField(expected: "a field") }
        scanner = ahead
        let field = try parseField(expected: "a field")
        scanner.skipBlanks()
        guard scanner.take(UInt8(ascii: ")")) else { throw unexpected(expected: "\")\"") }
        return field
    }

    private mutating func parseList(from start: Int) throws(ConditionError) -> [WrittenValue] {
        var values: [WrittenValue] = []
        scanner.skipBlanks()
        if scanner.take(UInt8(ascii: ")")) { return [] }
        while true {
            scanner.skipBlanks()
            guard let value = try scanner.takeValue() else { throw unexpected(expected: "a value") }
            values.append(value)
            valueCount += 1
            guard valueCount <= ConditionLimit.values else {
                throw ConditionError(at: value.offset, "more than \(ConditionLimit.values) values in lists")
            }
            scanner.skipBlanks()
            if scanner.take(UInt8(ascii: ",")) { continue }
            if scanner.take(UInt8(ascii: ")")) { return values }
            if scanner.isAtEnd { throw ConditionError(at: start, "the list is not closed", expected: "\")\"") }
            throw unexpected(expected: "\",\" or \")\"")
        }
    }

    private func unexpected(expected: String) -> ConditionError { unexpected(at: scanner.place, expected: expected) }

    /// What stands at `offset` does not belong there.
    private func unexpected(at offset: Int, expected: String) -> ConditionError {
        let rest = scanner.bytes[offset...]
        guard let first = rest.first else { return ConditionError(at: offset, "it ends too early", expected: expected) }
        let end = rest.firstIndex { !($0.isWordByte || $0 >= 128) } ?? rest.endIndex
        var found = rest[..<max(end, offset + 1)]
        if "&|!=<>".utf8.contains(first) { found = rest.prefix { "&|!=<>".utf8.contains($0) } }
        let words = ["&&": "and", "&": "and", "||": "or", "|": "or", "!": "not"]
        let text = String(decoding: found, as: UTF8.self)
        let suggestion = words[text] ?? (["AND", "OR", "NOT"].contains(text) ? text.lowercased() : nil)
        return ConditionError(at: offset, "found \(quoted(found))", expected: expected, suggestion: suggestion)
    }
}

/// Bounds of one condition.
enum ConditionLimit {
    static let textBytes = 256 << 10
    /// Parentheses within parentheses, as Falco has it.
    static let depth = 100
    static let checks = 4096
    /// In all lists together.
    static let values = 65_536
    static let transformers = 8
    /// Each takes up to `RegularExpression.memoryLimitBytes`.
    static let regularExpressions = 64
}
