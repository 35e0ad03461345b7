// SPDX-License-Identifier: Apache-2.0
import AlertModel
import AlertSources
import LockFree
import Testing

@testable import Server

/// One pipeline as the server sees it: a source and the journal behind it.
private struct Behind: Sendable {
    let journal: FakeJournal
    let ingest: HTTPIngest

    static func started(settings: HTTPIngestSettings = HTTPIngestSettings()) -> Behind {
        let journal = FakeJournal()
        let ingest = Fixture.ingest(journal, settings: settings)
        journal.start()
        ingest.open()
        return Behind(journal: journal, ingest: ingest)
    }

    func stop() {
        ingest.stopAccepting()
        journal.end()
        ingest.close()
    }

    func serve(on server: HTTPServer, at path: String = "/") throws {
        try server.replace(mounts: [IngestMount(path: path, ingest: ingest)], surfaces: Fixture.surfaces())
    }
}

@Suite struct ReplaceTests {
    @Test func `senders lose nothing while pipeline after pipeline takes over`() async throws {
        try await Fixture.run { fixture in
            let (senders, each, turns) = (8, 60, 6)
            let answered = Counter()
            try await withThrowingTaskGroup(of: [(String, Int?)].self) { group in
                for sender in 0 ..< senders {
                    group.addTask {
                        var kept: RawConnection?
                        var answers: [(String, Int?)] = []
                        for number in 0 ..< each {
                            let rule = "\(sender)-\(number)"
                            // Half of them on a connection that outlives the pipelines, half on a new one each.
                            let old = sender % 2 == 0 ? kept : nil
                            let (connection, status) = try await onThread {
                                let connection = try old ?? RawConnection(port: fixture.port)
                                try connection.send(Fixture.request(bytes(alert(rule))))
                                return (connection, try connection.response()?.status)
                            }
                            kept = connection
                            answers.append((rule, status))
                            answered.add(1)
                        }
                        return answers
                    }
                }
                var now = Behind(journal: fixture.journal, ingest: fixture.ingest)
                var all = [now]
                for turn in 1 ... turns {
                    let due = senders * each * turn / (turns + 1)
                    #expect(await fixture.eventually { answered.value >= due })
                    #expect(await fixture.server.pause(atMost: .seconds(30)))
                    now.stop()
                    now = .started()
                    all.append(now)
                    try now.serve(on: fixture.server)
                }
                var posted: [String] = []
                for try await answers in group {
                    #expect(answers.allSatisfy { $0.1 == 200 })
                    posted += answers.map(\.0)
                }
                now.stop()
                #expect(all.allSatisfy { !$0.journal.contents.rules.isEmpty })
                #expect(all.flatMap(\.journal.contents.rules).sorted() == posted.sorted())
                #expect(posted.count == senders * each)
            }
        }
    }

    @Test func `what comes during a change waits for the new pipeline, the process stays alive`() async throws {
        try await Fixture.run { fixture in
            #expect(await fixture.server.pause(atMost: .seconds(30)))
            fixture.ingest.stopAccepting()
            async let answer = fixture.post(bytes(alert("waited")))
            async let test = fixture.post([], path: "/test")
            async let ready = fixture.get("/readyz")
            #expect(await fixture.eventually { fixture.server.waitingRequests == 3 })
            expect(try await fixture.get("/ping"), 200)
            let health = try await fixture.get("/healthz")
            #expect(health?.status == 200)
            #expect(health?.body.contains(#"{"name":"configuration","ok":true,"state":"changing"}"#) == true)
            let next = Behind.started()
            defer { next.stop() }
            try next.serve(on: fixture.server)
            for response in [try await answer, try await test, try await ready] { expect(response, 200) }
            #expect(fixture.journal.contents.rules.isEmpty)
            #expect(Set(next.journal.contents.rules) == ["waited", TestAlert.rule])
        }
    }

