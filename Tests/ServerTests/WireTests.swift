// SPDX-License-Identifier: Apache-2.0
import AlertModel
import AlertSources
import Server
import Testing

/// Raw bytes in, as clients and attackers send them.
@Suite struct WireTests {
    @Test func `Expect is answered before the body comes`() async throws {
        try await Fixture.run { fixture in
            let port = fixture.port
            let body = alert("expected")
            let statuses = try await onThread {
                let connection = try RawConnection(port: port)
                try connection.send(
                    "POST / HTTP/1.1\r\nHost: t\r\nContent-Length: \(body.utf8.count)\r\nExpect: 100-continue\r\n\r\n")
                let first = try connection.response()?.status
                try connection.send(body)
                return [first, try connection.response()?.status]
            }
            #expect(statuses == [100, 200])
            #expect(fixture.journal.contents.rules == ["expected"])
        }
    }

    @Test func `a chunked body is put together`() async throws {
        try await Fixture.run { fixture in
            let body = alert("chunked")
            let (front, back) = (body.prefix(20), body.dropFirst(20))
            let request =
                "POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n"
                + "\(String(front.utf8.count, radix: 16));x=y\r\n\(front)\r\n\(String(back.utf8.count, radix: 16))\r\n\(back)\r\n"
                + "0\r\nTrailer: 1\r\n\r\n"
            let status = try await fixture.exchange(bytes(request))?.status
            #expect(status == 200)
            #expect(fixture.journal.contents.rules == ["chunked"])
        }
    }

    @Test(arguments: [true, false])
    func `a body that was cut is neither stored nor answered 200`(chunked: Bool) async throws {
        try await Fixture.run { fixture in
            let port = fixture.port
            // What came is valid by itself: only the missing end says that there was more.
            let part = alert("cut")
            let head = chunked ? "Transfer-Encoding: chunked" : "Content-Length: 10000"
            let framed = chunked ? "\(String(part.utf8.count, radix: 16))\r\n\(part)\r\n" : part
            let response = try await onThread {
                let connection = try RawConnection(port: port)
                try connection.send("POST / HTTP/1.1\r\nHost: t\r\n\(head)\r\n\r\n\(framed)")
                connection.finishSending()
                return try connection.response()
            }
            #expect(response == nil || response?.status == 400)
            #expect(fixture.journal.contents.rules.isEmpty)
            #expect(fixture.ingest.intake.submittedNumber == 0)
            #expect(await fixture.eventually { fixture.metric("creance_http_requests_cut_total") == 1 })
        }
    }

    @Test func `pipelined requests are answered in order on one connection`() async throws {
        try await Fixture.run { fixture in
            let port = fixture.port
            let requests =
                Fixture.request(bytes(alert("a"))) + bytes("GET /ping HTTP/1.1\r\nHost: t\r\n\r\n")
                + Fixture.request(bytes(alert("b"))) + bytes("GET /nothing HTTP/1.1\r\nHost: t\r\n\r\n")
            let answers = try await onThread {
                let connection = try RawConnection(port: port)
                try connection.send(requests)
                return try (0 ..< 4).map { _ in try connection.response() }
            }
            #expect(answers.map { $0?.status } == [200, 200, 200, 404])
            #expect(answers[1]?.body == "pong\n")
            #expect(fixture.journal.contents.rules == ["a", "b"])
        }
    }

