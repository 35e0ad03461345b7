// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Finds and reads rule files: the shell around the parser, and the only part of it that touches the disk.
public enum RuleFolder {
    /// The files at `paths`, in order: a file itself, of a folder every `.yml` and `.yaml` below it, sorted by path.
    ///
    /// Names that start with a dot are left out. What cannot be read is a problem, and the rest is read all the same.
    public static func read(_ paths: [String]) -> (files: [RuleFile], problems: [RuleProblem]) {
        var reader = Reader()
        for path in paths { reader.read(path, isNamed: true, depth: 0) }
        return (reader.files, reader.problems)
    }

    private struct Reader {
        var files: [RuleFile] = []
        var problems: [RuleProblem] = []
        private var totalBytes = 0
        private var isFull = false
        private var seen: Set<String> = []

        init() {}

        mutating func read(_ path: String, isNamed: Bool, depth: Int) {
            guard !isFull else { return }
            let resolved = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
            guard let attributes = try? FileManager.default.attributesOfItem(atPath: resolved) else {
                return refuse(path, "there is no such file or folder")
            }
            let type = attributes[.type] as? FileAttributeType
            if type == .typeDirectory { return readFolder(path, depth: depth) }
            guard isNamed || path.hasSuffix(".yml") || path.hasSuffix(".yaml") else { return }
            guard type == .typeRegular else { return refuse(path, "this is no regular file") }
            guard seen.insert(resolved).inserted else { return }
            readFile(path, size: (attributes[.size] as? Int) ?? 0)
        }

        private mutating func readFolder(_ path: String, depth: Int) {
            guard depth < RuleLimit.folderDepth else {
                return refuse(path, "more than \(RuleLimit.folderDepth) folders inside one another")
            }
            do {
                let names = try FileManager.default.contentsOfDirectory(atPath: path)
                    .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
                for name in names where !name.hasPrefix(".") {
                    read(path.hasSuffix("/") ? path + name : path + "/" + name, isNamed: false, depth: depth + 1)
                }
            } catch {
                refuse(path, "the folder cannot be read: \(error.localizedDescription)")
            }
        }

        private mutating func readFile(_ path: String, size: Int) {
            guard size <= RuleLimit.fileBytes else {
                return refuse(path, "the file has \(size) bytes; at most \(RuleLimit.fileBytes) are read")
            }
            guard files.count < RuleLimit.files, totalBytes + size <= RuleLimit.totalBytes else {
                isFull = true
                return refuse(
                    path, "more than \(RuleLimit.files) rule files, or more than \(RuleLimit.totalBytes) bytes of them")
            }
            do {
                let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
                totalBytes += bytes.count
                files.append(RuleFile(name: path, bytes: bytes))
            } catch {
                refuse(path, "the file cannot be read: \(error.localizedDescription)")
            }
        }

        private mutating func refuse(_ path: String, _ message: String) {
            guard problems.count < RuleLimit.problems else { return }
            problems.append(RuleProblem(severity: .error, file: path, line: 0, column: 0, message: message))
        }
    }
}

extension SigmaRuleSet {
    /// Reads the rules at `paths`: files, or folders of them.
    public static func read(paths: [String], expansions: [String: [String]] = [:]) -> RuleOutcome {
        let (files, problems) = RuleFolder.read(paths)
        let outcome = read(files, expansions: expansions)
        return RuleOutcome(rules: problems.isEmpty ? outcome.rules : nil, problems: problems + outcome.problems)
    }
}