    @Test func `a body that is still coming when the change begins is stored by the new pipeline`() async throws {
        try await Fixture.run { fixture in
            let port = fixture.port
            let body = alert("late")
            let sender = try await onThread {
                let sender = try RawConnection(port: port)
                try sender.send(
                    "POST / HTTP/1.1\r\nHost: t\r\nContent-Length: \(body.utf8.count)\r\nExpect: 100-continue\r\n\r\n")
                _ = try sender.response()
                return sender
            }
            #expect(await fixture.server.pause(atMost: .seconds(30)))
            fixture.ingest.stopAccepting()
            async let answer = onThread {
                try sender.send(body)
                return try sender.response()
            }
            #expect(await fixture.eventually { fixture.server.waitingRequests == 1 })
            let next = Behind.started()
            defer { next.stop() }
            try next.serve(on: fixture.server)
            expect(try await answer, 200)
            #expect(next.journal.contents.rules == ["late"])
        }
    }

    @Test func `what is inside when the change begins is settled by the old pipeline`() async throws {
        try await Fixture.run(.hold) { fixture in
            async let answer = fixture.post(bytes(alert("inside")))
            #expect(await fixture.eventually { fixture.ingest.waitingRequests == 1 })
            #expect(await fixture.server.pause(atMost: .zero) == false)
            async let paused = fixture.server.pause(atMost: .seconds(30))
            fixture.journal.set(.commit)
            #expect(await paused)
            expect(try await answer, 200)
            #expect(fixture.journal.contents.rules == ["inside"])
            let next = Behind.started()
            defer { next.stop() }
            try next.serve(on: fixture.server)
        }
    }

    @Test func `who has waited for the limit is told 503, and the next one is stored`() async throws {
        var limits = ServerLimits()
        limits.pauseTimeout = .milliseconds(20)
        try await Fixture.run(limits: limits) { fixture in
            #expect(await fixture.server.pause(atMost: .seconds(30)))
            let answer = try await fixture.post(bytes(alert("no")))
            #expect(answer?.status == 503)
            #expect(answer?.headers["retry-after"] == "1")
            let next = Behind.started()
            defer { next.stop() }
            try next.serve(on: fixture.server)
            expect(try await fixture.post(bytes(alert("yes"))), 200)
            #expect(next.journal.contents.rules == ["yes"])
        }
    }

    @Test func `a stop in the middle of a change answers those who wait 503`() async throws {
        try await Fixture.run { fixture in
            #expect(await fixture.server.pause(atMost: .seconds(30)))
            async let answer = fixture.post(bytes(alert("no")))
            #expect(await fixture.eventually { fixture.server.waitingRequests == 1 })
            await fixture.server.stop(within: .seconds(30))
            expect(try await answer, 503)
        }
    }

    @Test func `paths change with the pipeline, and a wrong one leaves the senders waiting`() async throws {
        try await Fixture.run { fixture in
            #expect(await fixture.server.pause(atMost: .seconds(30)))
            async let old = fixture.post(bytes(alert("old")))
            async let new = fixture.post(bytes(alert("new")), path: "/b")
            #expect(await fixture.eventually { fixture.server.waitingRequests == 2 })
            let next = Behind.started()
            defer { next.stop() }
            #expect(throws: ServerProblem.pathTaken("/metrics")) { try next.serve(on: fixture.server, at: "/metrics") }
            #expect(fixture.server.waitingRequests == 2)
            try next.serve(on: fixture.server, at: "/b")
            expect(try await old, 404)
            expect(try await new, 200)
            expect(try await fixture.post(bytes(alert("old"))), 404)
            #expect(next.journal.contents.rules == ["new"])
        }
    }

    @Test func `a body's limit is the new pipeline's`() async throws {
        var settings = HTTPIngestSettings()
        (settings.bodyLimitBytes, settings.alertLimitBytes) = (256 << 10, 256 << 10)
        try await Fixture.run(settings: settings) { fixture in
            #expect(await fixture.server.pause(atMost: .seconds(30)))
            settings.bodyLimitBytes = 4 << 20
            let next = Behind.started(settings: settings)
            defer { next.stop() }
            try next.serve(on: fixture.server)
            let count = 12_000
            let body = (0 ..< count).map { alert("r\($0)") }.joined(separator: "\n")
            #expect(body.utf8.count > 2 << 20 && body.utf8.count < 4 << 20)
            expect(try await fixture.post(bytes(body)), 200)
            #expect(next.journal.contents.rules.count == count)
        }
    }
}