    @Test func `a body that comes too slowly is cut`() async throws {
        var limits = ServerLimits()
        limits.bodyTimeout = .milliseconds(200)
        try await Fixture.run(limits: limits) { fixture in
            let port = fixture.port
            let rest = try await onThread {
                let connection = try RawConnection(port: port)
                try connection.send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 100\r\n\r\n{")
                return try connection.rest()
            }
            #expect(!String(decoding: rest, as: UTF8.self).contains(" 200 "))
            #expect(fixture.ingest.intake.submittedNumber == 0)
            #expect(fixture.metric("creance_http_connections_closed_total", "slow_body") == 1)
        }
    }

    @Test(arguments: ["", "GET /pi"])
    func `a connection that sends no request is closed after the idle time`(_ start: String) async throws {
        var limits = ServerLimits()
        limits.idleTimeout = .milliseconds(200)
        try await Fixture.run(limits: limits) { fixture in
            let port = fixture.port
            let rest = try await onThread {
                let connection = try RawConnection(port: port)
                try connection.send(start)
                return try connection.rest()
            }
            #expect(rest.isEmpty)
        }
    }

    @Test func `what is not HTTP, and headers beyond the limit, are answered 400 and closed`() async throws {
        try await Fixture.run { fixture in
            let port = fixture.port
            let endless = "GET / HTTP/1.1\r\nA: " + String(repeating: "x", count: 70 << 10) + "\r\n\r\n"
            let many = "GET / HTTP/1.1\r\n" + String(repeating: "A: b\r\n", count: 500) + "\r\n"
            for text in ["\u{16}\u{3}\u{1}garbage\r\n\r\n", endless, many] {
                let rest = try await onThread {
                    let connection = try RawConnection(port: port)
                    try? connection.send(text)
                    return try connection.rest()
                }
                #expect(String(decoding: rest, as: UTF8.self).hasPrefix("HTTP/1.1 400") || rest.isEmpty)
            }
            #expect(fixture.metric("creance_http_connections_closed_total", "not_http") == 3)
            expect(try await fixture.get("/ping"), 200)
        }
    }

    @Test func `wrong methods and paths are said to be wrong`() async throws {
        try await Fixture.run { fixture in
            let cases = [
                ("GET /", 405, "POST"), ("PUT /", 405, "POST"), ("DELETE /metrics", 405, "GET, HEAD"),
                ("POST /ping", 405, "GET, HEAD"), ("GET /nothing", 404, nil), ("POST /x", 404, nil),
                ("GET /ping/", 200, nil),
                ("GET /ping?a=b", 200, nil),
            ]
            for (line, status, allow) in cases {
                let answer = try await fixture.exchange(
                    bytes("\(line) HTTP/1.1\r\nHost: t\r\nContent-Length: 0\r\n\r\n"))
                #expect(answer?.status == status, "\(line)")
                #expect(answer?.headers["allow"] == allow, "\(line)")
            }
            let head = try await fixture.exchange(bytes("HEAD /ping HTTP/1.1\r\nHost: t\r\n\r\n"), hasBody: false)
            #expect(head?.status == 200)
            #expect(fixture.ingest.intake.submittedNumber == 0)
        }
    }

    @Test func `a body above the limit is a dead letter with its length and its first bytes`() async throws {
        try await Fixture.run { fixture in
            let length = 100 << 20
            let port = fixture.port
            let status = try await onThread {
                let connection = try RawConnection(port: port)
                try connection.send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: \(length)\r\n\r\n")
                let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)
                for _ in 0 ..< 100 { try connection.send(piece) }
                return try connection.response()?.status
            }
            #expect(status == 200)
            let reject = try #require(fixture.journal.contents.rejects.first)
            #expect(reject.reason == .tooLarge)
            #expect(reject.receivedBytes == length)
            #expect(reject.bytes == [UInt8](repeating: UInt8(ascii: "x"), count: 64 << 10))
        }
    }

    @Test func `a large body of many alerts is stored whole`() async throws {
        try await Fixture.run { fixture in
            let count = 40_000
            let body = Array(repeating: alert("many"), count: count).joined(separator: "\n")
            let status = try await fixture.post(bytes(body))?.status
            #expect(status == 200)
            #expect(fixture.journal.contents.rules.count == count)
        }
    }

    @Test func `a body that is too large without saying its length is a dead letter too`() async throws {
        var settings = HTTPIngestSettings()
        settings.bodyLimitBytes = 100 << 10
        try await Fixture.run(settings: settings) { fixture in
            let chunk = String(repeating: "y", count: 1 << 10)
            let request =
                "POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n"
                + String(repeating: "400\r\n\(chunk)\r\n", count: 200) + "0\r\n\r\n"
            expect(try await fixture.exchange(bytes(request)), 200)
            let reject = try #require(fixture.journal.contents.rejects.first)
            #expect(reject.reason == .tooLarge)
            #expect(reject.receivedBytes == 200 << 10)
        }
    }
}

extension Fixture {
    /// A counter of the server's own.
    func metric(_ name: String, _ label: String? = nil) -> Int? {
        let samples = server.metrics.first { $0.description.name == name }?.samples
        let sample = samples?.first { label == nil || $0.labelValues.contains(label ?? "") }
        guard case .integer(let value) = sample?.value else { return nil }
        return value
    }
}
