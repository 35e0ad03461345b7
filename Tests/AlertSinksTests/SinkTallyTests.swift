// SPDX-License-Identifier: Apache-2.0
import AlertFormats
import AlertSinks
import Foundation
import Testing

/// The counters that a sink has of its own.
@Suite struct SinkTallyTests {
    @Test func `what a falco_grpc sink counts outlives its server and does not hold it`() throws {
        let path = "/tmp/creance-tally-\(UUID().uuidString.prefix(8)).sock"
        let sink = FalcoGrpcSink(address: "unix://\(path)")
        let tally = try #require(sink.tally)
        #expect(tally.counts.map(\.count) == [.dropped])
        try sink.open(at: nil)
        #expect(FileManager.default.fileExists(atPath: path))
        #expect(tally.counts.map(\.value) == [0])
        sink.close()
        #expect(!FileManager.default.fileExists(atPath: path), "nobody else holds the server")
        #expect(tally.counts.map(\.value) == [0])
    }

    @Test func `a sink of records counts what its carrier counts`() throws {
        let settings = SyslogSinkSettings(address: try SyslogAddress("udp://127.0.0.1:9"))
        let sink = BatchedSink(
            SyslogCarrier(settings), format: settings.lineFormat, limits: settings.delivery.batch)
        try sink.open(at: nil)
        defer { sink.close() }
        let counts = try #require(sink.tally).counts
        #expect(counts.map(\.count) == [.connections, .broken, .resent, .shortened, .lost])
        #expect(counts.map(\.value) == [1, 0, 0, 0, 0])
    }
}
