// SPDX-License-Identifier: Apache-2.0
import ConfigTree
import SigmaRules

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

    /// `file:line:column: error: what`, one line for each problem.
    static func lines(_ problems: [RuleProblem], style: Style) -> [String] {
        problems.map { problem in
            guard style.hasColours else { return problem.description }
            let word = "\(problem.severity.rawValue):"
            let coloured = problem.severity == .error ? style.red(word) : style.yellow(word)
            let parts = problem.description.split(separator: word, maxSplits: 1, omittingEmptySubsequences: false)
            return parts.count == 2 ? parts[0] + coloured + parts[1] : problem.description
        }
    }

    /// `2 errors, 1 warning`: of what there is any; nil when there is none of anything.
    static func counts(_ counts: [(Int, String)]) -> String? {
        let parts = counts.filter { $0.0 > 0 }
        guard !parts.isEmpty else { return nil }
        return parts.map { "\($0.0) \($0.1)\($0.0 == 1 ? "" : "s")" }.joined(separator: ", ")
    }
}
