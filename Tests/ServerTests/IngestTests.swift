// SPDX-License-Identifier: Apache-2.0
import AlertModel
import AlertSources
import Server
import Testing

@Suite struct IngestTests {
    @Test func `an alert is answered 200 only when it is stored`() async throws {
        try await Fixture.run(.hold) { fixture in
            async let answer = fixture.post(bytes(alert("one")))
            #expect(await fixture.eventually { fixture.ingest.waitingRequests == 1 })
            #expect(fixture.journal.contents.rules.isEmpty)
            fixture.journal.set(.commit)
            expect(try await answer, 200)
            #expect(fixture.journal.contents.rules == ["one"])
        }
    }

    @Test(arguments: [
        alert("a"),
        "[\(alert("a")),\(alert("b"))]",
        "\(alert("a"))\n\(alert("b"))\n",
        "\(alert("a"))\(alert("b"))",
        "  \n[ \(alert("a")) , \(alert("b")) ]\n",
    ])
    func `a body is an object, an array, lines, or objects one after another`(_ text: String) async throws {
        try await Fixture.run { fixture in
            expect(try await fixture.post(bytes(text)), 200)
            #expect(fixture.journal.contents.rules == Array(["a", "b"].prefix(text == alert("a") ? 1 : 2)))
            #expect(fixture.journal.contents.rejects.isEmpty)
        }
    }

    @Test func `a bad element of an array is a dead letter, its neighbours are stored`() async throws {
        try await Fixture.run { fixture in
            let body = "[\(alert("a")),{\"output\":1},\(alert("b"))]"
            expect(try await fixture.post(bytes(body)), 200)
            #expect(fixture.journal.contents.rules == ["a", "b"])
            #expect(fixture.journal.contents.rejects.count == 1)
        }
    }

    @Test(arguments: ["", "{", "plain text", "{}", "[]x", "\u{0}"])
    func `what is no alert is stored as a dead letter and answered 200`(_ text: String) async throws {
        try await Fixture.run { fixture in
            expect(try await fixture.post(bytes(text)), 200)
            #expect(fixture.journal.contents.rules.isEmpty)
            #expect(fixture.journal.contents.rejects.count == 1)
        }
    }

    @Test func `the content type does not matter, and empty output fields are no reason to refuse`() async throws {
        try await Fixture.run { fixture in
            let body = #"{"output":"x","priority":"Debug","rule":"bare","output_fields":{}}"#
            expect(try await fixture.post(bytes(body), also: ["Content-Type: text/plain"]), 200)
            #expect(fixture.journal.contents.rules == ["bare"])
        }
    }

    @Test func `503 when the journal refuses, and the next request is stored again`() async throws {
        try await Fixture.run(.refuse) { fixture in
            let refused = try await fixture.post(bytes(alert("lost")))
            #expect(refused?.status == 503)
            #expect(refused?.headers["retry-after"] == "1")
            #expect(fixture.ingest.intake.counters.refused.value == 1)
            fixture.journal.set(.commit)
            expect(try await fixture.post(bytes(alert("kept"))), 200)
            #expect(fixture.journal.contents.rules == ["kept"])
        }
    }

    @Test func `503 before the source is open, without waiting for the body`() async throws {
        try await Fixture.run(opened: false) { fixture in
            let head = "POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n"
            expect(try await fixture.exchange(bytes(head)), 503)
            fixture.ingest.open()
            expect(try await fixture.post(bytes(alert("a"))), 200)
        }
    }

    @Test func `requests that come while the journal is busy are stored in one batch`() async throws {
        try await Fixture.run(.hold) { fixture in
            try await withThrowingTaskGroup(of: Int?.self) { group in
                for index in 0 ..< 60 {
                    group.addTask { try await fixture.post(bytes(alert("r\(index)")))?.status }
                }
                #expect(await fixture.eventually { fixture.ingest.waitingRequests == 60 })
                fixture.journal.set(.commit)
                for try await status in group { #expect(status == 200) }
            }
            #expect(fixture.journal.contents.rules.count == 60)
            // The first went at once, alone; the others waited for it together.
            #expect(fixture.journal.contents.batches == [1, 59])
        }
    }

    @Test func `more requests than batches may be under way wait and are all stored`() async throws {
        var settings = HTTPIngestSettings()
        settings.batchAlertLimit = 4
        settings.underWayLimit = 2
        try await Fixture.run(.hold, settings: settings) { fixture in
            try await withThrowingTaskGroup(of: Int?.self) { group in
                for index in 0 ..< 40 {
                    group.addTask { try await fixture.post(bytes(alert("r\(index)")))?.status }
                }
                #expect(await fixture.eventually { fixture.ingest.waitingRequests == 40 })
                #expect(fixture.ingest.intake.submittedNumber == 2)
                fixture.journal.set(.commit)
                for try await status in group { #expect(status == 200) }
            }
            #expect(Set(fixture.journal.contents.rules).count == 40)
            #expect(fixture.journal.contents.batches.allSatisfy { $0 <= 4 })
        }
    }

    @Test func `a body larger than all batches under way is stored whole and in order`() async throws {
        var settings = HTTPIngestSettings()
        settings.batchAlertLimit = 8
        try await Fixture.run(settings: settings) { fixture in
            let rules = (0 ..< 1000).map { "r\($0)" }
            let body = rules.map(alert).joined(separator: "\n")
            expect(try await fixture.post(bytes(body)), 200)
            #expect(fixture.journal.contents.rules == rules)
        }
    }

    @Test func `a large body of which one batch is refused is answered 503`() async throws {
        var settings = HTTPIngestSettings()
        settings.batchAlertLimit = 2
        settings.underWayLimit = 8
        try await Fixture.run(.hold, settings: settings) { fixture in
            async let answer = fixture.post(bytes((0 ..< 9).map { alert("r\($0)") }.joined(separator: "\n")))
            #expect(await fixture.eventually { fixture.ingest.intake.submittedNumber >= 4 })
            // The lane is held, so this thread may settle in its place.
            if let first = fixture.ingest.intake.next() { fixture.ingest.intake.settle(first, .refused) }
            fixture.journal.set(.commit)
            expect(try await answer, 503)
        }
    }

    @Test(arguments: ["GET", "POST"])
    func `the test endpoint injects an alert`(_ method: String) async throws {
        try await Fixture.run { fixture in
            let request = "\(method) /test HTTP/1.1\r\nHost: t\r\nContent-Length: 0\r\n\r\n"
            expect(try await fixture.exchange(bytes(request)), 200)
            #expect(fixture.journal.contents.rules == [TestAlert.rule])
        }
    }

    @Test func `a host name with anything in it leaves the test alert readable`() async throws {
        let journal = FakeJournal()
        let ingest = Fixture.ingest(journal)
        journal.start()
        defer { journal.end() }
        ingest.open()
        #expect(await ingest.storeTestAlert(hostname: "a\"b\\c\nd\u{1F600}") == .stored)
        #expect(journal.contents.rules == [TestAlert.rule])
    }

    @Test func `closing answers those who wait, and later ones`() async throws {
        let journal = FakeJournal(.hold)
        let ingest = Fixture.ingest(journal)
        ingest.open()
        async let waiting = ingest.store(bytes(alert("a")))
        while ingest.waitingRequests == 0 { await Task.yield() }
        ingest.close()
        #expect(await waiting == .unavailable)
        #expect(await ingest.store(bytes(alert("b"))) == .unavailable)
    }
}
