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

    @Test func `a body that is still coming when the stop begins is stored and answered 200`() async throws {
        try await Fixture.run { fixture in
            let port = fixture.port
            let body = alert("late")
            let (idle, sender) = try await onThread {
                let idle = try RawConnection(port: port)
                try idle.send("GET /ping HTTP/1.1\r\nHost: t\r\n\r\n")
                _ = try idle.response()
                let sender = try RawConnection(port: port)
                try sender.send(
                    "POST / HTTP/1.1\r\nHost: t\r\nContent-Length: \(body.utf8.count)\r\nExpect: 100-continue\r\n\r\n")
                _ = try sender.response()
                return (idle, sender)
            }
            async let stopped: Void = fixture.server.stop(within: .seconds(30))
            // The idle connection is closed: the stop has begun.
            #expect(try await onThread { try idle.rest().isEmpty })
            let answer = try await onThread {
                try sender.send(body)
                return try sender.response()
            }
            expect(answer, 200)
            await stopped
            #expect(fixture.journal.contents.rules == ["late"])
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
