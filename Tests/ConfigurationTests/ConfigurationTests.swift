// SPDX-License-Identifier: Apache-2.0
import AlertEngine
import AlertSinks
import AlertSources
import ConfigTree
import Foundation
import Pipeline
import Testing

@Suite struct ConfigurationTests {
    private func check(_ yaml: String) -> ConfigOutcome<Configuration> {
        Configuration.check(Array(yaml.utf8), file: "t.yaml")
    }

    @Test func `every key there is so far is read`() throws {
        let file = Golden.folder.appendingPathComponent("Part1.yaml")
        let outcome = Configuration.check(try Array(Data(contentsOf: file)), file: "/etc/creance/creance.yaml")
        #expect(outcome.problems == [])
        let config = try #require(outcome.value)

        let sources = try #require(config.sources)
        #expect(sources.map(\.name) == ["node", "far", "nodes", "partner", "log", "pipe"])
        #expect(sources[0].settings == .falcoGrpc(FalcoGrpcSourceSettings()))
        let tls = TLSFiles(
            ca: "/etc/creance/ca.crt", certificate: "/etc/creance/client.crt", key: "/etc/creance/client.key")
        #expect(sources[1].settings == .falcoGrpc(FalcoGrpcSourceSettings(address: "falco.example:5060", tls: tls)))
        #expect(sources[2].settings == .falcoHTTP(FalcoHTTPSourceSettings(path: "/")))
        #expect(sources[3].settings == .falcoHTTP(FalcoHTTPSourceSettings(secret: .file(path: "/run/secrets/ingest"))))
        #expect(sources[4].settings == .file(FileSourceSettings(path: "/var/log/falco/alerts.json", follow: true)))
        #expect(sources[5].settings == .stdin(StdinSourceSettings()))

        #expect(config.journal.path == "/var/lib/creance/journal.db")
        #expect(config.journal.durability == .os)
        #expect(config.journal.retainAge == .seconds(604_800))
        #expect(config.journal.retainBytes == 4 << 30)
        #expect(config.time == TimeSettings())

        let batch = BatchLimits(count: 500, bytes: 1 << 20, wait: .seconds(1))
        let archive = FileSinkSettings(path: "/var/log/creance/alerts.json", format: .creance, batch: batch)
        #expect(
            config.sinks == [
                ConfiguredSink(name: "archive", settings: .file(archive)),
                ConfiguredSink(name: "console", settings: .stdout(StdoutSinkSettings(format: .text))),
            ])

        #expect(config.server.listen == [.tcp(host: "127.0.0.1", port: 2801)])
        #expect(config.server.control == "/run/creance/control.sock")
        #expect(config.server.drain == .seconds(10))
        #expect(config.server.tls?.clientCA == "/etc/creance/ca.crt")
        #expect(config.server.serveFalcoGrpc == .unix(path: "/run/creance/falco.sock"))
        #expect(config.log.level == .info)
        #expect(config.log.format == .text)
    }

    @Test func `an empty file is the standard configuration`() throws {
        let outcome = check("")
        #expect(outcome.problems == [])
        let config = try #require(outcome.value)
        #expect(config == .standard)
        #expect(config.sources == nil)
        #expect(config.sinks == nil)
        #expect(config.server.listen == [.tcp(host: "127.0.0.1", port: 2801)])
        #expect(config.journal.settings(chosenPath: "/j").path == "/j")
        #expect(config.journal.settings(chosenPath: "/j").retainBytes == 4 << 30)
    }

    @Test(arguments: ["/a.json", "/a.jsonl", "/a"]) func `a file of lines is followed unless told not to`(
        _ path: String
    ) throws {
        let config = try #require(check("sources: { a: { type: file, path: \(path) } }").value)
        #expect(config.sources?.first?.settings == .file(FileSourceSettings(path: path, follow: true)))
    }

    @Test(arguments: ["/a.pb", "/a.json.gz", "/a.pb.zst"]) func `a file that cannot grow is not followed`(
        _ path: String
    ) throws {
        let config = try #require(check("sources: { a: { type: file, path: \(path) } }").value)
        #expect(config.sources?.first?.settings == .file(FileSourceSettings(path: path, follow: false)))
    }

    @Test(arguments: [
        "sinks: { a: { type: mcp } }"
    ])
    func `what later versions have is refused as such`(_ yaml: String) {
        let problems = check(yaml).problems
        #expect(problems.count == 1)
        #expect(problems.allSatisfy { $0.severity == .error && $0.what.hasSuffix("not available in this version") })
    }
}

