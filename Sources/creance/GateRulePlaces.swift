// SPDX-License-Identifier: Apache-2.0
import FalcoProcess
import FalcoRules
import Foundation
import Reports

/// Where Falco's rules stand in the configured rules files, so that a finding points at the rule that made it.
struct GateRulePlaces {
    private var places: [String: FindingPlace] = [:]

    /// - Parameter paths: `falco.rules` of the configuration; none: no rule has a place.
    /// - Throws: `CommandFailure.input` when a file or folder is not there or cannot be read.
    init(_ paths: [String]) throws(CommandFailure) {
        guard !paths.isEmpty else { return }
        let files: [FalcoRuleFiles.File]
        do {
            files = try FalcoFolders(paths).files()
        } catch {
            throw .input("falco.rules: \(SafeText.visible(error.sentence))")
        }
        // A file with errors gives no places; its findings keep the file that the alert names.
        for rule in FalcoRuleFiles(files).rules {
            places[rule.name] = FindingPlace(file: Self.relative(rule.file), line: rule.position.line + 1)
        }
    }

    func place(of rule: String) -> FindingPlace? { places[rule] }

    /// As a CI system knows the file: from the folder it runs in, where it lies below that.
    private static func relative(_ path: String) -> String {
        let here = FileManager.default.currentDirectoryPath
        let bare = path.hasPrefix("./") ? String(path.dropFirst(2)) : path
        return here != "/" && bare.hasPrefix(here + "/") ? String(bare.dropFirst(here.utf8.count + 1)) : bare
    }
}
