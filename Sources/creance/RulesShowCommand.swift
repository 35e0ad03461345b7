// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Pipeline
import SigmaRules

struct RulesShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Print the Sigma rules that come with Creance.",
        discussion: """
            RULE is a file of them, or a rule's name, id or title: the whole file that has
            it is printed, with the rules that it needs. `builtin` is all of them; without
            RULE, what there is. The text is YAML, to be read, copied and changed.

              creance rules show
              creance rules show container-escape
              creance rules show builtin > rules.d/builtin.yml

            Exit codes: 0 done; 2 there is no such rule.
            """)

    @Argument(help: "A file, or a rule's name, id or title; builtin for all.") var rule: [String] = []

    func run() throws {
        let shelf = BuiltinShelf()
        let text = rule.isEmpty ? shelf.overview(.of(.standardOutput)) : try shelf.text(of: rule)
        try Descriptor.standardOutput.write([UInt8](text.utf8))
    }
}

/// The rules that come with the program, to be looked up and printed.
struct BuiltinShelf {
    /// One file and what is in it.
    private struct Book {
        let file: RuleFile
        let rules: [(name: String, id: String, title: String)]
        /// Of the correlations that make incidents.
        let incidentTitles: [String]

        /// `container-escape` of `builtin/container-escape.yml`.
        var name: String { String(file.name.dropFirst(CorrelateConfig.builtin.count + 1).dropLast(".yml".count)) }

        func has(_ word: String) -> Bool {
            word == name || word == file.name || rules.contains { word == $0.name || word == $0.id || word == $0.title }
        }
    }

    private let books: [Book]

    init() {
        books = RuleFiles.builtin.map { file in
            let set = SigmaRuleSet.read([file]).rules
            let correlations = set?.correlations ?? []
            let detections = (set?.detections ?? []).filter { !$0.isShortForm }
            return Book(
                file: file,
                rules: correlations.map { ($0.name, $0.id, $0.title) } + detections.map { ($0.name, $0.id, $0.title) },
                incidentTitles: correlations.filter(\.makesIncidents).map(\.title))
        }
    }

    /// One line a file: its name, and the incidents that its rules make.
    func overview(_ style: Style) -> String {
        let width = books.map(\.name.count).max() ?? 0
        return books.map { book in
            let space = String(repeating: " ", count: width - book.name.count)
            return "\(style.bold(book.name))\(space)  \(book.incidentTitles.joined(separator: "; "))\n"
        }.joined()
    }

    /// The files that have what the words name, each once, as one YAML text.
    func text(of words: [String]) throws(CommandFailure) -> String {
        var wanted: [Int] = []
        for word in words {
            let found = books.indices.filter { word == CorrelateConfig.builtin || books[$0].has(word) }
            guard !found.isEmpty else {
                throw .input(
                    "there is no built-in rule \(JSONLine.quoted(word)); there are "
                        + books.map(\.name).joined(separator: ", "))
            }
            wanted += found.filter { !wanted.contains($0) }
        }
        return wanted.map { String(decoding: books[$0].file.bytes, as: UTF8.self) }.joined(separator: "---\n")
    }
}
