// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// The texts of `--help` are a public surface: held to the files in Golden.
///
/// With CREANCE_RECORD_GOLDEN=1 in the environment the files are written anew.
@Suite struct HelpTests {
    @Test(arguments: [
        ("help", []), ("check", ["check"]), ("gate", ["gate"]), ("config-reference", ["config", "reference"]),
        ("config-show", ["config", "show"]),
        ("generate", ["generate"]), ("search", ["search"]), ("status", ["status"]),
        ("silence", ["silence"]), ("silence-add", ["silence", "add"]), ("silence-list", ["silence", "list"]),
        ("silence-expire", ["silence", "expire"]),
        ("explain", ["explain"]), ("incidents", ["incidents"]), ("incidents-list", ["incidents", "list"]),
        ("incidents-acknowledge", ["incidents", "acknowledge"]), ("incidents-annotate", ["incidents", "annotate"]),
        ("mcp", ["mcp"]), ("tail", ["tail"]), ("token-new", ["token", "new"]), ("wait", ["wait"]),
        ("rules", ["rules"]), ("rules-test", ["rules", "test"]), ("rules-show", ["rules", "show"]),
        ("rules-list", ["rules", "list"]), ("rules-describe", ["rules", "describe"]),
        ("rules-validate", ["rules", "validate"]), ("rules-fields", ["rules", "fields"]),
    ])
    func `help says what it said`(name: String, command: [String]) throws {
        let said = try CreanceProcess.run(list: command + ["--help"])
        #expect(said.exitCode == 0 && said.errors.isEmpty)
        #expect(said.output.split(separator: "\n").allSatisfy { $0.count <= 80 })
        let golden = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
            "Golden/\(name).txt")
        if ProcessInfo.processInfo.environment["CREANCE_RECORD_GOLDEN"] == "1" {
            try Data(said.output.utf8).write(to: golden)
        }
        #expect(said.output == String(decoding: try Data(contentsOf: golden), as: UTF8.self))
    }

    @Test func `the version is a number`() throws {
        let said = try CreanceProcess.run("--version")
        #expect(said.exitCode == 0)
        #expect(said.output.split(separator: ".").count == 3)
    }

    @Test(arguments: [
        ["bogus"], ["silence", "add", "--when", "hostname = a"], ["silence", "expire"], ["search", "--limit", "-1"],
        ["search", "--priority", "severe"], ["search", "--from", "yesterday"],
        ["search", "--from", "1h", "--to", "2h"], ["search", "--id", "4711"],
        ["search", "--json", "--format", "falco"],
        ["generate", "--hosts", "0"], ["generate", "--start", "soon"], ["status", "extra"],
    ])
    func `a wrong command line is exit 2, said on standard error`(arguments: [String]) throws {
        let said = try CreanceProcess.run(list: arguments)
        #expect(said.exitCode == 2)
        #expect(said.output.isEmpty)
        #expect(said.errors.hasPrefix("Error: "))
    }

    @Test func `a reader that has enough is no failure`() throws {
        let folder = try TemporaryFolder()
        let binary = try #require(CreanceProcess.binary)
        let shell = Process()
        shell.executableURL = URL(fileURLWithPath: "/bin/bash")
        shell.arguments = [
            "-c", "\"$0\" generate --count 20000 2>stderr | head -n 1 >first; echo \"${PIPESTATUS[0]}\" >code", binary,
        ]
        shell.currentDirectoryURL = folder.url
        try shell.run()
        shell.waitUntilExit()
        #expect(try folder.read("code") == "0\n")
        #expect(try folder.read("stderr").isEmpty)
        #expect(try folder.read("first").hasPrefix("{\"hostname\":"))
    }
}
