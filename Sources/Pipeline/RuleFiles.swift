// SPDX-License-Identifier: Apache-2.0
import BuiltinRules
public import SigmaRules

/// The files that `correlate.rules` and the commands name: Sigma files, folders of them with all folders below, and
/// `builtin`. A folder of that name is `./builtin`.
public enum RuleFiles {
    /// The rules that come with the program.
    public static var builtin: [RuleFile] { BuiltinRules.files.map { RuleFile(name: $0.name, bytes: $0.bytes) } }

    /// In the order of `paths`, each file once. What cannot be read is a problem, and the rest is read all the same.
    public static func look(_ paths: [String]) -> (files: [RuleFile], problems: [RuleProblem]) {
        // Paths between two `builtin` are read together: limits, and files named twice, are those of all of them.
        let runs = paths.split(separator: CorrelateConfig.builtin, omittingEmptySubsequences: false)
        var files: [RuleFile] = []
        var problems: [RuleProblem] = []
        for (index, run) in runs.enumerated() {
            if index == 1 { files += builtin }
            let read = RuleFolder.read(Array(run))
            files += read.files
            problems += read.problems
        }
        return (files, problems)
    }

    /// - Throws: when one of them cannot be read.
    static func read(_ paths: [String]) throws(RulesRefused) -> [RuleFile] {
        let (files, problems) = look(paths)
        guard problems.isEmpty else { throw RulesRefused(problems: problems) }
        return files
    }
}
