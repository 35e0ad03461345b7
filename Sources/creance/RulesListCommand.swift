// SPDX-License-Identifier: Apache-2.0
import AlertModel
import ArgumentParser
import FalcoRules

struct RulesListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the rules that Falco would load.",
        usage: "creance rules list [<file> ...] [<options>]",
        discussion: """
            FILE is a rules file of Falco or a folder of them, in the order of loading; a
            later file changes what earlier ones defined. `-` is standard input. Without
            FILE, `falco.rules` of the configuration, else what Falco loads itself:
            falco_rules.yaml, falco_rules.local.yaml and rules.d in /etc/falco.
            Falco need not be installed.

              creance rules list
              creance rules list falco_rules.yaml own.yaml --tag T1059
              creance rules list --contains shell --json

            --json is what `falco -L` writes with json_output: rules, macros and lists.

            Exit codes: 0 listed; 1 listed, and a file has errors; 2 wrong usage,
            configuration or input.
            """)

    @Argument(help: "Falco's rules files, folders of them, or -.") var files: [String] = []
    @OptionGroup var options: ConfigurationOptions
    @Option(help: "Only rules with this in name or description.") var contains: String?
    @Option(help: "Only rules with this tag; of several, any.") var tag: [String] = []
    @Option(help: "Only rules for this event source.") var source: String?
    @Flag(help: "JSON in Falco's shape.") var json = false

    func run() throws {
        let rules = try RulesOfFalco(files, options)
        let shown = rules.read.rules.filter(isWanted)
        let text = json ? rules.read.descriptionJSON(rules: shown).line + "\n" : table(shown, .of(.standardOutput))
        try Descriptor.standardOutput.write([UInt8](text.utf8))
        try rules.finish()
    }

    private func isWanted(_ rule: FalcoRule) -> Bool {
        if let contains, !rule.name.lowercased().contains(contains.lowercased()),
            !rule.description.lowercased().contains(contains.lowercased())
        {
            return false
        }
        if !tag.isEmpty, !tag.contains(where: rule.tags.contains) { return false }
        return source == nil || rule.source == source
    }

    /// Priority, name, what is unusual about it; the description below.
    private func table(_ rules: [FalcoRule], _ style: Style) -> String {
        let width = Priority.allCases.map(\.name.count).max() ?? 0
        var text = ""
        for rule in rules {
            var marks = rule.source == "syscall" ? [] : [rule.source]
            if !rule.isEnabled { marks.append("disabled") }
            let priority = rule.priority.name + String(repeating: " ", count: width - rule.priority.name.count)
            text += "\(Self.coloured(priority, rule.priority, style))  \(style.bold(SafeText.visible(rule.name)))"
            text += marks.isEmpty ? "\n" : "  (\(SafeText.visible(marks.joined(separator: ", "))))\n"
            let description = SafeText.visible(
                rule.description.split(whereSeparator: \.isWhitespace).joined(separator: " "))
            text += "\(String(repeating: " ", count: width + 2))\(style.dim(Self.cut(description)))\n"
        }
        return text + "\(rules.count) \(rules.count == 1 ? "rule" : "rules")\n"
    }

    static func coloured(_ text: String, _ priority: Priority, _ style: Style) -> String {
        if priority >= .error { return style.red(text) }
        return priority >= .warning ? style.yellow(text) : text
    }

    private static func cut(_ text: String) -> String { text.count <= 100 ? text : text.prefix(99) + "…" }
}
