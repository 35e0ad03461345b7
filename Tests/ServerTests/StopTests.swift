// SPDX-License-Identifier: Apache-2.0
import AlertModel
import AlertSources
import Server
import Testing

@Suite struct StopTests {
    @Test func `a request inside is finished, a connection without one is closed, a new one is refused`() async throws {
        try await Fixture.run(.hold) { fixture in
            let port = fixture.port
            let idle = try await onThread {
                let connection = try RawConnection(port: port)
                try connection.send("GET /ping HTTP/1.1\r\nHost: t\r\n\r\n")
                _ = try connection.response()
                return connection
            }
            async let inside = fixture.post(bytes(alert("inside")))
            #expect(await fixture.eventually { fixture.ingest.waitingRequests == 1 })
            async let stopped: Void = fixture.server.stop(within: .seconds(30))
            #expect(try await onThread { try idle.rest().isEmpty })
            fixture.journal.set(.commit)
            expect(try await inside, 200)
            await stopped
            #expect(fixture.journal.contents.rules == ["inside"])
            await #expect(throws: RawConnection.Failed.self) { try await fixture.get("/ping") }
        }
    }

    @Test func `at the drain limit a request that waits for the journal is told 503`() async throws {
        try await Fixture.run(.hold) { fixture in
            async let inside = fixture.post(bytes(alert("inside")))
            #expect(await fixture.eventually { fixture.ingest.waitingRequests == 1 })
            await fixture.server.stop(within: .zero)
            let status = try await inside?.status
            #expect(status == 503)
        }
    }
}
