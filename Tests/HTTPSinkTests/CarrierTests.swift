// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Testing

@testable import AlertSinks

@Suite struct CarrierTests {
    @Test func `a webhook gets one record a request, as Falco sends it`() throws {
        let rig = Rig(.webhook)
        let alert = try Made.alert()
        try rig.feed(Made.alerts([alert, try Made.alert(rule: "Other")]))
        #expect(rig.exchange.asked.count == 2)
        #expect(rig.exchange.asked[0].text == alert)
        #expect(rig.exchange.asked[0].headers["Content-Type"] == "application/json")
        #expect(rig.exchange.asked[0].url == "http://receiver.example:8080/")
        #expect(rig.sink.counters.records == 2)
    }

    @Test func `a webhook may get lines or an array`() throws {
        let entry = try Made.alerts(count: 3)
        let lines = Rig(.webhook) { $0.options.body = .ndjson }
        try lines.feed(entry)
        #expect(lines.exchange.asked[0].text.split(separator: "\n").count == 3)
        #expect(lines.exchange.asked[0].text.hasSuffix("\n"))
        let array = Rig(.webhook) { $0.options.body = .array }
        try array.feed(entry)
        #expect(array.exchange.asked[0].text.hasPrefix("[{") && array.exchange.asked[0].text.hasSuffix("}]"))
    }

    @Test func `a refused batch is halved until only the guilty record is refused, and order stays`() throws {
        let rig = Rig(.webhook, { $0.options.body = .ndjson }) { _, asked in
            HTTPAnswer(status: asked.text.contains("Rule 5") ? 400 : 200, body: Array("bad field".utf8))
        }
        let refused = try rig.feed(try Made.alerts(count: 9))
        #expect(refused.map(\.output) == [6])
        #expect(refused[0].reason.contains("400") && refused[0].reason.contains("bad field"))
        #expect(rig.sink.counters.records == 8)
        // 9 → 4, 5 → 2, 3 → 1, 1: what was taken was never sent again.
        let taken = rig.exchange.asked.filter { !$0.text.contains("Rule 5") }
        let rules = taken.flatMap { one in (0 ..< 9).filter { one.text.contains("\"Rule \($0)\"") } }
        #expect(rules == [0, 1, 2, 3, 4, 6, 7, 8])
    }

    @Test func `too large is halved, and the size is remembered`() throws {
        let rig = Rig(.webhook, { $0.options.body = .ndjson }) { _, asked in
            HTTPAnswer(status: asked.text.split(separator: "\n").count > 2 ? 413 : 200)
        }
        #expect(try rig.feed(try Made.alerts(count: 8)).isEmpty)
        let asked = rig.exchange.asked.count
        try rig.feed(try Made.alerts(count: 2))
        #expect(rig.exchange.asked.count == asked + 1)
    }

    @Test func `one record that is too large is refused`() throws {
        let rig = Rig(.webhook) { _, _ in HTTPAnswer(status: 413) }
        #expect(try rig.feed(try Made.alerts(count: 1)).count == 1)
    }

    @Test(arguments: [401, 403, 404, 429, 503])
    func `nothing is refused while the receiver as a whole says no`(code: Int) throws {
        let rig = Rig(.webhook, { $0.options.body = .ndjson }) { number, _ in
            number == 0 ? HTTPAnswer(status: code, retryAfter: "7") : HTTPAnswer(status: 200)
        }
        let entry = try Made.alerts(count: 3)
        try rig.write(entry)
        do {
            try rig.sink.flush()
            Issue.record("no error")
        } catch {
            guard case .retry(let after, let reason) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(after == .seconds(7) && reason.contains("\(code)"))
        }
        try rig.sink.flush()
        #expect(rig.sink.takeRefused().isEmpty && rig.sink.counters.records == 3)
        #expect(rig.exchange.asked[0].body == rig.exchange.asked[1].body)
    }

