// SPDX-License-Identifier: Apache-2.0
import ConfigTree

/// Problems of a configuration as people and machines read them.
enum ProblemText {
    /// `file:line:column: error: key: what (allowed: …)`, one line for each problem.
    static func lines(_ problems: [ConfigProblem], style: Style) -> [String] {
        problems.map { line($0, style) }
    }

    private static func line(_ problem: ConfigProblem, _ style: Style) -> String {
        // Without colours the line is the problem's own; with them its parts are set apart.
        guard style.hasColours else { return problem.description }
        var bare = problem
        bare.place = nil
        let severity = "\(problem.severity.rawValue): "
        let rest = bare.description.dropFirst(severity.count)
        let place = problem.place.map { style.bold("\($0):") + " " } ?? ""
        let word = problem.severity == .error ? style.red("error:") : style.yellow("warning:")
        return "\(place)\(word) \(rest)"
    }

    /// `2 errors, 1 warning`; nil when there is nothing to count.
    static func counts(_ problems: [ConfigProblem]) -> String? {
        let errors = problems.count { $0.severity == .error }
        let warnings = problems.count - errors
        let parts = [(errors, "error"), (warnings, "warning")].filter { $0.0 > 0 }
        guard !parts.isEmpty else { return nil }
        return parts.map { "\($0.0) \($0.1)\($0.0 == 1 ? "" : "s")" }.joined(separator: ", ")
    }
}
