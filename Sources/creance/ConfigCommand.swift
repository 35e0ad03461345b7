// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Foundation
import Pipeline

struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "The documentation of every key, and the configuration in force.",
        subcommands: [Reference.self, Show.self])

    struct Reference: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the documentation of every key.",
            discussion: """
                As YAML it is a configuration file with every key at its default and
                explained: a place to start from.

                  creance config reference > creance.yaml
                """)

        enum Format: String, ExpressibleByArgument, CaseIterable {
            case yaml, markdown
        }

        @Option(help: "yaml: a commented file. markdown: the page of the documentation.") var format = Format.yaml

        func run() throws {
            let text =
                switch format {
                case .yaml: Configuration.reference.yaml()
                case .markdown: Configuration.page
                }
            try Descriptor.standardOutput.write([UInt8](text.utf8))
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the configuration in force: the file, every default, and what this machine decides.",
            discussion: """
                The output is a configuration file itself. Secrets stay the references they are.

                  creance config show -c creance.yaml
                """)

        @OptionGroup var options: ConfigurationOptions

        func run() throws {
            let folder = FileManager.default.currentDirectoryPath
            let text = EffectiveConfiguration(try options.load(), in: .ofThisProcess, folder: folder).yaml()
            try Descriptor.standardOutput.write([UInt8](text.utf8))
        }
    }
}
