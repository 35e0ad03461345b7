// SPDX-License-Identifier: Apache-2.0

/// What came of reading a configuration: a value when there was no error, and everything there is to say about it.
public struct ConfigOutcome<Value> {
    /// Absent when `problems` holds an error.
    public let value: Value?
    /// In the order of the file; at most `ConfigLimit.problems`, then one that says there are more.
    public let problems: [ConfigProblem]

    public var hasErrors: Bool { problems.contains { $0.severity == .error } }

    init(value: Value?, problems: [ConfigProblem]) {
        self.value = value
        self.problems = problems
    }

    /// A file that could not even be read.
    public init(refused problem: ConfigProblem) {
        self.init(value: nil, problems: [problem])
    }
}

extension ConfigOutcome: Sendable where Value: Sendable {}

/// A configuration file after the read step: its tree, or why there is none.
///
/// An empty file is a configuration in which everything has its default.
public struct ConfigDocument: Sendable {
    private let root: ConfigNode?
    private let readProblems: [ConfigProblem]
    private let folder: String

    /// - Parameters:
    ///   - bytes: the file's content.
    ///   - file: its name as messages should show it; relative paths start at its folder.
    public init(_ bytes: [UInt8], file: String) {
        (root, readProblems) = YAMLReader.read(bytes, file: file)
        folder = file.lastIndex(of: "/").map { slash in slash == file.startIndex ? "/" : String(file[..<slash]) } ?? ""
    }

    /// The check step: runs the declarations over the tree. No I/O.
    public func check<Value>(_ declare: (inout ConfigSection) -> Value) -> ConfigOutcome<Value> {
        var problems = readProblems
        var pairs: [ConfigNode.Pair] = []
        if let root {
            if case .map(let content) = root.content {
                pairs = content
            } else if !root.isNull {
                problems.append(
                    .init(.error, at: root.place, key: "", "the file is \(root.description)", allowed: "a map of keys"))
            }
        } else if !problems.isEmpty {
            return ConfigOutcome(value: nil, problems: problems)
        }
        var section = ConfigSection(pairs, place: root?.place, path: "", folder: folder, isDocumenting: false)
        let value = declare(&section)
        section.refuseUndeclared()
        problems += section.problems
        problems.sort(by: ConfigProblem.inOrderOfPlace)
        if problems.count > ConfigLimit.problems {
            let hasErrors = problems.contains { $0.severity == .error }
            problems.removeLast(problems.count - ConfigLimit.problems)
            problems.append(
                .init(hasErrors ? .error : .warning, at: nil, key: "", "there are more problems than these"))
        }
        let outcome = ConfigOutcome(value: Optional(value), problems: problems)
        return outcome.hasErrors ? ConfigOutcome(value: nil, problems: problems) : outcome
    }

    /// Runs the declarations over nothing and returns what they say about themselves.
    public static func reference(_ declare: (inout ConfigSection) -> some Any) -> ConfigReference {
        var section = ConfigSection([], place: nil, path: "", folder: "", isDocumenting: true)
        _ = declare(&section)
        return ConfigReference(entries: section.entries)
    }
}
