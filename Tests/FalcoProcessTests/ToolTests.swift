// SPDX-License-Identifier: Apache-2.0
import FalcoProcess
import Foundation
import MCPProtocol
import MCPServing
@testable import ModelContext
import Synchronization
import Testing

/// The falco_* tools with the stand-in executable and without any.
struct ToolTests {
    private static let field = """
        - rule: Bad Field
          desc: unknown field in the condition
          condition: evt.type = open and proc.nosuchfield = 1
          output: "x %proc.name"
          priority: INFO

        """

    // MARK: With and without

    @Test(arguments: [true, false]) func `a bad rule is told with code, line, column and snippet`(_ runs: Bool)
        async throws
    {
        let world = try World(runs: runs)
        let result = try await world.call("falco_validate_rules", ["rules": .string(Self.field)])
        #expect(result["engine"] == .string(runs ? "falco 0.43.1" : "creance"))
        #expect(result["valid"] == false && result["error_count"] == 1)
        let file = result["files"]?.array?.first
        #expect(file?["name"] == "rules.yaml")
        let error = file?["errors"]?.array?.first
        #expect(error?["code"] == "LOAD_ERR_COMPILE_CONDITION")
        #expect(error?["message"] == "filter_check called with nonexistent field proc.nosuchfield")
        #expect(error?["line"] == 3 && error?["column"] == 14)
        #expect(error?["item"] == "rule 'Bad Field'")
        #expect(error?["snippet"]?.array?.count == 2)
    }

    @Test(arguments: [true, false]) func `a good rule is valid, by text and by name`(_ runs: Bool) async throws {
        let world = try World(runs: runs)
        let good = try #require(try? String(contentsOfFile: World.sample("good.yaml"), encoding: .utf8))
        for arguments: JSONObject in [["rules": .string(good)], ["rules_path": "good.yaml"]] {
            let result = try await world.call("falco_validate_rules", arguments)
            #expect(result["valid"] == true && result["error_count"] == 0)
        }
        let text = try await world.call("falco_validate_rules", ["rules_path": "good.yaml", "output_format": "text"])
        #expect(text["text"]?.string?.trimmed == "good.yaml: Ok")
    }

    @Test(arguments: [true, false]) func `rules are listed, narrowed and paged`(_ runs: Bool) async throws {
        let world = try World(runs: runs)
        let all = try await world.call("falco_list_rules", [:])
        let rows = try #require(all["rules"]?.array)
        #expect(rows.count >= 2 && all["total"] == .integer(Int64(rows.count)))
        let one = try await world.call("falco_list_rules", ["limit": 1])
        #expect(one["rules"]?.array?.count == 1 && one["next_offset"] == 1)
        let rest = try await world.call("falco_list_rules", ["limit": 200, "offset": 1])
        #expect(rest["rules"]?.array == Array(rows.dropFirst()))
        let name = try #require(rows.last?["name"]?.string)
        let found = try await world.call("falco_list_rules", ["contains": .string(name.uppercased())])
        #expect(found["rules"]?.array?.contains { $0["name"] == .string(name) } == true)
        let none = try await world.call("falco_list_rules", ["source": "nosuch"])
        #expect(none["total"] == 0)
    }

    @Test(arguments: [true, false]) func `a rule is described, and one that is not there is said`(_ runs: Bool)
        async throws
    {
        let world = try World(runs: runs)
        let rows = try await world.call("falco_list_rules", [:])["rules"]?.array
        let name = try #require(rows?.first?["name"])
        let rule = try await world.call("falco_describe_rule", ["rule_name": name])["rule"]
        #expect(rule?["name"] == name)
        #expect(rule?["condition"]?.string?.isEmpty == false && rule?["condition_expanded"]?.string?.isEmpty == false)
        #expect((rule?["event_count"]?.wholeNumber ?? 0) > 0)
        let problem = await world.problem("falco_describe_rule", ["rule_name": "Nope"])
        // A file that does not load may be where it is.
        #expect(problem?.hasPrefix(runs ? "There is no rule of that name" : "No such rule was loaded") == true)
    }

