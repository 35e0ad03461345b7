// SPDX-License-Identifier: Apache-2.0
import AlertModel
import ArgumentParser
import FalcoRules

struct RulesDescribeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "describe",
        abstract: "Print all there is to know about one of Falco's rules.",
        usage: "creance rules describe <name> [<file> ...] [<options>]",
        discussion: """
            NAME is the rule's whole name. The condition is printed as it was written, and
            with macros, lists and exceptions in their place. FILE as in `rules list`.

              creance rules describe 'Terminal shell in container'
              creance rules describe 'My rule' falco_rules.yaml own.yaml --json

            --json is what `falco -l NAME` writes with json_output.

            Exit codes: 0 printed; 1 there is no such rule, or a file has errors; 2 wrong
            usage, configuration or input.
            """)

    @Argument(help: "The rule's name.") var name: String
    @Argument(help: "Falco's rules files, folders of them, or -.") var files: [String] = []
    @OptionGroup var options: ConfigurationOptions
    @Flag(help: "JSON in Falco's shape.") var json = false

    func run() throws {
        let rules = try RulesOfFalco(files, options)
        guard let rule = rules.read.rules.first(where: { $0.name == name }) else {
            let meant = rules.read.nearestRule(to: name).map { "; did you mean '\(SafeText.visible($0))'?" } ?? ""
            try? Descriptor.standardError.write(
                [UInt8]("creance: there is no rule '\(SafeText.visible(name))'\(meant)\n".utf8))
            try rules.finish()
            throw ExitCode(1)
        }
        let text =
            json
            ? (rules.read.descriptionJSON(ofRule: name)?.line ?? "{}") + "\n" : Self.text(rule, .of(.standardOutput))
        try Descriptor.standardOutput.write([UInt8](text.utf8))
        try rules.finish()
    }

    static func text(_ rule: FalcoRule, _ style: Style) -> String {
        var text = style.bold(SafeText.visible(rule.name)) + "\n"
        func line(_ name: String, _ value: String) {
            guard !value.isEmpty else { return }
            let lines = value.split(separator: "\n").map { SafeText.visible(String($0)) }
            let margin = String(repeating: " ", count: 14)
            text +=
                name + String(repeating: " ", count: max(1, 14 - name.count)) + lines.joined(separator: "\n" + margin)
                + "\n"
        }
        line("place", "\(rule.file):\(rule.position.line + 1)")
        line("priority", RulesListCommand.coloured(rule.priority.name, rule.priority, style))
        line("source", rule.source)
        if !rule.isEnabled { line("enabled", "no") }
        line("tags", rule.tags.joined(separator: ", "))
        line("description", rule.description)
        line("condition", rule.condition)
        if rule.compiledCondition != rule.condition { line("expanded", rule.compiledCondition) }
        line("output", rule.output)
        line("macros", rule.macros.joined(separator: ", "))
        line("lists", rule.lists.joined(separator: ", "))
        line("exceptions", rule.exceptionNames.joined(separator: ", "))
        line("fields", Array(Set(rule.conditionFields + rule.outputFields)).sorted().joined(separator: ", "))
        let events = rule.events.prefix(20).joined(separator: ", ")
        line("events", rule.events.count > 20 ? "\(events) and \(rule.events.count - 20) more" : events)
        return text
    }
}
