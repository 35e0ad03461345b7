// SPDX-License-Identifier: Apache-2.0
import Foundation
import Pipeline
import Testing

@testable import creance

@Suite struct ConfigTests {
    @Test func `the reference is a good configuration that changes nothing`() throws {
        let folder = try TemporaryFolder()
        let reference = try CreanceProcess.run("config", "reference", in: folder)
        #expect(reference.exitCode == 0)
        try folder.write(reference.output, to: "creance.yaml")
        #expect(try CreanceProcess.run("check", "--offline", "-c", "creance.yaml", in: folder).exitCode == 0)
        #expect(Configuration.check([UInt8](reference.output.utf8), file: "").value == Configuration.standard)
    }

    @Test func `the reference as Markdown is the page of the documentation`() throws {
        #expect(try CreanceProcess.run("config", "reference", "--format", "markdown").output == Configuration.page)
    }

    /// Every key with a value that is not its default.
    private static let everything = """
        sources:
          node: { type: falco_grpc, address: "unix:///run/other.sock", poll: { busy: 3ms, idle: 70ms }, receive_limit: 1MiB, in_flight: 2MiB }
          far:
            type: falco_grpc
            address: "falco.example:5060"
            tls: { ca: /etc/ca.crt, certificate: /etc/c.crt, key: "/etc/with space.key" }
            server_name: other.example
          hook: { type: falco_http, path: /falco, receive_limit: 2MiB, alert_limit: 1MiB }
          quiet: { type: falco_http, secret: "${file:/run/secrets/ingest}" }
          log: { type: file, path: /var/log/falco.json, follow: true, from: end, receive_limit: 1MiB }
          old: { type: file, path: /var/log/old.pb.zst }
          pipe: { type: stdin, receive_limit: 1MiB }
        journal: { path: /tmp/j.db, durability: disk, retain: { age: 36h, size: 1GiB }, dead_letters: { size: 2MiB } }
        time: { allowed_lateness: 1500ms, future_skew: 7s, idle_timeout: 11s }
        silence: [{ when: "hostname startswith 'build-'", until: 2027-01-01T00:00:00Z, reason: "compiles, by design" }]
        enrich:
          backfill: false
          backfill_memory: 1MiB
          attack: false
          geoip: { databases: [/etc/city.mmdb], fields: [fd.sip], max_age: 2d }
          indicators: [{ name: feed, file: /etc/feed.csv, fields: [proc.exepath] }]
          tables: { owner: { file: /etc/owners.csv, key: k8s.ns.name, match: prefix, columns: [team, tier] } }
          file_limit: 3MiB
        deduplicate:
          enabled: false
          quiet: 2m
          max_open: 30m
          variants: 3
          memory: 2MiB
          fields: [rule, container.id, proc.name]
          rules: [{ when: 'rule = "It says {so}, here"', fields: default }]
        correlate: { rules: [builtin, /etc/creance/rules.d], memory: 2MiB }
        inhibit: [{ when: "kind = incident", hold: "priority <= warning", equal: [hostname], for: 1m }]
        storm: { per_rule: { burst: 1, rate: 2/m }, per_scope: { burst: 3, rate: 4/s }, overall: { burst: 5, rate: 6/h }, quiet: 2m }
        route: [{ when: "priority >= error", to: [console], continue: true }, { to: [archive] }]
        sinks:
          archive: { type: file, path: /tmp/out.json, format: creance, fsync: batch, batch: { count: 5, size: 2MiB, wait: 20ms } }
          console: { type: stdout, format: text }
        server:
          listen: ["127.0.0.1:2802", "[::1]:2803", "unix:///tmp/http.sock"]
          control: /tmp/control.sock
          drain: 3s
          tls: { certificate: /etc/s.crt, key: /etc/s.key, client_ca: /etc/cca.crt }
          serve_falco_grpc: unix:///tmp/falco.sock
          tokens: [{ name: soc, hash: "sha256:\(String(repeating: "0f", count: 32))", scopes: [alerts:read, alerts:raw] }]
          hosts: [creance.example]
          origins: ["https://console.example"]
        mcp: { http: true, socket: /tmp/mcp.sock, allow_writes: true, allow_raw: true, connections: 7 }
        falco: { executable: /usr/bin/falco, rules: [/etc/falco], time_limit: 5s, output_limit: 2MiB, monitoring_limit: 3m }
        log: { level: debug, format: json }
        """

    @Test func `the configuration in force reads back as itself`() throws {
        let bytes = [UInt8](Self.everything.utf8)
        let given = Configuration.check(bytes, file: "")
        let configuration = try #require(given.value, "\(given.problems)")
        let surroundings = Surroundings(isRoot: false, environment: [:], hasFalcoSocket: false)
        let text = EffectiveConfiguration(configuration, in: surroundings, folder: "").yaml()
        let again = Configuration.check([UInt8](text.utf8), file: "")
        #expect(again.value == configuration, "\(again.problems) \(text)")
    }

    @Test func `what a file leaves open is shown as this machine decides it`() throws {
        let folder = try TemporaryFolder()
        try folder.write("journal: { path: state/j.db }", to: "creance.yaml")
        let said = try CreanceProcess.run("config", "show", "-c", "creance.yaml", in: folder)
        #expect(said.exitCode == 0)
        let configuration = try #require(Configuration.check([UInt8](said.output.utf8), file: "").value)
        #expect(configuration.journal.path == folder.url.resolvingSymlinksInPath().path + "/state/j.db")
        #expect(configuration.sources?.isEmpty == false && configuration.sinks?.count == 1)
        #expect(configuration.server.control != nil)
    }

    @Test func `secrets are shown as references`() throws {
        let folder = try TemporaryFolder()
        try folder.write("geheim", to: "secret")
        try folder.write("sources: { h: { type: falco_http, secret: \"${file:secret}\" } }", to: "creance.yaml")
        let said = try CreanceProcess.run("config", "show", "-c", "creance.yaml", in: folder)
        #expect(said.output.contains("${file:/") && !said.output.contains("geheim"))
    }
}
