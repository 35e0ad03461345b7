// SPDX-License-Identifier: Apache-2.0

/// Where something stands in a configuration file. Lines and columns count from 1, columns in Unicode scalars.
public struct ConfigPlace: Sendable, Hashable, CustomStringConvertible {
    public let file: String
    public let line: Int
    public let column: Int

    public init(file: String, line: Int, column: Int) {
        self.file = file
        self.line = line
        self.column = column
    }

    public var description: String { "\(file):\(line):\(column)" }
}

/// One thing that is wrong with a configuration, said so that it can be put right without the manual.
public struct ConfigProblem: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Severity: String, Sendable {
        /// The configuration is refused.
        case error
        /// The configuration is used, but probably not what was meant.
        case warning
    }

    public var severity: Severity
    /// Absent for problems of the file as a whole.
    public var place: ConfigPlace?
    /// The key path, `sources.node.poll.busy`; empty for problems of the file as a whole.
    public var key: String
    /// What is wrong.
    public var what: String
    /// What would be right.
    public var allowed: String?
    /// What was probably meant.
    public var suggestion: String?

    public init(
        _ severity: Severity, at place: ConfigPlace?, key: String, _ what: String, allowed: String? = nil,
        suggestion: String? = nil
    ) {
        self.severity = severity
        self.place = place
        self.key = key
        self.what = what
        self.allowed = allowed
        self.suggestion = suggestion
    }

    /// One line, in the form compilers use: `file:line:column: error: key: what (allowed: …; did you mean "…"?)`.
    public var description: String {
        var text = place.map { "\($0): " } ?? ""
        text += "\(severity.rawValue): "
        if !key.isEmpty { text += "\(key): " }
        text += what
        let remarks = [allowed.map { "allowed: \($0)" }, suggestion.map { "did you mean \"\($0)\"?" }].compactMap { $0 }
        return remarks.isEmpty ? text : text + " (\(remarks.joined(separator: "; ")))"
    }

    /// Order of appearance in the file; problems of the whole file come first.
    static func inOrderOfPlace(_ left: ConfigProblem, _ right: ConfigProblem) -> Bool {
        guard let first = left.place else { return right.place != nil }
        guard let second = right.place else { return false }
        return (first.line, first.column) < (second.line, second.column)
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
