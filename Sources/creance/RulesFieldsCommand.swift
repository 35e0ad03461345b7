// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import FalcoRules

struct RulesFieldsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fields",
        abstract: "List the fields that Falco's rules may use.",
        usage: "creance rules fields [--source <source>] [--contains <text>] [<options>]",
        discussion: """
            The fields of Falco 0.43 for syscall rules, with type and class. Fields of
            other sources belong to plugins, and only Falco with its plugins knows them.

              creance rules fields --contains exepath
              creance rules fields --names
              creance rules fields --json

            Exit codes: 0 listed; 1 no field fits; 2 wrong usage.
            """)

    @Option(help: "The event source; only syscall is known.") var source = "syscall"
    @Option(help: "Only fields with this in their name.") var contains: String?
    @Flag(help: "One name a line, as `falco --list -N`.") var names = false
    @Flag(help: "One JSON array of field classes.") var json = false

    func validate() throws {
        guard source == "syscall" else {
            throw ValidationError(
                "fields of '\(SafeText.visible(source))' are a plugin's: `falco --list=\(SafeText.visible(source))` has them"
            )
        }
        if names, json { throw ValidationError("--names and --json contradict each other") }
    }

    func run() throws {
        let fields = FalcoField.all.filter { $0.name.contains(contains?.lowercased() ?? "") || contains == nil }
        let text: String
        if json {
            text = FalcoField.json(fields).line + "\n"
        } else if names {
            text = fields.map { "\($0.name)\n" }.joined()
        } else {
            text = Self.table(fields, .of(.standardOutput))
        }
        try Descriptor.standardOutput.write([UInt8](text.utf8))
        if fields.isEmpty { throw ExitCode(1) }
    }

    private static func table(_ fields: [FalcoField], _ style: Style) -> String {
        let width = fields.map(\.name.count).max() ?? 0
        let typeWidth = fields.map(\.type.count).max() ?? 0
        return fields.map { field in
            let name = field.name + String(repeating: " ", count: width - field.name.count)
            let type = field.type + String(repeating: " ", count: typeWidth - field.type.count)
            return "\(style.bold(name))  \(type)  \(style.dim(field.className))\n"
        }.joined()
    }
}
