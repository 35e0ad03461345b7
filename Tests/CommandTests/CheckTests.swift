// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@Suite struct CheckTests {
    private static let wrong = """
        version: 1
        sources:
          node: { type: falco_grcp }
        journl: { path: x }
        server: { drain: 10 }
        """

    @Test func `every problem is on standard error with its place, and the exit code is 2`() throws {
        let folder = try TemporaryFolder()
        try folder.write(Self.wrong, to: "creance.yaml")
        let said = try CreanceProcess.run("check", "-c", "creance.yaml", in: folder)
        #expect(said.exitCode == 2 && said.output.isEmpty)
        let lines = said.errors.split(separator: "\n")
        #expect(lines.count == 4)
        #expect(
            lines[0].hasPrefix("creance.yaml:3:17: error: sources.node.type: ")
                && lines[0].contains("did you mean \"falco_grpc\"?"))
        #expect(lines[1].hasPrefix("creance.yaml:4:1: error: journl: "))
        #expect(lines[2].hasPrefix("creance.yaml:5:18: error: server.drain: "))
        #expect(lines[3] == "creance.yaml is wrong (3 errors)")
    }

    @Test func `JSON says the same, and the exit code stays`() throws {
        let folder = try TemporaryFolder()
        try folder.write(Self.wrong, to: "creance.yaml")
        let said = try CreanceProcess.run("check", "-c", "creance.yaml", "--json", in: folder)
        #expect(said.exitCode == 2 && said.errors.isEmpty)
        let object = try #require(try JSONSerialization.jsonObject(with: Data(said.output.utf8)) as? [String: Any])
        let problems = try #require(object["problems"] as? [[String: Any]])
        #expect(object["good"] as? Bool == false)
        #expect(problems.map { $0["line"] as? Int } == [3, 4, 5])
        #expect(problems[1]["suggestion"] as? String == "journal")
    }

    @Test func `warnings of the file and of the machine do not fail it`() throws {
        let folder = try TemporaryFolder()
        try folder.write(
            """
            sources:
              node: { type: falco_grpc, address: "unix:///nowhere/falco.sock" }
              far: { type: falco_grpc, address: "falco.example:5060", tls: { ca: ca.crt, certificate: c.crt, key: c.key } }
              log: { type: file, path: missing.jsonl }
              hook: { type: falco_http, secret: "${env:CREANCE_TEST_UNSET}" }
            journal: { path: state/journal.db }
            sinks: { archive: { type: file, path: creance.yaml/alerts.json } }
            server: { listen: "0.0.0.0:2801", control: control.sock }
            """, to: "creance.yaml")
        let said = try CreanceProcess.run("check", "-c", "creance.yaml", in: folder)
        #expect(said.exitCode == 0)
        #expect(said.output.hasPrefix("creance.yaml is good (1 warning)\nrules: "))
        let parts = said.errors.components(separatedBy: "on this machine:\n")
        #expect(parts.count == 2 && parts[0].contains("warning: server.listen: "))
        let keys = parts[1].split(separator: "\n").compactMap {
            $0.split(separator: ":").dropFirst().first.map(String.init)
        }
        #expect(
            keys == [
                " sources.node.address", " sources.far.tls", " sources.log.path", " sources.hook.secret",
                " sinks.archive.path",
            ])
        let offline = try CreanceProcess.run("check", "-c", "creance.yaml", "--offline", in: folder)
        #expect(offline.exitCode == 0 && !offline.errors.contains("on this machine"))
    }

    @Test func `rules and tables that the file names are read, and every problem of theirs has its place`() throws {
        let folder = try TemporaryFolder()
        try folder.write(
            """
            correlate: { rules: [rules.yml, missing.d] }
            enrich: { tables: { owner: { file: owners.csv, key: k8s.ns.name, columns: [team] } } }
            """, to: "creance.yaml")
        let rule = "title: A\nlogsource: { product: falco }\ndetection: { s: { rule: a }, condition: z }\n"
        try folder.write(rule, to: "rules.yml")
        let said = try CreanceProcess.run("check", "-c", "creance.yaml", "--offline", in: folder)
        #expect(said.exitCode == 2 && said.output.isEmpty)
        #expect(said.errors.contains("missing.d: error: there is no such file or folder"), "\(said.errors)")
        #expect(said.errors.contains("rules.yml:3:"))
        #expect(said.errors.contains("owners.csv: error: "))
        #expect(said.errors.hasSuffix("creance.yaml is wrong (3 errors)\n"))
        let json = try CreanceProcess.run("check", "-c", "creance.yaml", "--offline", "--json", in: folder)
        let object = try #require(try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
        let problems = try #require(object["problems"] as? [[String: Any]])
        #expect(problems.compactMap { $0["key"] as? String } == ["correlate.rules", "correlate.rules", "enrich"])
        #expect(object["good"] as? Bool == false && json.exitCode == 2)
    }

    @Test func `a good configuration says how many rules and rows it has`() throws {
        let folder = try TemporaryFolder()
        try folder.write(
            """
            correlate: { rules: [rules.yml] }
            enrich: { tables: { owner: { file: owners.csv, key: k8s.ns.name, columns: [team] } } }
            """, to: "creance.yaml")
        let rule = "title: A\nlogsource: { product: falco }\ndetection: { s: { rule: a }, condition: s }\n"
        try folder.write(rule, to: "rules.yml")
        try folder.write("k8s.ns.name,team\nshop,retail\n", to: "owners.csv")
        let said = try CreanceProcess.run("check", "-c", "creance.yaml", "--offline", in: folder)
        #expect(said.exitCode == 0, "\(said.errors)")
        let lines = said.output.split(separator: "\n")
        #expect(lines.count == 3 && lines[1] == "rules: 1 detection" && lines.last?.hasPrefix("table owner: 1") == true)
    }

    @Test func `a file that is not there is exit 2 and named`() throws {
        let said = try CreanceProcess.run("check", "-c", "nothing.yaml")
        #expect(said.exitCode == 2)
        #expect(
            said.errors.contains("nothing.yaml:1:1: error: cannot be read: ") && said.errors.contains("No such file"))
    }

    @Test func `colours only where they are wanted`() throws {
        let folder = try TemporaryFolder()
        try folder.write(Self.wrong, to: "creance.yaml")
        let said = try CreanceProcess.run("check", "-c", "creance.yaml", in: folder, environment: ["TERM": "xterm"])
        #expect(!said.errors.contains("\u{1b}"))
    }
}
