// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@Suite struct GenerateTests {
    @Test func `compressed files hold what plain ones hold, and the name decides the form`() throws {
        let folder = try TemporaryFolder()
        for name in ["a.jsonl", "a.jsonl.gz", "a.jsonl.zst", "a.pb", "a.pb.gz", "a.pb.zst"] {
            let said = try CreanceProcess.run("generate", "--count", "700", "--output", name, in: folder)
            #expect(said.exitCode == 0 && said.output.isEmpty && said.errors.isEmpty, "\(name): \(said.errors)")
        }
        let (lines, messages) = (try folder.bytes("a.jsonl"), try folder.bytes("a.pb"))
        #expect(lines.count { $0 == 10 } == 700)
        #expect(messages.count < lines.count && messages.count > 600_000)
        for (tool, name, plain) in [
            ("gzip", "a.jsonl.gz", lines), ("gzip", "a.pb.gz", messages), ("zstd", "a.jsonl.zst", lines),
            ("zstd", "a.pb.zst", messages),
        ] {
            #expect(try folder.bytes(name).count < plain.count / 3)
            #expect(try unpacked(folder, tool, name) == plain, "\(name)")
        }
    }

    /// By the reference programs.
    private func unpacked(_ folder: TemporaryFolder, _ tool: String, _ name: String) throws -> [UInt8] {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", "\(tool) -dc \(name) > unpacked"]
        process.currentDirectoryURL = folder.url
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return try folder.bytes("unpacked")
    }

    @Test func `options change what is made`() throws {
        let one = try CreanceProcess.run(
            "generate", "--count", "30", "--hosts", "1", "--containers", "1", "--start", "2030-01-01T00:00:00Z")
        #expect(one.exitCode == 0)
        #expect(
            one.output.split(separator: "\n").allSatisfy {
                $0.contains("\"hostname\":\"node-1\"") && $0.contains("\"time\":\"2030-01-01T")
            })
        #expect(try CreanceProcess.run("generate", "--count", "0").output.isEmpty)
    }

    @Test func `a file that cannot be made is exit 2`() throws {
        let said = try CreanceProcess.run("generate", "--count", "1", "--output", "/nowhere/a.pb")
        #expect(
            said.exitCode == 2 && said.errors == "creance: /nowhere/a.pb cannot be written: No such file or directory\n"
        )
    }

    @Test func `a full disk is exit 1`() throws {
        let said = try CreanceProcess.run("generate", "--count", "1000", "--output", "/dev/full")
        #expect(said.exitCode == 1 && said.errors == "creance: the output cannot be written: No space left on device\n")
    }
}