    @Test(arguments: [true, false]) func `fields are listed with their types`(_ runs: Bool) async throws {
        let world = try World(runs: runs)
        let result = try await world.call("falco_list_fields", ["contains": "proc.aname"])
        #expect(result["fields"]?.array == [["name": "proc.aname", "type": "CHARBUF", "class": "process"]])
        let all = try await world.call("falco_list_fields", ["limit": 2])
        #expect(all["next_offset"] == 2 && (all["total"]?.wholeNumber ?? 0) > 200)
        #expect(await world.problem("falco_list_fields", ["source": "nosuch"]) != nil)
        #expect(await world.problem("falco_list_fields", ["source": "--support"]) != nil)
    }

    @Test(arguments: [true, false]) func `the version says which engine it is`(_ runs: Bool) async throws {
        let result = try await World(runs: runs).call("falco_get_version", [:])
        #expect(result["versions"]?["engine_version_semver"] == "0.58.0")
        #expect(result["versions"]?["falco_version"] == (runs ? "0.43.1" : nil))
    }

    @Test(arguments: [true, false]) func `a dry run says whether it would start, and what was looked at`(_ runs: Bool)
        async throws
    {
        let world = try World(runs: runs)
        let good = try await world.call("falco_dry_run", ["rules_path": "good.yaml"])
        #expect(good["ok"] == true)
        #expect(good["checked"]?.array?.contains("plugins") == runs)
        let bad = try await world.call("falco_dry_run", ["rules": .string(Self.field)])
        #expect(bad["ok"] == false)
        #expect(bad["reason"]?.string?.contains("LOAD_ERR_COMPILE_CONDITION") == true)
    }

    // MARK: What is passed on

