// SPDX-License-Identifier: Apache-2.0
import AlertModel
import AlertSources
import Foundation
import Inspection
import Server
import Testing

@Suite struct EndpointTests {
    @Test func `ping, health and metrics answer`() async throws {
        try await Fixture.run { fixture in
            #expect(try await fixture.get("/ping")?.body == "pong\n")
            let health = try await fixture.get("/healthz")
            #expect(health?.status == 200)
            #expect(
                health?.body == #"{"status":"ok","components":[{"name":"engine","ok":true,"state":"running"}]}"# + "\n")
            _ = try await fixture.post(bytes(alert("a")))
            let metrics = try await fixture.get("/metrics")
            #expect(metrics?.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
            let text = try #require(metrics?.body)
            #expect(text.contains("\ncreance_watermark_seconds 7\n"))
            #expect(text.contains("\ncreance_http_requests_total{endpoint=\"ingest\",code=\"200\"} 1\n"))
            #expect(text.contains("\ncreance_http_ingest_seconds_count 1\n"))
        }
    }

    @Test func `not ready is 503 with the component that is not`() async throws {
        try await Fixture.run(ready: false) { fixture in
            let answer = try await fixture.get("/readyz")
            #expect(answer?.status == 503)
            #expect(answer?.headers["content-type"] == "application/json")
            #expect(answer?.body.contains(#"{"name":"journal","ok":false,"state":"recovering"}"#) == true)
            expect(try await fixture.get("/healthz"), 200)
        }
    }

    @Test func `with a secret only the path that has it takes alerts, and nothing tells it`() async throws {
        try await Fixture.run(secret: "s3cret-Token") { fixture in
            for path in ["/", "/s3cret-Toke", "/s3cret-Token1", "/S3cret-token", "/test"] {
                expect(try await fixture.post(bytes(alert("no")), path: path), 404)
            }
            expect(try await fixture.post(bytes(alert("yes")), path: "/s3cret-Token"), 200)
            expect(try await fixture.post([], path: "/s3cret-Token/test"), 200)
            #expect(fixture.journal.contents.rules == ["yes", TestAlert.rule])
            #expect(try await fixture.get("/metrics")?.body.contains("s3cret") == false)
        }
    }

    @Test func `several sources take alerts at their own paths, on IPv6 and a unix socket too`() async throws {
        let journal = FakeJournal()
        let (one, two) = (Fixture.ingest(journal, name: "one"), Fixture.ingest(journal, name: "two"))
        journal.start()
        defer { journal.end() }
        one.open()
        two.open()
        let socket = FileManager.default.temporaryDirectory.path + "/creance-\(UUID().uuidString).sock"
        let server = try HTTPServer(
            settings: ServerSettings(listeners: [
                ListenerSettings(.tcp(host: "127.0.0.1", port: 0)), ListenerSettings(.tcp(host: "::1", port: 0)),
                ListenerSettings(.unix(path: socket)),
            ]),
            mounts: [IngestMount(path: "/", ingest: one), IngestMount(path: "/team/two", ingest: two)],
            surfaces: Fixture.surfaces(), logger: quietLogger)
        let addresses = try await server.start()
        #expect(addresses[1].description.hasPrefix("[::1]:"))
        guard case .tcp(_, let port) = addresses[0] else { return }
        let statuses = try await onThread {
            let tcp = try RawConnection(port: port)
            try tcp.send(Fixture.request(bytes(alert("a"))))
            let unix = try RawConnection(unixPath: socket)
            try unix.send(Fixture.request(bytes(alert("b")), path: "/team/two"))
            return [try tcp.response()?.status, try unix.response()?.status]
        }
        #expect(statuses == [200, 200])
        #expect(one.intake.counters.journaled.value == 1)
        #expect(two.intake.counters.journaled.value == 1)
        await server.stop(within: .seconds(5))
    }

    @Test func `an address in use is named, and nothing stays open`() async throws {
        try await Fixture.run { fixture in
            let taken = ListenAddress.tcp(host: "127.0.0.1", port: fixture.port)
            let server = try HTTPServer(
                settings: ServerSettings(listeners: [
                    ListenerSettings(.tcp(host: "127.0.0.1", port: 0)), ListenerSettings(taken),
                ]),
                mounts: [], surfaces: Fixture.surfaces(), logger: quietLogger)
            do {
                _ = try await server.start()
                Issue.record("two servers on one port")
            } catch {
                #expect("\(error)" == "cannot listen on \(taken): Address already in use")
            }
        }
    }

    @Test func `paths that collide or that a request cannot carry are refused`() {
        let ingest = Fixture.ingest(FakeJournal())
        func build(_ mounts: [IngestMount]) throws {
            _ = try HTTPServer(
                settings: ServerSettings(listeners: []), mounts: mounts, surfaces: Fixture.surfaces(),
                logger: quietLogger)
        }
        let mount = { IngestMount(path: $0, ingest: ingest) }
        #expect(throws: ServerProblem.pathTaken("/metrics")) { try build([mount("/metrics")]) }
        #expect(throws: ServerProblem.pathTaken("/a")) { try build([mount("/a"), mount("/a/")]) }
        #expect(throws: ServerProblem.pathTaken("/test")) { try build([mount("/"), mount("/test")]) }
        #expect(throws: ServerProblem.badPath) { try build([mount("no-slash")]) }
        #expect(throws: ServerProblem.badPath) { try build([IngestMount(path: "/", secret: "a b", ingest: ingest)]) }
        #expect(throws: Never.self) { try build([mount("/"), mount("/a")]) }
    }
}
