// SPDX-License-Identifier: Apache-2.0
import AlertFormats
import AlertModel
import Foundation
import Testing

@testable import AlertSinks

@Suite struct StdoutSinkTests {
    private func sink(_ descriptor: Int32, _ format: FormatKind? = nil) -> StdoutSink {
        StdoutSink(StdoutSinkSettings(format: format), descriptor: descriptor, environment: [:])
    }

    @Test func `into a pipe go lines of Falco's JSON`() throws {
        let pipe = Pipe()
        let entries = Stream.entries(3, of: 2)
        let sink = sink(pipe.fileHandleForWriting.fileDescriptor)
        try sink.open(at: nil)
        try sink.feed(entries)
        try pipe.fileHandleForWriting.close()
        #expect(pipe.fileHandleForReading.readDataToEndOfFile() == Data(Stream.bytes(entries, FalcoFormat())))
        #expect(sink.counters.records == 7)
    }

    @Test func `text is for people`() throws {
        let pipe = Pipe()
        let sink = sink(pipe.fileHandleForWriting.fileDescriptor, .text)
        try sink.open(at: nil)
        try sink.feed([Stream.alerts(["Shell"], place: 1, firstOutput: 1)])
        try pipe.fileHandleForWriting.close()
        #expect(
            String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
                == "2026-05-28T20:26:40.000Z Notice        Shell\n")
    }

    @Test func `a reader that went away ends the sink, not the process`() throws {
        let pipe = Pipe()
        let sink = sink(pipe.fileHandleForWriting.fileDescriptor)
        try sink.open(at: nil)
        try pipe.fileHandleForReading.close()
        #expect(throws: DeliveryError.reject(reason: "standard output is closed: Broken pipe")) {
            try sink.feed(Stream.entries(1, of: 1))
        }
    }

    @Test func `a reader that stands still is waited for in steps, and gets everything`() throws {
        let pipe = Pipe()
        let entries = Stream.entries(300, of: 10)
        let sink = sink(pipe.fileHandleForWriting.fileDescriptor)
        try sink.open(at: nil)
        sink.patienceMilliseconds = 0
        var received = Data()
        var refusals = 0
        for entry in entries {
            while true {
                do {
                    try sink.write(entry, from: 1)
                    break
                } catch DeliveryError.retry {
                    refusals += 1
                    received += pipe.fileHandleForReading.availableData
                }
            }
        }
        while true {
            do {
                try sink.flush()
                break
            } catch DeliveryError.retry {
                received += pipe.fileHandleForReading.availableData
            }
        }
        try pipe.fileHandleForWriting.close()
        received += pipe.fileHandleForReading.readDataToEndOfFile()
        #expect(received == Data(Stream.bytes(entries, FalcoFormat())))
        #expect(refusals > 0)
    }
}
