// SPDX-License-Identifier: Apache-2.0

/// Reads a condition: `selection and not 1 of filter*`; `not` binds closer than `and`, `and` closer than `or`.
///
/// The words between the operators are looked up by the caller: search identifiers here, rules in a correlation.
struct ConditionReader {
    enum Word: Equatable {
        case open, close, pipe
        case name(String)
        /// In quotation marks: never an operator.
        case quoted(String)
    }

    /// What the names of a condition can be.
    struct Names {
        /// In order; `1 of them` leaves out those that start with `_`.
        let all: [String]
        /// What they are, for messages: `search identifier`.
        let what: String
    }

    private let words: [(word: Word, place: RulePlace)]
    private let end: RulePlace
    private let names: Names
    private var index = 0
    private var depth = 0
    /// The names that were used.
    private(set) var used: Set<Int> = []

    struct Refused: Error {
        let place: RulePlace
        let message: String
        var suggestion: String?
    }

    init(_ node: RuleNode, _ names: Names) throws(Refused) {
        guard let text = node.text else {
            throw Refused(place: node.place, message: "a condition is a text, not \(node.description)")
        }
        self.names = names
        (words, end) = try Self.split(text, node)
        guard !words.isEmpty else { throw Refused(place: node.place, message: "the condition is empty") }
    }

    mutating func read() throws(Refused) -> Expression {
        let expression = try readAny()
        if index < words.count { throw unexpected("the condition goes on where it should end") }
        return expression
    }

    // MARK: Words

    private static func split(
        _ text: String, _ node: RuleNode
    ) throws(Refused) -> ([(word: Word, place: RulePlace)], RulePlace) {
        // Columns inside a text that YAML folded or unescaped are not known; its start is.
        let isPlain = if case .scalar(_, plain: true) = node.content { true } else { false }
        let exact = !text.contains { $0.isNewline }
        func place(_ offset: Int) -> RulePlace { exact ? node.place.moved(by: offset + (isPlain ? 0 : 1)) : node.place }
        var words: [(word: Word, place: RulePlace)] = []
        var current = ""
        var start = 0
        let characters = Array(text.unicodeScalars)
        func finish() {
            if !current.isEmpty { words.append((.name(current), place(start))) }
            current = ""
        }
        var offset = 0
        while offset < characters.count {
            let scalar = characters[offset]
            switch scalar {
            case " ", "\t", "\n", "\r": finish()
            case "(", ")", "|":
                finish()
                words.append((scalar == "(" ? .open : scalar == ")" ? .close : .pipe, place(offset)))
            case "\"", "'":
                finish()
                guard let close = characters[(offset + 1)...].firstIndex(of: scalar) else {
                    throw Refused(place: place(offset), message: "a quotation mark is not closed")
                }
                var name = ""
                name.unicodeScalars.append(contentsOf: characters[(offset + 1) ..< close])
                words.append((.quoted(name), place(offset)))
                offset = close
            default:
                if current.isEmpty { start = offset }
                current.unicodeScalars.append(scalar)
            }
            offset += 1
            guard words.count <= RuleLimit.conditionWords else {
                throw Refused(
                    place: node.place, message: "a condition of more than \(RuleLimit.conditionWords) words")
            }
        }
        finish()
        return (words, place(characters.count))
    }

    private func unexpected(_ message: String) -> Refused {
        guard index < words.count else { return Refused(place: end, message: message) }
        if words[index].word == .pipe {
            return Refused(
                place: words[index].place,
                message: "`|` with an aggregation is Sigma's old form; write a correlation rule")
        }
        return Refused(place: words[index].place, message: message)
    }

    /// The next word is this operator, and not a search identifier of the same name.
    private mutating func take(_ operator: String) -> Bool {
        guard index < words.count, case .name(let name) = words[index].word, name.lowercased() == `operator`
        else { return false }
        index += 1
        return true
    }

    // MARK: Grammar

    private mutating func readAny() throws(Refused) -> Expression {
        var terms = [try readAll()]
        while take("or") { terms.append(try readAll()) }
        return terms.count == 1 ? terms[0] : .any(terms)
    }