    @Test func `Falco gets an array of arguments, and rules passed as text as a private file that goes again`()
        async throws
    {
        let world = try World(runs: true)
        _ = try await world.call("falco_validate_rules", ["rules": .string(Self.field), "config": "priority: debug\n"])
        #expect(
            try world.falco?.noted("arguments")
                == ["-c", "falco.yaml", "-o", "json_output=true", "-V", "rules.yaml"])
        let folder = try #require(try world.falco?.noted("folder").first)
        #expect(!FileManager.default.fileExists(atPath: folder))
        _ = try await world.call("falco_list_rules", ["rules_path": "good.yaml", "with_configured_rules": true])
        let arguments = try #require(try world.falco?.noted("arguments"))
        #expect(arguments.filter { $0 == "-r" }.count == 4 && arguments.last == "-L")
    }

    @Test(arguments: [
        "program_output: { enabled: true, program: 'touch /tmp/x' }",
        "file_output: { enabled: true, filename: /etc/x }",
        "plugins: [{ name: x, library_path: /tmp/x.so }]", "load_plugins: [x]", "rules_files: [/etc/shadow]",
        "rules_file: /etc/shadow", "config_files: [/etc/x]", "http_output: { enabled: true, url: 'http://x' }",
        "engine: { kind: replay, replay: { capture_file: /etc/x } }", "engine: { kind: replay }", "engine: modern_ebpf",
        "stdout_output: { enabled: true, path: /x }", "metrics: { output_file: /etc/x }",
        "webserver: { enabled: true }",
        "capture: { enabled: true, path_prefix: /etc/x }", "grpc: { enabled: true }", "priority: debug\npriority: info",
        "<<: { plugins: [] }", "[1, 2]", "a: [", "!!python/x: y", "? [a, b]\n: c", "plugins_hostinfo: true",
    ])
    func `a configuration written by a model can do nothing but change judgement and words`(_ yaml: String) async throws
    {
        let world = try World(runs: true)
        let problem = await world.problem("falco_dry_run", ["rules_path": "good.yaml", "config": .string(yaml)])
        #expect(problem != nil)
        #expect(throws: (any Error).self) { try world.falco?.noted("arguments") }
    }

    @Test func `what is taken of a configuration is written anew`() throws {
        let yaml =
            "priority: debug\nappend_output: [{match: {source: syscall}, extra_output: \"a\\\"b\"}]\nengine: {kind: nodriver}"
        let written = String(decoding: try FalcoConfigText.written(anew: Array(yaml.utf8)), as: UTF8.self)
        #expect(
            written == """
                {"priority": "debug", "append_output": [{"match": {"source": "syscall"}, "extra_output": "a\\"b"}], \
                "engine": {"kind": "nodriver"}, "stdout_output": {"enabled": true}}

                """)
    }

    @Test(
        arguments: [true, false],
        ["/etc/passwd", "../x.yaml", "/etc/falco/falco_rules.yaml", "rules.d/../../x.yaml", "secret.yaml"])
    func `a path of the host is never read, and the answer says what can be named`(_ runs: Bool, _ name: String)
        async throws
    {
        let world = try World(runs: runs)
        for (tool, key) in [
            ("falco_validate_rules", "rules_path"), ("falco_list_rules", "rules_path"),
            ("falco_dry_run", "config_path"),
            ("falco_list_rules", "config_path"),
        ] {
            let problem = await world.problem(tool, [key: .string(name)])
            #expect(problem?.contains("There are: bad.yaml, good.yaml, more.yaml.") == true)
        }
    }

    // MARK: A Falco that misbehaves

    @Test(arguments: [
        ("falco-slow", "did not end"), ("falco-endless", "wrote more"), ("falco-crash", "signal 11"),
        ("falco-garbage", "nothing that can be understood"), ("falco-silent", "nothing that can be understood"),
        ("falco-gone", "cannot be started"),
    ])
    func `whatever the executable does, the call ends with a sentence about it`(_ name: String, _ words: String)
        async throws
    {
        let world = try World(runs: true, as: name)
        let problem = await world.problem("falco_list_rules", ["rules": .string(Self.field)])
        #expect(problem?.contains(words) == true, "\(problem ?? "none")")
        #expect(problem?.contains(world.place.path) == false)
    }

    @Test func `a Falco that judges nothing is asked why`() async throws {
        let world = try World(runs: true, as: "falco-badconfig")
        let result = try await world.call("falco_validate_rules", ["rules": .string(Self.field)])
        #expect(result["valid"] == false)
        #expect(result["reason"]?.string?.hasPrefix("You must create a config file") == true)
    }

    // MARK: Hostile text

    @Test func `control characters of rules come out visible, and results stay small`() async throws {
        let world = try World(runs: false)
        let rule = """
            - rule: "Evil \\e[31m \\u202e name"
              desc: "tell \\x07 \\u200b"
              condition: evt.type = open
              output: x
              priority: INFO

            """
        let result = try await world.call("falco_list_rules", ["rules": .string(rule)])
        #expect(result["rules"]?.array?.first?["name"] == "Evil \\u{1b}[31m \\u{202e} name")
        let many = (0 ..< 2_000).map {
            "- rule: Rule \($0)\n  desc: \(String(repeating: "long ", count: 100))\n  condition: evt.type = open\n  output: x\n  priority: INFO\n"
        }
        let broken = (0 ..< 500).map {
            "- rule: R\($0)\n  desc: d\n  condition: evt.type = open and proc.\(String(repeating: "x", count: 200)) = 1\n  output: x\n  priority: INFO\n"
        }
        for (tool, text, format) in [
            ("falco_list_rules", many.prefix(400).joined(), "json"),
            ("falco_list_rules", many.prefix(400).joined(), "text"),
            ("falco_validate_rules", broken.joined(), "json"), ("falco_validate_rules", broken.joined(), "text"),
        ] {
            let result = try await world.call(
                tool, ["rules": .string(text), "limit": 200, "output_format": .string(format)])
            #expect(JSONValue.object(result).encodedText.unicodeScalars.count < 22_000)
        }
    }

    @Test func `every tool is declared in ASCII and keeps to its schema`() throws {
        let tools = try World(runs: false).tools.tools
        #expect(
            tools.map(\.declaration.name) == [
                "falco_start_monitoring", "falco_dry_run", "falco_validate_rules", "falco_list_rules",
                "falco_describe_rule", "falco_list_fields", "falco_get_version",
            ])
        for tool in tools {
            #expect(tool.declaration.description.utf8.allSatisfy { (0x20 ..< 0x7f).contains($0) })
            #expect(tool.declaration.result != nil)
        }
    }
}
