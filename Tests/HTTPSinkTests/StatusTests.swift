// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Testing

@testable import AlertSinks

@Suite struct StatusTests {
    private let status = StatusReading(now: EventTime(nanoseconds: 784_111_777 * 1_000_000_000))

    @Test(arguments: [200, 201, 202, 204])
    func `2xx is taken`(code: Int) { #expect(status.read(HTTPAnswer(status: code)) == .accepted) }

    @Test(arguments: [301, 302, 307, 401, 403, 404, 405, 407, 408, 429, 500, 502, 503, 504, 0, 999])
    func `what may work later, or when the configuration is mended, is tried again`(code: Int) {
        guard case .later = status.read(HTTPAnswer(status: code)) else {
            Issue.record("not later: \(code)")
            return
        }
    }

    @Test(arguments: [400, 402, 406, 409, 410, 411, 415, 422, 451, 499])
    func `any other 4xx is about the records`(code: Int) {
        guard case .refused = status.read(HTTPAnswer(status: code)) else {
            Issue.record("not refused: \(code)")
            return
        }
    }

    @Test func `413 asks for less`() {
        guard case .tooLarge = status.read(HTTPAnswer(status: 413)) else {
            Issue.record("not too large")
            return
        }
    }

    @Test(arguments: [
        ("7", Duration.seconds(7)), (" 0 ", .zero), ("999999999999999999999999", .seconds(3_600)),
        ("4000", .seconds(3_600)),
        ("Sun, 06 Nov 1994 08:49:38 GMT", .seconds(1)), ("Sun, 06 Nov 1994 08:49:37 GMT", .zero),
        ("Sat, 01 Jan 1972 00:00:00 GMT", .zero), ("Thu, 29 Feb 2024 12:00:00 GMT", .seconds(3_600)),
    ])
    func `Retry-After is seconds or a date, and at most an hour`(text: String, expected: Duration) {
        #expect(RetryAfter.duration(text, now: status.now) == expected)
    }

    @Test(arguments: ["", "-1", "soon", "1.5", "Sun, 06 Nov 1994", "Sun, 99 Nov 1994 08:49:37 GMT", "١"])
    func `anything else in Retry-After says nothing`(text: String) {
        #expect(RetryAfter.duration(text, now: status.now) == nil)
    }

    @Test func `an answer in a message is short and harmless`() {
        let said = AnswerText.quote(
            [UInt8]("\u{1b}[2J\u{202e}<b>\r\nmore\u{0}".utf8) + [0xFF] + Array(repeating: 0x41, count: 5_000))
        #expect(said.utf8.count < 400)
        #expect(said.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x202E && $0.value != 0x7F })
        #expect(AnswerText.quote([]) == "")
    }
}
