// SPDX-License-Identifier: Apache-2.0
public import PositionedYAML

/// Falco's rules files, read one after the other as Falco reads them: a later file sees and changes what earlier ones
/// defined. A file with an error changes nothing.
///
/// Pure: the caller reads the files. Bounded by `Settings.limits` and `ConditionLimit`.
public struct FalcoRuleFiles: Sendable {
    public struct File: Sendable {
        public let name: String
        public let content: [UInt8]

        public init(name: String, content: [UInt8]) {
            self.name = name
            self.content = content
        }
    }

    public struct Settings: Sendable {
        /// The engine's version that files may require: Falco 0.43's.
        public var engine = RuleVersion(0, 58, 0)
        public var sources = RuleSources()
        public var limits = YAMLLimits()

        public init() {}
    }

    /// One for each file, in order.
    public private(set) var results: [LoadResult] = []
    /// Of all files, in the order in which they were first defined.
    public private(set) var rules: [FalcoRule] = []
    public var requiredEngine: RuleVersion { collection.requiredEngine }
    public var requiredPlugins: [PluginRequirement] { collection.requiredPlugins }

    private(set) var lists: [ExpandedList] = []
    private(set) var macros: [RuleCompiler.Macro] = []
    private(set) var collection: RuleCollection

    public init(_ files: [File], settings: Settings = Settings()) {
        collection = RuleCollection(engine: settings.engine, sources: settings.sources)
        var contents: [String: [UInt8]] = [:]
        var told: Set<LoadWarning> = []
        for file in files {
            contents[file.name] = file.content
            var result = LoadResult(name: file.name, contents: contents)
            load(file, settings, &result)
            result.warnings = result.warnings.filter { told.insert($0).inserted }
            results.append(result)
        }
    }

    private mutating func load(_ file: File, _ settings: Settings, _ result: inout LoadResult) {
        let context = LoadContext(file: file.name)
        let documents: [YAMLNode]
        do {
            documents = try YAMLDocuments.read(file.content, limits: settings.limits)
        } catch {
            result.errors = [LoadError(.yamlParse, Self.message(error), context.at(error.position, .value))]
            return
        }
        RuleSchema.check(documents, &result)
        var reader = RuleItemReader(collection: collection)
        for document in documents { reader.read(document, in: context) }
        // What could be read is looked at even so: one run tells everything.
        var compiler = RuleCompiler(reader.collection, broken: reader.broken)
        compiler.compile()
        result.warnings = reader.warnings + compiler.warnings
        result.errors = Array((reader.errors + compiler.errors).prefix(LoadError.limit))
        guard result.errors.isEmpty else { return }
        collection = reader.collection
        lists = compiler.lists
        macros = compiler.macros
        rules = compiler.rules
    }

    /// In yaml-cpp's words where they are known, since those are what Falco's users see.
    private static func message(_ mistake: YAMLMistake) -> String {
        let known = ["mapping values are not allowed in this context": "illegal map value"]
        let place = "error at line \(mistake.position.line + 1), column \(mistake.position.column + 1)"
        if let words = known[mistake.problem] { return "yaml-cpp: \(place): \(words)" }
        return "\(place): \(mistake.problem)"
    }

    /// Did every file load?
    public var isSuccessful: Bool { results.allSatisfy(\.isSuccessful) }

    /// The first requirement that none of the loaded plugins meets, in Falco's words.
    public func unmetPlugin(loaded: [String: RuleVersion]) -> String? {
        for requirement in requiredPlugins {
            let isMet = requirement.alternatives.contains { plugin in
                guard let version = loaded[plugin.name], let needed = RuleVersion(plugin.version) else { return false }
                return version.satisfies(needed)
            }
            if !isMet { return "Plugin requirement not satisfied, must load one of: \(requirement.text)" }
        }
        return nil
    }
}

/// The keys that Falco's schema of rules files knows.
enum RuleSchema {
    private static let keys: Set<String> = [
        "required_engine_version", "required_plugin_versions", "list", "items", "macro", "condition", "rule", "desc",
        "output", "priority", "source", "tags", "exceptions", "enabled", "warn_evttypes", "skip-if-unknown-filter",
        "append", "override", "capture", "capture_duration",
    ]

    /// In the words of Falco's validator.
    static func check(_ documents: [YAMLNode], _ result: inout LoadResult) {
        for document in documents where !document.isNull {
            result.isSchemaValid = result.isSchemaValid ?? true
            for (index, item) in (document.items ?? []).enumerated() {
                guard let key = item.pairs?.first(where: { !keys.contains($0.key.text ?? "") })?.key.text else {
                    continue
                }
                result.isSchemaValid = false
                result.schemaWarnings.append(
                    "failed for <root>[\(index)]: Object contains a property that could not be validated using "
                        + "'properties' or 'additionalProperties' constraints: '\(key)'.")
                result.schemaWarnings.append("failed for <root>: Failed to validate item #\(index) in array.")
            }
        }
    }
}