@Suite struct `Damaged configurations` {
    /// The whole file with bytes changed, cut, doubled; a fixed walk, so that a failure can be seen again.
    @Test(arguments: 0 ..< 16) func `are answered with a value or an error`(_ seed: UInt64) throws {
        var state = seed &* 0x9e37_79b9_7f4a_7c15 | 1
        func random(_ bound: Int) -> Int {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return Int(state % UInt64(bound))
        }
        let whole = try Array(Data(contentsOf: Golden.folder.appendingPathComponent("Part1.yaml")))
        for _ in 0 ..< 200 {
            var bytes = whole
            for _ in 0 ... random(3) {
                let place = random(bytes.count)
                switch random(4) {
                case 0: bytes[place] = UInt8(random(256))
                case 1: bytes[place] = Array(":-[]{}&*!|>'\"#\n ,?".utf8)[random(18)]
                case 2: bytes.removeSubrange(place ..< min(bytes.count, place + random(40)))
                default: bytes.insert(contentsOf: Array(bytes[place...].prefix(random(60))), at: place)
                }
            }
            let outcome = Configuration.check(bytes, file: "t")
            #expect((outcome.value == nil) == outcome.hasErrors)
        }
    }
}

@Suite struct `What is left to the machine` {
    private func at(root: Bool = false, _ environment: [String: String] = [:], socket: Bool = false) -> Surroundings {
        Surroundings(isRoot: root, environment: environment, hasFalcoSocket: socket)
    }

    @Test func `the journal lies in the state directory`() {
        #expect(at(root: true, ["HOME": "/root"]).journalPath == "/var/lib/creance/journal.db")
        #expect(at(root: true, ["STATE_DIRECTORY": "/s:/t"]).journalPath == "/s/journal.db")
        #expect(at(["STATE_DIRECTORY": "/s"]).journalPath == "/s/journal.db")
        #expect(at(["XDG_STATE_HOME": "/x", "HOME": "/h"]).journalPath == "/x/creance/journal.db")
        #expect(at(["XDG_STATE_HOME": "relative", "HOME": "/h"]).journalPath == "/h/.local/state/creance/journal.db")
        #expect(at(["HOME": "/h"]).journalPath == "/h/.local/state/creance/journal.db")
    }

    @Test func `the control socket lies in the run-time directory`() {
        #expect(at(root: true).controlPath == "/run/creance/control.sock")
        #expect(at(["RUNTIME_DIRECTORY": "/r"]).controlPath == "/r/control.sock")
        #expect(at(["XDG_RUNTIME_DIR": "/run/user/1"]).controlPath == "/run/user/1/creance/control.sock")
        #expect(at(["HOME": "/h"]).controlPath == "/h/.local/state/creance/control.sock")
    }

    @Test func `Falco's socket is subscribed to when it is there`() {
        #expect(at(socket: true).sources.map(\.settings.typeName) == ["falco_grpc", "falco_http"])
        #expect(at(socket: false).sources.map(\.settings.typeName) == ["falco_http"])
        #expect(at().sinks.map(\.settings.typeName) == ["stdout"])
    }
}

@Suite struct `Configuration file` {
    @Test func `a file that is not there is a problem with its name`() {
        let outcome = ConfigurationFile.check("/nonexistent/creance.yaml")
        #expect(outcome.value == nil)
        #expect(outcome.problems.count == 1)
        #expect(
            outcome.problems.first?.description.hasPrefix("/nonexistent/creance.yaml:1:1: error: cannot be read: ")
                == true)
    }

    @Test func `a folder is a problem, too`() { #expect(ConfigurationFile.check("/").hasErrors) }

    @Test func `a device without end is read only up to the limit`() {
        #expect(ConfigurationFile.check("/dev/zero").problems.map(\.allowed) == ["up to \(ConfigLimit.bytes) bytes"])
    }

    @Test func `a given file comes first`() { #expect(ConfigurationFile.find(given: "/a.yaml") == "/a.yaml") }

    @Test func `no file is the standard configuration`() { #expect(ConfigurationFile.check(nil).value == .standard) }
}
