// SPDX-License-Identifier: Apache-2.0

/// Why a condition cannot be read, where Falco would stop, in Falco's words.
struct ExpressionMistake: Error {
    let message: String
    let place: ExpressionPlace
}

/// Reads a rule's condition: Falco's filter syntax with macro names in it
/// (falcosecurity/libs, userspace/libsinsp/filter/parser.h).
///
/// Recursion is bounded by `depthLimit`, so that no text can exhaust the stack.
struct RuleConditionParser {
    static let depthLimit = 100
    private static let textOperators = [
        "==", "=", "!=", "glob ", "iglob ", "contains ", "icontains ", "bcontains ", "startswith ", "bstartswith ",
        "endswith ", "regex ",
    ]
    private static let numberOperators = ["<=", "<", ">=", ">"]
    static let listOperators = ["intersects", "in", "pmatch"]
    private static let transformers = ["tolower", "toupper", "b64", "basename", "len"]
    static let operators =
        ["exists"] + numberOperators + textOperators.map { String($0.prefix { $0 != " " }) } + listOperators

    private var words: RuleConditionWords
    private var depth = 0

    static func parse(_ bytes: [UInt8]) throws(ExpressionMistake) -> RuleExpression {
        guard !bytes.isEmpty else {
            throw ExpressionMistake(message: "filter input string is empty", place: ExpressionPlace())
        }
        var parser = RuleConditionParser(words: RuleConditionWords(bytes))
        let expression = try parser.parseOr()
        guard parser.words.isAtEnd else {
            throw parser.mistake("unexpected token after '\(parser.words.last)', expecting 'or', 'and'")
        }
        return expression
    }

    private init(words: RuleConditionWords) { self.words = words }

    private func mistake(_ message: String) -> ExpressionMistake {
        ExpressionMistake(message: message, place: words.place)
    }

    private mutating func parseOr() throws(ExpressionMistake) -> RuleExpression {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.depthLimit else { throw mistake("exceeded max depth limit of \(Self.depthLimit)") }
        var members = [try parseAnd()]
        words.skipBlanks()
        while words.take("or") {
            members.append(words.skipBlanks() ? try parseAnd() : try parseParenthesis(after: "or"))
            words.skipBlanks()
        }
        return members.count == 1 ? members[0] : .or(members)
    }

    private mutating func parseAnd() throws(ExpressionMistake) -> RuleExpression {
        var members = [try parseNot()]
        words.skipBlanks()
        while words.take("and") {
            members.append(words.skipBlanks() ? try parseNot() : try parseParenthesis(after: "and"))
            words.skipBlanks()
        }
        return members.count == 1 ? members[0] : .and(members)
    }

    private mutating func parseParenthesis(after word: String) throws(ExpressionMistake) -> RuleExpression {
        guard words.take("(") else { throw mistake("expected blank or '(' after '\(word)'") }
        return try parseRemainder()
    }

    private mutating func parseNot() throws(ExpressionMistake) -> RuleExpression {
        var isNegated = false
        words.skipBlanks()
        while words.takeNot() { isNegated.toggle() }
        let inner: RuleExpression
        if words.take("not(") {
            isNegated.toggle()
            inner = try parseRemainder()
        } else {
            inner = try parseCheck()
        }
        return isNegated ? .not(inner) : inner
    }

    /// What follows an opening parenthesis.
    private mutating func parseRemainder() throws(ExpressionMistake) -> RuleExpression {
        let expression = try parseOr()
        words.skipBlanks()
        guard words.take(")") else { throw mistake("expected a ')' token") }
        return expression
    }

    private mutating func parseCheck() throws(ExpressionMistake) -> RuleExpression {
        words.skipBlanks()
        let place = words.place
        if words.take("(") { return try parseRemainder() }
        if let name = words.takeFieldName() {
            return try parseComparison(of: try parseArgument(name, [], place), at: place)
        }
        if let field = try parseTransformed(withValue: false) { return try parseComparison(of: field, at: place) }
        if let name = words.takeIdentifier() { return .macro(name, at: place) }
        throw mistake("expected a '(' token, a field check, or an identifier")
    }

