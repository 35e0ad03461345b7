// SPDX-License-Identifier: Apache-2.0

/// One thing that is wrong with a rule, said so that it can be put right without the manual.
public struct RuleProblem: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Severity: String, Sendable {
        /// The rules are refused.
        case error
        /// The rules are used, but probably not as was meant.
        case warning
    }

    public var severity: Severity
    public var file: String
    /// From 1; 0 when the problem is the file's as a whole.
    public var line: Int
    /// From 1, in Unicode scalars.
    public var column: Int
    public var message: String
    /// What was probably meant.
    public var suggestion: String?

    public init(
        severity: Severity, file: String, line: Int, column: Int, message: String, suggestion: String? = nil
    ) {
        self.severity = severity
        self.file = file
        self.line = line
        self.column = column
        self.message = message
        self.suggestion = suggestion
    }

    /// One line, in the form compilers use: `file:line:column: error: message (did you mean "…"?)`.
    public var description: String {
        let place = line > 0 ? "\(file):\(line):\(column)" : file
        let remark = suggestion.map { " (did you mean \(quoted($0))?)" } ?? ""
        return "\(place): \(severity.rawValue): \(message)\(remark)"
    }
}

/// Where something stands in a rule file.
struct RulePlace: Hashable, Sendable {
    let file: String
    let line: Int
    let column: Int

    /// Some columns further to the right, for a part of a text.
    func moved(by columns: Int) -> RulePlace { RulePlace(file: file, line: line, column: column + columns) }
}

/// Problems as they are found; beyond `RuleLimit.problems` they are only counted.
struct ProblemList {
    private(set) var problems: [RuleProblem] = []
    private(set) var errorCount = 0
    private(set) var leftOut = 0

    mutating func error(_ place: RulePlace, _ message: String, suggestion: String? = nil) {
        errorCount += 1
        add(.error, place, message, suggestion)
    }

    mutating func warning(_ place: RulePlace, _ message: String, suggestion: String? = nil) {
        add(.warning, place, message, suggestion)
    }

    /// Everything found, in order of file and place, and a line that says how many more there are.
    func sorted(fileOrder: [String: Int]) -> [RuleProblem] {
        let ordered = problems.enumerated().sorted { left, right in
            let first = (fileOrder[left.element.file] ?? 0, left.element.line, left.element.column, left.offset)
            let second = (fileOrder[right.element.file] ?? 0, right.element.line, right.element.column, right.offset)
            return first < second
        }.map(\.element)
        guard leftOut > 0, let last = ordered.last else { return ordered }
        return ordered + [
            RuleProblem(
                severity: errorCount > 0 ? .error : .warning, file: last.file, line: 0, column: 0,
                message: "\(leftOut) more problems are not shown")
        ]
    }

    private mutating func add(
        _ severity: RuleProblem.Severity, _ place: RulePlace, _ message: String, _ suggestion: String?
    ) {
        if problems.count >= RuleLimit.problems {
            leftOut += 1
            // Why the rules are refused must not be hidden by what is only odd about them.
            guard severity == .error, let odd = problems.lastIndex(where: { $0.severity == .warning }) else { return }
            problems.remove(at: odd)
        }
        problems.append(
            RuleProblem(
                severity: severity, file: place.file, line: place.line, column: place.column, message: message,
                suggestion: suggestion))
    }
}

/// Text from a file made fit for a message: control characters escaped, at most 60 characters, in quotes.
func quoted(_ text: String) -> String {
    var shown = "\""
    for (count, scalar) in text.unicodeScalars.enumerated() {
        if count == 60 {
            shown += "…"
            break
        }
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .unassigned, .privateUse:
            shown += "\\u{\(String(scalar.value, radix: 16))}"
        default: shown.unicodeScalars.append(scalar)
        }
    }
    return shown + "\""
}

/// Words in a row for a message: `a, b or c`.
func choices(_ words: [String]) -> String {
    guard let last = words.last, words.count > 1 else { return words.first ?? "" }
    return words.dropLast().joined(separator: ", ") + " or " + last
}
