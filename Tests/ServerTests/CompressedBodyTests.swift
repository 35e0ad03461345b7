// SPDX-License-Identifier: Apache-2.0
import AlertModel
import AlertSources
import Server
import Testing

@Suite struct CompressedBodyTests {
    @Test(arguments: [
        ("gzip", WireForm.gzip), ("x-gzip", .gzip), ("GZIP", .gzip), ("deflate", .zlib), ("deflate", .raw),
    ])
    func `compressed bodies are read`(_ name: String, _ form: WireForm) async throws {
        try await Fixture.run { fixture in
            let body = compressed(bytes("[\(alert("a")),\(alert("b"))]"), form)
            expect(try await fixture.post(body, also: ["Content-Encoding: \(name)"]), 200)
            #expect(fixture.journal.contents.rules == ["a", "b"])
        }
    }

    @Test func `a bomb is a dead letter and costs no more than the limit`() async throws {
        var settings = HTTPIngestSettings()
        settings.bodyLimitBytes = 1 << 20
        try await Fixture.run(settings: settings) { fixture in
            let bomb = compressed([UInt8](repeating: 0, count: 200 << 20), .gzip)
            #expect(bomb.count < 1 << 20)
            expect(try await fixture.post(bomb, also: ["Content-Encoding: gzip"]), 200)
            let reject = try #require(fixture.journal.contents.rejects.first)
            #expect(reject.reason == .tooLarge)
            #expect(reject.bytes.count == 64 << 10)
            #expect(reject.receivedBytes == (1 << 20) + 1)
        }
    }

    @Test func `broken compression is a dead letter with the bytes as received`() async throws {
        let whole = compressed(bytes(alert("a")), .gzip)
        var broken = whole
        broken[20] ^= 0xff
        broken[21] ^= 0xff
        let cases: [([UInt8], String, RejectReason)] = [
            (Array(whole.dropLast(9)), "gzip", .truncated),
            (broken, "gzip", .unreadableBody),
            (bytes(alert("a")), "gzip", .unreadableBody),
            (whole, "br", .unreadableBody),
            (whole, "gzip, gzip", .unreadableBody),
            ([], "gzip", .truncated),
        ]
        for (body, coding, reason) in cases {
            try await Fixture.run { fixture in
                expect(try await fixture.post(body, also: ["Content-Encoding: \(coding)"]), 200)
                let reject = try #require(fixture.journal.contents.rejects.first)
                #expect(reject.reason == reason, "\(coding)")
                #expect(reject.bytes == body)
                #expect(fixture.journal.contents.rules.isEmpty)
            }
        }
    }

    @Test func `members one after another, and padding behind the last, are one body`() {
        let parts = [alert("a"), "\n", alert("b")].map { compressed(bytes($0), .gzip) }
        let inflated = InflatedBody(Array(parts.joined()) + [0, 0, 0], form: .gzip, limitBytes: 1 << 20)
        #expect(inflated.fault == nil)
        #expect(String(decoding: inflated.bytes, as: UTF8.self) == alert("a") + "\n" + alert("b"))
    }

    @Test(arguments: [99, 100, 101])
    func `the limit is exact`(_ limit: Int) {
        let inflated = InflatedBody(
            compressed([UInt8](repeating: 7, count: 100), .gzip), form: .gzip, limitBytes: limit)
        #expect(inflated.fault == (limit < 100 ? .tooLarge : nil))
        #expect(inflated.bytes.count == min(limit, 100))
    }

    @Test func `no damaged byte crashes or hangs`() {
        let whole = compressed(bytes(String(repeating: alert("a"), count: 20)), .gzip)
        for index in whole.indices {
            var damaged = whole
            damaged[index] ^= 0x55
            _ = InflatedBody(damaged, form: .gzip, limitBytes: 1 << 16)
            _ = InflatedBody(damaged.prefix(index), form: .gzip, limitBytes: 1 << 16)
            _ = InflatedBody(damaged.dropFirst(index), form: .deflate, limitBytes: 1 << 16)
        }
    }
}
