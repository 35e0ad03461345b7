// SPDX-License-Identifier: Apache-2.0
import ConfigTree
import Testing

@testable import AlertSinks

/// The parts that decide; Tests/EndToEnd/test_syslog.py has the connections.
@Suite struct SyslogSinkTests {
    @Test(arguments: [
        ("udp://h:514", "udp://h:514"), ("tcp://siem.example", "tcp://siem.example:601"), ("tls://h", "tls://h:6514"),
        ("tls://[2001:db8::1]:1", "tls://[2001:db8::1]:1"), ("tcp://[::1]", "tcp://[::1]:601"),
        ("unix:///dev/log", "unix:///dev/log"),
    ])
    func `addresses have a transport and a port`(text: String, whole: String) throws {
        #expect(try SyslogAddress(text).description == whole)
    }

    @Test(arguments: [
        "h:514", "http://h:1", "tcp://", "tcp://h:0", "tcp://h:65536", "tcp://h:x", "tcp://h:+5", "tcp://:5",
        "tcp://a b:1", "tcp://2001:db8::1:1", "tcp://[::1:5", "unix://dev/log", "tls://h/path:1", "tcp://h:",
    ])
    func `what is no address is refused`(text: String) {
        #expect(throws: ConfigFault.self) { _ = try SyslogAddress(text) }
    }

    @Test func `a tail holds the newest whole frames that make its limit`() throws {
        var tail = SentTail(limitBytes: 10)
        for frame in ["aaaa", "bbbb", "cccc", "dddd"] { tail.add(frame.utf8Span.span) }
        #expect(frames(tail) == ["bbbb", "cccc", "dddd"])
        tail.add(String(repeating: "e", count: 40).utf8Span.span)
        #expect(frames(tail) == [String(repeating: "e", count: 40)])
        for number in 0 ..< 1_000 { tail.add("\(number) ".utf8Span.span) }
        #expect(frames(tail) == ["997 ", "998 ", "999 "])
        #expect(tail.byteCount == 12)
        tail.removeAll()
        #expect(tail.isEmpty)
        var none = SentTail(limitBytes: 0)
        none.add("x".utf8Span.span)
        #expect(none.isEmpty)
    }

    private func frames(_ tail: SentTail) -> [String] {
        var frames: [String] = []
        tail.forEach { frames.append(String(decoding: [UInt8](_span: $0), as: UTF8.self)) }
        return frames
    }
}
