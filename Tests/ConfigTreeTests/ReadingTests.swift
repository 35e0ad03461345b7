// SPDX-License-Identifier: Apache-2.0
import ConfigTree
import Testing

@Suite struct `Reading` {
    @Test(arguments: [
        "", "\n", "# only a comment\n", "---\n", "~\n", "{}\n", "\u{FEFF}", "parts:\nhold:\n", "parts: {}\nhold: []\n",
    ])
    func `an empty file has all defaults`(_ yaml: String) throws {
        let outcome = SampleConfig.check(yaml)
        #expect(outcome.problems == [])
        let config = try #require(outcome.value)
        #expect(config.level == .os)
        #expect(config.limit == 64 << 20)
        #expect(config.isOn)
        #expect(config.rate == ConfigRate(10, per: .seconds(1)))
        #expect(config.until == nil)
        #expect(config.words == ["one"])
        #expect(config.parts == [])
        #expect(config.holds == [])
    }

    @Test func `values of every kind are read`() throws {
        let outcome = SampleConfig.check(
            """
            version: 1
            level: disk
            limit: 4GiB
            enabled: false
            rate: 500/m
            until: 2027-01-01T00:00:00Z
            words: [a, "b c", 3]
            parts:
              first: { type: dial, address: "unix:///run/a.sock", poll: { busy: 5ms, idle: 1.5s } }
              second:
                type: dial
                address: "[::1]:5060"
                tls: { ca: pki/ca.crt, key: /etc/key.pem }
              third: { type: mount, path: /in, secret: "${file:token}" }
              fourth:
                type: mount
                secret: ${env:TOKEN}
            hold:
              - when: first
              - { when: second }
            """, file: "/etc/creance/creance.yaml")
        #expect(outcome.problems == [])
        let config = try #require(outcome.value)
        #expect(config.level == .disk)
        #expect(config.limit == 4 << 30)
        #expect(!config.isOn)
        #expect(config.rate == ConfigRate(500, per: .seconds(60)))
        #expect(config.until == ConfigTime(nanoseconds: 1_798_761_600_000_000_000))
        #expect(config.words == ["a", "b c", "3"])
        #expect(config.holds == ["first", "second"])
        #expect(config.parts.map(\.name) == ["first", "second", "third", "fourth"])
        guard case .dial(.unix(path: "/run/a.sock"), let poll, nil) = config.parts[0].part else {
            Issue.record()
            return
        }
        #expect(poll.busy == .milliseconds(5))
        #expect(poll.idle == .milliseconds(1_500))
        guard case .dial(.tcp(host: "::1", port: 5060), _, let tls?) = config.parts[1].part else {
            Issue.record()
            return
        }
        #expect(tls.ca == "/etc/creance/pki/ca.crt")
        #expect(tls.key == "/etc/key.pem")
        #expect(config.parts[2].part == .mount("/in", .file(path: "/etc/creance/token")))
        #expect(config.parts[3].part == .mount("/", .environment(name: "TOKEN")))
    }

    @Test func `an alias stands for what its anchor holds`() throws {
        let config = try #require(
            SampleConfig.check(
                """
                parts:
                  first: { type: dial, address: "h:1", poll: &often { busy: 1ms, idle: 1ms } }
                  second: { type: dial, address: "h:2", poll: *often }
                """
            ).value)
        guard case .dial(_, let poll, _) = config.parts[1].part else {
            Issue.record()
            return
        }
        #expect(poll.idle == .milliseconds(1))
    }

    @Test func `a warning does not refuse the configuration`() {
        let outcome = SampleConfig.check("parts: { a: { type: mount }, b: { type: mount } }")
        #expect(
            outcome.problems.map(\.description) == [
                "test.yaml:1:35: warning: parts.b.type: is the same part as a"
            ])
        #expect(outcome.value != nil)
    }

    @Test func `problems come in the order of the file, all at once`() {
        let outcome = SampleConfig.check("rate: fast\nlevel: high\nwhat: 1\nenabled: yes\nrate: 1/s\n")
        #expect(outcome.problems.compactMap(\.place?.line) == [1, 2, 3, 4, 5])
        #expect(outcome.value == nil)
    }

    @Test func `a file of nothing but mistakes gives a bounded report`() {
        let yaml = (0 ..< 500).map { "unknown\($0): 1\n" }.joined()
        let outcome = SampleConfig.check(yaml)
        #expect(outcome.problems.count == ConfigLimit.problems + 1)
        #expect(outcome.problems.last?.what == "there are more problems than these")
        #expect(outcome.hasErrors)
    }
}