    @Test func `what was taken before the connection broke is not sent again`() throws {
        let rig = Rig(.webhook) { number, _ throws(ExchangeFailure) in
            if number == 2 { throw ExchangeFailure("the connection broke") }
            return HTTPAnswer(status: 200)
        }
        try rig.write(try Made.alerts(count: 4))
        #expect(throws: DeliveryError.self) { try rig.sink.flush() }
        try rig.sink.flush()
        #expect(rig.exchange.asked.count == 5)
        #expect(rig.exchange.asked[2].body == rig.exchange.asked[3].body)
    }

    @Test func `certificates are read again after TLS failed, and only then`() throws {
        let rig = Rig(.webhook) { number, _ throws(ExchangeFailure) in
            if number < 2 { throw ExchangeFailure("no", isTLS: number == 1) }
            return HTTPAnswer(status: 200)
        }
        try rig.write(try Made.alerts(count: 1))
        for expected in [1, 1, 2] {
            try? rig.sink.flush()
            #expect(rig.exchange.opened == expected)
        }
        try rig.sink.reopen()
        try rig.feed(try Made.alerts(count: 1))
        #expect(rig.exchange.opened == 3)
        rig.sink.close()
        #expect(rig.exchange.isClosed)
    }

    @Test func `a token that the receiver says back stands in no message`() throws {
        let rig = Rig(.webhook, token: "hunter2hunter2") { _, asked in
            HTTPAnswer(status: 403, body: Array("bad header \(asked.headers["Authorization"] ?? "")".utf8))
        }
        try rig.write(try Made.alerts(count: 1))
        do {
            try rig.sink.flush()
            Issue.record("no error")
        } catch {
            #expect(!"\(error)".contains("hunter2") && "\(error)".contains("(secret)"))
        }
        #expect(rig.exchange.asked[0].headers["Authorization"] == "Bearer hunter2hunter2")
    }

    @Test func `a login is HTTP's basic one`() throws {
        let rig = Rig(.webhook, secrets: ["PASSWORD": "open sesame"]) {
            $0.username = "Aladdin"
            $0.password = .environment(name: "PASSWORD")
        }
        try rig.feed(try Made.alerts(count: 1))
        // RFC 7617, section 2.
        #expect(rig.exchange.asked[0].headers["Authorization"] == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==")
    }

    @Test func `a secret that is missing is said, and tried again`() throws {
        let rig = Rig(.webhook) { $0.token = .environment(name: "MISSING") }
        try rig.write(try Made.alerts(count: 1))
        #expect(throws: DeliveryError.retry(after: .zero, reason: "${env:MISSING} is empty or not set")) {
            try rig.sink.flush()
        }
        #expect(rig.exchange.asked.isEmpty)
    }

    @Test func `a token with a line feed cannot forge a header`() throws {
        let rig = Rig(.webhook, token: "abc\r\nX-Evil: 1")
        try rig.write(try Made.alerts(count: 1))
        #expect(throws: DeliveryError.self) { try rig.sink.flush() }
        #expect(rig.exchange.asked.isEmpty)
    }

    @Test func `a URL may be secret as a whole, and stands in no message`() throws {
        let rig = Rig(.slack, secrets: ["HOOK": "https://hooks.example/services/T0/B0/SECRETPART"]) {
            $0.url = .secret(.environment(name: "HOOK"))
        } answer: { _, _ in
            HTTPAnswer(status: 404, body: Array("no /services/T0/B0/SECRETPART".utf8))
        }
        try rig.write(try Made.alerts(count: 1))
        do {
            try rig.sink.flush()
            Issue.record("no error")
        } catch { #expect(!"\(error)".contains("SECRETPART")) }
        #expect(rig.exchange.asked[0].url == "https://hooks.example:443/services/T0/B0/SECRETPART")
    }

    @Test func `a secret URL that is none is said without repeating it`() throws {
        let rig = Rig(.slack, secrets: ["HOOK": "SECRETPART"]) { $0.url = .secret(.environment(name: "HOOK")) }
        try rig.write(try Made.alerts(count: 1))
        do {
            try rig.sink.flush()
            Issue.record("no error")
        } catch { #expect("\(error)".contains("url") && !"\(error)".contains("SECRETPART")) }
    }
}
