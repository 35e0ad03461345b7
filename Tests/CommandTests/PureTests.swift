// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Logging
import Testing

@testable import creance

@Suite struct PureTests {
    private let now = EventTime(nanoseconds: 1_795_295_751_000_000_000)

    @Test(arguments: [
        ("1970-01-01T00:00:01Z", 1_000_000_000), ("1970-01-01T02:00:00.5+02:00", 500_000_000),
        ("1970-01-02", 86_400_000_000_000),
    ])
    func `a time is RFC 3339 or a day`(text: String, nanoseconds: Int64) throws {
        #expect(try TimeArgument(text).time(now: now) == EventTime(nanoseconds: nanoseconds))
    }

    @Test(arguments: [("now", 0), ("90s", 90), ("1h30m", 5_400), ("7d", 604_800)])
    func `a duration counts back from now`(text: String, seconds: Int64) throws {
        #expect(try TimeArgument(text).time(now: now) == now.advanced(by: .seconds(-seconds)))
    }

    @Test(arguments: ["", "yesterday", "2026", "2026-13-01", "5", "-1h", "1h ago", "2026-05-28 20:26"])
    func `anything else is no time`(text: String) { #expect(throws: (any Error).self) { try TimeArgument(text) } }

    @Test func `a line of the log is one line, and nothing in it steers a terminal`() {
        let hostile = "a\u{9b}31mb\u{202e}c\nforged \u{1b}]0;x\u{7}"
        let line = LoggingSetup.line(
            "2026-01-01T00:00:00.000Z", .warning, hostile, [("file", hostile), ("é", "plain é")])
        let shown = "a\\u{9b}31mb\\u{202e}c\\nforged \\u{1b}]0;x\\u{07}"
        #expect(line == "2026-01-01T00:00:00.000Z warning \(shown) file=\(shown) é=plain é\n")
    }

    @Test func `the holder of a journal's lock is found in the kernel's table`() {
        let table = """
            1: POSIX  ADVISORY  WRITE 700 08:01:42 0 EOF
            2: FLOCK  ADVISORY  WRITE 4711 08:01:42 0 EOF
            2: -> FLOCK  ADVISORY  WRITE 4712 08:01:43 0 EOF
            3: FLOCK  ADVISORY  READ  4713 08:01:44 0 EOF
            4: FLOCK  ADVISORY  WRITE 0 00:2f:45 0 EOF
            """
        #expect(DaemonLook.read(table, (8, 1, 42), owner: nil) == .running(process: 4711))
        #expect(DaemonLook.read(table, (8, 1, 43), owner: nil) == .stopped)
        #expect(DaemonLook.read(table, (8, 1, 44), owner: nil) == .stopped)
        #expect(DaemonLook.read(table, (0, 0x2f, 45), owner: 9) == .running(process: 9))
        #expect(DaemonLook.read(table, (0, 99, 42), owner: 4711) == .running(process: 4711))
        #expect(DaemonLook.read(table, (0, 99, 42), owner: 4712) == .stopped)
        #expect(DaemonLook.read("nonsense\n: : :", (8, 1, 42), owner: nil) == .stopped)
    }

    @Test func `an answer of any program is read without trust`() {
        let good = HealthProbe.read("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        #expect(good == HealthProbe.Answer(status: 200, body: "{}"))
        #expect(HealthProbe.read("HTTP/1.1 503 no\r\n\r\n")?.isReady == false)
        for text in [
            "", "HTTP/1.1 200 OK", "SSH-2.0-x\r\n\r\n", "HTTP/1.1 9999999999999999999 x\r\n\r\n",
            "HTTP/1.1 7 x\r\n\r\n",
        ] {
            #expect(HealthProbe.read(text) == nil)
        }
        #expect(HealthText.lines("<html>").isEmpty && HealthText.json("<html>") == nil)
        let report =
            #"{"status":"failing","components":[{"name":"journal","ok":true,"state":"writable"},{"name":"source f","ok":false,"state":"\u001b[2Jx","detail":"d"}]}"#
        #expect(HealthText.lines(report) == ["  journal writable", "! source f \\u{1b}[2Jx: d"])
    }

    @Test func `progress says how far, how fast and how long`() {
        #expect(Progress.line("read", done: 50, total: 200, elapsed: .seconds(10)) == "read 50 (25 %, 5/s, 30 s left)")
        #expect(Progress.line("read", done: 50, total: nil, elapsed: .seconds(10)) == "read 50 (5/s)")
        #expect(Progress.line("read", done: 0, total: 0, elapsed: .zero) == "read 0 (0/s)")
    }

    @Test func `numbers are shown for people`() {
        #expect(
            StatusReport.grouped(0) == "0" && StatusReport.grouped(999) == "999"
                && StatusReport.grouped(1_234_567) == "1,234,567")
        #expect(StatusReport.bytes(1_023) == "1023 bytes" && StatusReport.bytes(43_200_000) == "41.2 MiB")
    }

    @Test func `text that is not plain is quoted in YAML`() {
        #expect(EffectiveConfiguration.quoted("/var/log/a.json") == "/var/log/a.json")
        #expect(
            EffectiveConfiguration.quoted("yes") == "\"yes\""
                && EffectiveConfiguration.quoted("/a b\"") == "\"/a b\\\"\"")
    }
}
