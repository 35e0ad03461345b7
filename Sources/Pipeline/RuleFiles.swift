// SPDX-License-Identifier: Apache-2.0
import BuiltinRules
import SigmaRules

/// The files that `correlate.rules` names: Sigma files, folders of them with all folders below, and `builtin`.
enum RuleFiles {
    /// In the order of `paths`.
    static func read(_ paths: [String]) throws(RulesRefused) -> [RuleFile] {
        var files: [RuleFile] = []
        for path in paths {
            if path == CorrelateConfig.builtin {
                files += BuiltinRules.files.map { RuleFile(name: $0.name, bytes: $0.bytes) }
                continue
            }
            let read = RuleFolder.read([path])
            guard !read.problems.contains(where: { $0.severity == .error }) else {
                throw RulesRefused(problems: read.problems)
            }
            files += read.files
        }
        return files
    }
}