    private mutating func readAll() throws(Refused) -> Expression {
        var terms = [try readNot()]
        while take("and") { terms.append(try readNot()) }
        return terms.count == 1 ? terms[0] : .all(terms)
    }

    private mutating func readNot() throws(Refused) -> Expression {
        var isNegated = false
        while take("not") { isNegated.toggle() }
        let term = try readTerm()
        return isNegated ? .not(term) : term
    }

    private mutating func readTerm() throws(Refused) -> Expression {
        guard index < words.count else { throw unexpected("a \(names.what) is missing here") }
        let (word, place) = words[index]
        switch word {
        case .open:
            depth += 1
            guard depth <= RuleLimit.conditionDepth else { throw unexpected("parentheses too deep inside one another") }
            index += 1
            let inner = try readAny()
            guard index < words.count, words[index].word == .close else {
                throw unexpected("a parenthesis is not closed")
            }
            index += 1
            depth -= 1
            return inner
        case .close, .pipe: throw unexpected("a \(names.what) is missing here")
        case .quoted(let name):
            index += 1
            return try lookUp(name, at: place)
        case .name(let name):
            if index + 1 < words.count, case .name(let next) = words[index + 1].word, next.lowercased() == "of" {
                return try readSome(name, at: place)
            }
            if ["and", "or", "of"].contains(name.lowercased()), !names.all.contains(name) {
                throw unexpected("a \(names.what) is missing before `\(name)`")
            }
            index += 1
            return try lookUp(name, at: place)
        }
    }

    private mutating func lookUp(_ name: String, at place: RulePlace) throws(Refused) -> Expression {
        guard let found = names.all.firstIndex(of: name) else {
            throw Refused(
                place: place, message: "there is no \(names.what) \(quoted(name))",
                suggestion: Spelling.closest(to: name, among: names.all))
        }
        used.insert(found)
        return .selection(found)
    }

    /// `1 of them`, `all of selection*`, `2 of them`.
    private mutating func readSome(_ count: String, at place: RulePlace) throws(Refused) -> Expression {
        index += 2
        guard index < words.count, case .name(let pattern) = words[index].word else {
            throw unexpected("`\(count) of` must be followed by `them` or a pattern such as selection*")
        }
        let patternPlace = words[index].place
        index += 1
        let isThem = pattern.lowercased() == "them"
        let members = names.all.indices.filter { member in
            isThem
                ? !names.all[member].hasPrefix("_")
                : Self.matches(Array(names.all[member].utf8)[...], Array(pattern.utf8)[...])
        }
        guard !members.isEmpty else {
            throw Refused(
                place: patternPlace, message: "no \(names.what) has a name like \(quoted(pattern))",
                suggestion: Spelling.closest(to: pattern, among: names.all).map { $0 + "*" })
        }
        used.formUnion(members)
        let terms = members.map { Expression.selection($0) }
        switch count.lowercased() {
        case "all": return .all(terms)
        case "any", "1": return .any(terms)
        default:
            guard let wanted = Int(count), wanted > 0 else {
                throw Refused(place: place, message: "\(quoted(count)) where a number or `all` belongs before `of`")
            }
            guard wanted <= members.count else {
                throw Refused(
                    place: place, message: "\(wanted) of \(quoted(pattern)), but it stands for only \(members.count)")
            }
            return .atLeast(wanted, terms)
        }
    }

    /// `*` in a pattern of names is any run of characters.
    static func matches(_ name: ArraySlice<UInt8>, _ pattern: ArraySlice<UInt8>) -> Bool {
        let star = UInt8(ascii: "*")
        let pieces = pattern.split(separator: star, omittingEmptySubsequences: false)
        guard pieces.count > 1, let first = pieces.first, let last = pieces.last else {
            return name.elementsEqual(pattern)
        }
        guard name.count >= first.count + last.count, name.starts(with: first),
            name.suffix(last.count).elementsEqual(last)
        else { return false }
        var rest = name.dropFirst(first.count).dropLast(last.count)
        for piece in pieces.dropFirst().dropLast() where !piece.isEmpty {
            guard let place = rest.indices.first(where: { rest[$0...].starts(with: piece) }) else { return false }
            rest = rest[(place + piece.count)...]
        }
        return true
    }
}
