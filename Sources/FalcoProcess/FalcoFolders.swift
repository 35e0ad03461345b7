// SPDX-License-Identifier: Apache-2.0
public import FalcoRules
internal import Foundation

/// The configured rules files of Falco and the folders that names are looked up in. Reads files; keeps none open.
public struct FalcoFolders: Sendable, Equatable {
    /// Why files could not be had, for whoever named them.
    public struct Refusal: Error, Sendable, Equatable {
        public let sentence: String
    }

    public enum Limit {
        public static let fileBytes = 8 << 20
        /// Of one answer to a question.
        public static let files = 1_000
        public static let totalBytes = 64 << 20
        public static let nameBytes = 255
    }

    /// Where Falco's packages put its rules.
    public static let standard = "/etc/falco"

    /// Files and folders, absolute, in the order of loading.
    public let paths: [String]

    public init(_ paths: [String]) { self.paths = paths }

    // MARK: All of them

    /// The files that Falco would load, in its order: of a folder with `falco_rules.yaml`, `falco_rules.local.yaml` or
    /// `rules.d` these three, of another folder its YAML files by name.
    public func files() throws(Refusal) -> [FalcoRuleFiles.File] {
        var files: [FalcoRuleFiles.File] = []
        var total = 0
        for path in try filePaths() {
            guard files.count < Limit.files else {
                throw Refusal(sentence: "there are more than \(Limit.files) rules files")
            }
            let file = FalcoRuleFiles.File(name: path, content: try Self.read(path))
            total += file.content.count
            guard total <= Limit.totalBytes else {
                throw Refusal(sentence: "the rules files have more than \(Limit.totalBytes) bytes")
            }
            files.append(file)
        }
        return files
    }

    /// The paths of `files()`, without reading them.
    public func filePaths() throws(Refusal) -> [String] {
        var found: [String] = []
        for path in paths {
            switch Self.kind(path) {
            case .file: found.append(path)
            case .folder: found += Self.rules(in: path)
            case .missing: throw Refusal(sentence: "there is no rules file or folder \(path)")
            }
        }
        return found
    }

    private static func rules(in folder: String) -> [String] {
        let named = ["falco_rules.yaml", "falco_rules.local.yaml"].map { "\(folder)/\($0)" }
        let rest = "\(folder)/rules.d"
        guard named.contains(where: { kind($0) == .file }) || kind(rest) == .folder else { return yaml(in: folder) }
        return named.filter { kind($0) == .file } + (kind(rest) == .folder ? yaml(in: rest) : [])
    }

    private static func yaml(in folder: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { isYAML($0) && !$0.hasPrefix(".") }.sorted().map { "\(folder)/\($0)" }
            .filter { kind($0) == .file }
    }

    private static func isYAML(_ name: String) -> Bool { name.hasSuffix(".yaml") || name.hasSuffix(".yml") }

    // MARK: One by its name

    /// The file of this name under one of the folders, or the configured file of that name.
    ///
    /// - Parameter name: from outside; `rules.d/own.yaml` is fine, a path from the root or out of a folder is not, nor is
    ///   a link that leads out of it.
    /// - Returns: its path with all links followed.
    public func path(named name: String) throws(Refusal) -> String {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        guard !name.isEmpty, name.utf8.count <= Limit.nameBytes, parts.count <= 4,
            name.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f && $0 != 0x5c }),
            parts.allSatisfy({ !$0.isEmpty && !$0.hasPrefix(".") })
        else {
            throw Refusal(
                sentence:
                    "a name under the configured folders is wanted, such as falco_rules.yaml or rules.d/own.yaml: "
                    + "no path from the root, no `..`, nothing hidden. " + available())
        }
        guard Self.isYAML(name) else { throw Refusal(sentence: "only .yaml and .yml files are read. " + available()) }
        for path in paths {
            switch Self.kind(path) {
            case .file where URL(filePath: path).lastPathComponent == name: return path
            case .folder:
                let root = URL(filePath: path).resolvingSymlinksInPath().path
                let file = URL(filePath: "\(path)/\(name)").resolvingSymlinksInPath().path
                guard Self.kind(file) == .file else { continue }
                guard file.hasPrefix(root == "/" ? "/" : root + "/") else {
                    throw Refusal(
                        sentence: "that file is a link out of its folder, which is not followed. " + available())
                }
                return file
            case .file, .missing: continue
            }
        }
        throw Refusal(sentence: "there is no such file under the configured folders. " + available())
    }

    /// The names that `path(named:)` finds, in order, at most a thousand.
    public func names() -> [String] {
        var names: [String] = []
        for path in paths {
            switch Self.kind(path) {
            case .file: names.append(URL(filePath: path).lastPathComponent)
            case .folder:
                let inner = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
                for name in inner.sorted() where !name.hasPrefix(".") {
                    let there = "\(path)/\(name)"
                    if Self.isYAML(name), Self.kind(there) == .file { names.append(name) }
                    if Self.kind(there) == .folder {
                        names += Self.yaml(in: there).map { "\(name)/" + URL(filePath: $0).lastPathComponent }
                    }
                }
            case .missing: continue
            }
        }
        return Array(names.prefix(Limit.files))
    }

    /// What `path(named:)` finds this file by, if it is one of `filePaths()`.
    public func name(of path: String) -> String {
        for folder in paths where path.hasPrefix("\(folder)/") { return String(path.dropFirst(folder.utf8.count + 1)) }
        return URL(filePath: path).lastPathComponent
    }

    private func available() -> String {
        let names = names()
        guard !names.isEmpty else { return "None are configured (falco.rules); pass the text itself instead." }
        let more = names.count > 20 ? " and \(names.count - 20) more" : ""
        return "There are: " + names.prefix(20).joined(separator: ", ") + more + "."
    }

    // MARK: The disk

    private enum Kind {
        case file, folder, missing
    }

    private static func kind(_ path: String) -> Kind {
        // What stands at the end of all links. A pipe or a device would keep a reader waiting.
        let end = URL(filePath: path).resolvingSymlinksInPath().path
        switch (try? FileManager.default.attributesOfItem(atPath: end))?[.type] as? FileAttributeType {
        case .typeDirectory?: return .folder
        case .typeRegular?: return .file
        default: return .missing
        }
    }

    /// At most one byte more than a rules file may have, so that its reader refuses what is too long.
    public static func read(_ path: String) throws(Refusal) -> [UInt8] {
        guard kind(path) == .file, let file = FileHandle(forReadingAtPath: path) else {
            throw Refusal(sentence: "\(path) cannot be read")
        }
        defer { try? file.close() }
        var bytes: [UInt8] = []
        while bytes.count <= Limit.fileBytes {
            let part: Data?
            do { part = try file.read(upToCount: Limit.fileBytes + 1 - bytes.count) } catch {
                throw Refusal(sentence: "\(path) cannot be read")
            }
            guard let part, !part.isEmpty else { break }
            bytes += part
        }
        return bytes
    }
}
