// SPDX-License-Identifier: Apache-2.0
import FalcoProcess
import FalcoRules
import MCPProtocol

/// The rules and the configuration that one call names.
struct FalcoInput: Sendable {
    /// Characters of rules or a configuration passed as text.
    static let inlineLimit = 262_144
    /// What text passed by the caller is called in answers, and in the folder of its run.
    static let inlineRules = "rules.yaml"
    static let inlineConfig = "falco.yaml"

    /// One rules file.
    enum Rules: Sendable {
        /// A file of the operator's; `name` is what answers call it.
        case file(path: String, name: String)
        case text([UInt8])
    }

    enum Config: Sendable {
        case file(path: String)
        /// Written anew from the keys that may be given.
        case text([UInt8])
    }

    /// In the order of loading; empty: nobody named any, and none are configured.
    let rules: [Rules]
    /// What the caller itself named, of `rules`.
    let namedCount: Int
    /// nil: the one Falco would take.
    let config: Config?

    init(_ arguments: JSONObject, _ folders: FalcoFolders) throws(ToolProblem) {
        config = try Self.config(arguments, folders)
        var named: [Rules] = []
        switch (arguments["rules_path"]?.string, arguments["rules"]?.string) {
        case (.some, .some): throw ToolProblem("Give rules_path or rules, not both.")
        case (let name?, nil): named = [.file(path: try Self.path(name, folders), name: name)]
        case (nil, let text?): named = [.text(Array(text.utf8))]
        case (nil, nil): break
        }
        let wantsConfigured = named.isEmpty || arguments["with_configured_rules"]?.bool == true
        rules = (wantsConfigured ? try Self.configured(folders) : []) + named
        namedCount = named.count
    }

    /// A configuration without rules.
    init(configOf arguments: JSONObject, _ folders: FalcoFolders) throws(ToolProblem) {
        config = try Self.config(arguments, folders)
        rules = []
        namedCount = 0
    }

    private static func config(_ arguments: JSONObject, _ folders: FalcoFolders) throws(ToolProblem) -> Config? {
        switch (arguments["config_path"]?.string, arguments["config"]?.string) {
        case (.some, .some): throw ToolProblem("Give config_path or config, not both.")
        case (let name?, nil): return .file(path: try path(name, folders))
        case (nil, let text?): return .text(try FalcoConfigText.written(anew: Array(text.utf8)))
        case (nil, nil): return nil
        }
    }

    private static func path(_ name: String, _ folders: FalcoFolders) throws(ToolProblem) -> String {
        do {
            return try folders.path(named: name)
        } catch {
            throw ToolProblem(error.sentence)
        }
    }

    private static func configured(_ folders: FalcoFolders) throws(ToolProblem) -> [Rules] {
        do {
            return try folders.filePaths().map { .file(path: $0, name: folders.name(of: $0)) }
        } catch {
            throw ToolProblem(error.sentence)
        }
    }

    /// Read for the built-in reader.
    func files() throws(ToolProblem) -> [FalcoRuleFiles.File] {
        var files: [FalcoRuleFiles.File] = []
        for one in rules {
            switch one {
            case .text(let bytes): files.append(FalcoRuleFiles.File(name: Self.inlineRules, content: bytes))
            case .file(let path, let name):
                do {
                    files.append(FalcoRuleFiles.File(name: name, content: try FalcoFolders.read(path)))
                } catch {
                    throw ToolProblem("The rules file \(name) cannot be read.")
                }
            }
        }
        return files
    }

    /// What Falco calls the files, and what answers call them; longest first.
    var names: [(path: String, name: String)] {
        rules.compactMap { if case .file(let path, let name) = $0 { (path, name) } else { nil } }
            .sorted { $0.0.utf8.count > $1.0.utf8.count }
    }
}