    private mutating func parseArgument(
        _ name: String, _ transformers: [String], _ place: ExpressionPlace
    ) throws(ExpressionMistake) -> RuleField {
        guard words.take("[") else {
            return RuleField(name: name, argument: nil, transformers: transformers, place: place)
        }
        guard let argument = words.takeQuoted() ?? words.takeBareArgument() else {
            throw mistake("expected a valid field argument: a quoted string or a bare string")
        }
        guard words.take("]") else { throw mistake("expected a ']' token") }
        return RuleField(name: name, argument: argument, transformers: transformers, place: place)
    }

    /// Functions around a field; nil when none stands here. `val(` only where the right side of an operator is.
    private mutating func parseTransformed(withValue: Bool) throws(ExpressionMistake) -> RuleField? {
        var calls: [String] = []
        var place = words.place
        if withValue, words.take("val(") {
            words.skipBlanks()
            calls = ["val"]
            place = words.place
            guard let name = words.takeFieldName() else { throw mistake("expected a field within 'val' transformer") }
            return try close(try parseArgument(name, calls, place))
        }
        while let call = Self.transformers.first(where: { words.take($0 + "(") }) {
            calls.append(call)
            words.skipBlanks()
            place = words.place
            guard calls.count <= ConditionLimit.transformers else {
                throw mistake("exceeded max depth limit of \(ConditionLimit.transformers)")
            }
        }
        guard !calls.isEmpty else { return nil }
        guard let name = words.takeFieldName() else {
            throw mistake("expected a field or a nested valid transformer: \(Self.transformerNames)")
        }
        return try close(try parseArgument(name, calls, place))
    }

    private mutating func close(_ field: RuleField) throws(ExpressionMistake) -> RuleField {
        for _ in field.transformers {
            words.skipBlanks()
            guard words.take(")") else { throw mistake("expected a ')' token closing the transformer") }
        }
        return field
    }

    private static let transformerNames = (["val"] + transformers).map { "'\($0)'" }.joined(separator: ", ")

    private mutating func parseComparison(
        of field: RuleField, at place: ExpressionPlace
    ) throws(ExpressionMistake) -> RuleExpression {
        words.skipBlanks()
        func check(_ operator: String, _ operand: RuleCheck.Operand) -> RuleExpression {
            .check(RuleCheck(field: field, operator: `operator`, operand: operand, place: place))
        }
        if words.take("exists") { return check("exists", .none) }
        if let sign = Self.numberOperators.first(where: { words.take($0) }) {
            words.skipBlanks()
            if let other = try parseTransformed(withValue: true) { return check(sign, .field(other)) }
            if let number = words.takeNumber() { return check(sign, .value(number)) }
            throw mistake("expected a number value or a field with a valid transformer: \(Self.transformerNames)")
        }
        if let sign = Self.textOperators.first(where: { words.take($0) }) {
            let name = String(sign.prefix { $0 != " " })
            words.skipBlanks()
            if let other = try parseTransformed(withValue: true) { return check(name, .field(other)) }
            if let value = words.takeQuoted() ?? words.takeBare() { return check(name, .value(value)) }
            throw mistake("expected a string value or a field with a valid transformer: \(Self.transformerNames)")
        }
        guard let sign = Self.listOperators.first(where: { words.take($0) }) else {
            let names = Self.operators.map { "'\($0)'" }.joined(separator: ", ")
            throw mistake("expected a valid check operator: one of \(names)")
        }
        words.skipBlanks()
        if words.take("(") { return check(sign, .list(try parseList())) }
        if let other = try parseTransformed(withValue: true) { return check(sign, .field(other)) }
        if let name = words.takeIdentifier() { return check(sign, .value(name)) }
        throw mistake(
            "expected a list, an identifier, or a field with a valid transformer: \(Self.transformerNames)")
    }

    private mutating func parseList() throws(ExpressionMistake) -> [String] {
        var values: [String] = []
        words.skipBlanks()
        if let first = words.takeQuoted() ?? words.takeBare() {
            values.append(first)
            words.skipBlanks()
            while words.take(",") {
                words.skipBlanks()
                guard let value = words.takeQuoted() ?? words.takeBare() else {
                    throw mistake("expected a string value")
                }
                values.append(value)
                words.skipBlanks()
            }
        }
        guard words.take(")") else { throw mistake("expected a ')' token") }
        return values
    }
}
