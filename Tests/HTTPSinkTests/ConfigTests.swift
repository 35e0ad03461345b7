// SPDX-License-Identifier: Apache-2.0
import AlertFormats
import ConfigTree
import Testing

@testable import AlertSinks

@Suite struct ConfigTests {
    private static func read(_ yaml: String) -> (settings: HTTPSinkSettings?, problems: [String]) {
        let read = ConfigDocument(Array(yaml.utf8), file: "c.yaml").check { HTTPSinkSettings(&$0) }
        return (read.value, read.problems.map(\.description))
    }

    @Test func `a URL alone is a webhook in Falco's form`() throws {
        let (settings, problems) = Self.read("url: http://falcosidekick:2801\n")
        #expect(problems.isEmpty)
        #expect(settings == HTTPSinkSettings(url: .plain("http://falcosidekick:2801"), format: .falco))
        #expect(settings?.options.body == .single && settings?.isPacked == false)
    }

    @Test func `everything can be said`() throws {
        let (settings, problems) = Self.read(
            """
            preset: splunk_hec
            url: ${env:URL}
            format: cef
            token: ${file:/run/token}
            headers: { X-Scope-OrgID: one, X-Api-Key: "${env:KEY}" }
            gzip: false
            timeout: { connect: 1s, answer: 2s }
            tls: { ca: /ca.crt, certificate: /c.crt, key: /c.key }
            proxy: http://proxy:3128
            index: security
            acknowledge: true
            acknowledge_within: 10s
            batch: { count: 10, size: 64KiB, wait: 2s }
            retry: { first: 2s, longest: 1m, give_up: 1h }
            backlog: { size: 1MiB, age: 1d }

            """)
        #expect(problems.isEmpty)
        #expect(settings?.url == .secret(.environment(name: "URL")) && settings?.format == .cef)
        #expect(settings?.token == .file(path: "/run/token") && settings?.isPacked == false)
        #expect(settings?.headers.map(\.name) == ["X-Scope-OrgID", "X-Api-Key"])
        #expect(settings?.connection.connect == .seconds(1) && settings?.connection.answer == .seconds(2))
        #expect(settings?.connection.proxy?.port == 3_128 && settings?.connection.tls.key == "/c.key")
        #expect(settings?.options.acknowledge == true && settings?.options.index == "security")
        #expect(settings?.delivery.batch.count == 10 && settings?.delivery.retry.giveUp == .seconds(3_600))
    }

    @Test(arguments: [
        ("", "url: is required"),
        ("url: ftp://x", "does not begin with http"),
        ("url: http://user:hunter2@host/", "holds credentials"),
        ("url: http://h\ntoken: hunter2", "by reference"),
        ("url: http://h\nheaders: { Authorization: Bearer hunter2 }", "by reference"),
        ("url: http://h\nheaders: { X-Api-Key: hunter2 }", "by reference"),
        ("url: http://h\nheaders: { \"X Y\": a }", "none of a header"),
        ("url: http://h\nheaders: { Host: a }", "the sink's own"),
        ("url: http://h\nheaders: { X-A: \"a\\nX-B: c\" }", "may not hold"),
        ("url: http://h\nheaders: [a]", "is a list"),
        ("url: http://h\nheaders: { Authorization: \"${env:A}\" }\ntoken: ${env:B}", "that of token"),
        ("url: http://h\npreset: slack\nformat: ecs", "has no meaning with preset slack"),
        ("url: http://h\npreset: elasticsearch\nformat: cef", "does not take cef"),
        ("url: http://h\npreset: pagerduty", "needs token"),
        ("url: http://h\nusername: u", "needs password"),
        ("url: http://h\nusername: u\npassword: ${env:P}\ntoken: ${env:T}", "no meaning beside"),
        ("url: http://h\nbody: array\nformat: leef", "an array holds JSON"),
        ("url: http://h\nindex: a", "has no meaning with preset webhook"),
        ("url: http://h\ntls: { certificate: a.crt }", "belong together"),
        ("url: http://h\nproxy: https://p/x", "is not a proxy's address"),
        ("url: http://h\npreset: elastic", "did you mean"),
        ("url: http://h\nuri: x", "unknown key"),
        ("url: http://h\ntemplate: x", "has no meaning with preset webhook"),
        ("url: http://h\npreset: slack\ntemplate: \"{rule\"", "has no }"),
    ])
    func `a mistake is said where it stands, without repeating a secret`(yaml: String, expected: String) {
        let (_, problems) = Self.read(yaml + "\n")
        #expect(problems.contains { $0.contains(expected) }, "\(problems)")
        #expect(!problems.contains { $0.contains("hunter2") }, "\(problems)")
    }

    @Test(arguments: HTTPPreset.allCases)
    func `every preset has a dialect for each of its formats`(preset: HTTPPreset) throws {
        for format in preset.formats.map(Optional.some) + [nil] {
            let rig = Rig(preset, format: format, token: "0123456789")
            _ = try? rig.feed(Made.alerts([try Made.alert(rule: Made.hostile, output: Made.hostile)]), Made.gap())
            #expect(!rig.exchange.asked.isEmpty)
            for asked in rig.exchange.asked where asked.headers["Content-Type"] == "application/json" {
                for text in asked.text.split(separator: "\n") {
                    #expect(throws: Never.self) { try parsed(text) }
                }
            }
        }
    }
}
