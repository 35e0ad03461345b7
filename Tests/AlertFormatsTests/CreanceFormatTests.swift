// SPDX-License-Identifier: Apache-2.0
import AlertFormats
import AlertModel
import Foundation
import Testing

@Suite struct CreanceFormatTests {
    private let format = CreanceFormat()

    @Test func `an alert is written as records.md says`() {
        let message = Message(
            priority: 4, rule: "Terminal shell in container", output: [UInt8]("out".utf8),
            fields: [("proc.pid", [UInt8]("4711".utf8)), ("k8s.ns.name", [UInt8]("<NA>".utf8))],
            tags: ["container", "mitre"])
        #expect(
            format.text(Sample.protobuf([message.bytes]))
                == #"{"schema":1,"kind":"alert","id":"4f1c9a2e07b3d651-9be0c4d2a1f08e37-1024","time":"2026-11-21T21:15:40.762636430Z","#
                + #""priority":"Warning","rule":"Terminal shell in container","source":"syscall","hostname":"node-1","#
                + #""tags":["container","mitre"],"output":"out","output_fields":{"evt.time":1795295740762636430,"#
                + #""k8s.ns.name":"<NA>","proc.pid":4711},"received":{"source":"node","time":"2026-11-21T21:15:40.800000000Z"}}"#
        )
    }

    @Test func `the output fields of a JSON alert keep their form and order`() {
        let fields = #"{"z":1.50,"a":{"b":[1,{"c":"}\""}]},"u":"\u00e9","n":null,"e":12345678901234567890123}"#
        let document =
            #"{"rule":"r \\\"output_fields\\\":{","output_fields":\#(fields),"priority":"Debug","time":"2026-05-28T20:26:40Z"}"#
        #expect(format.text(Sample.json(document)).contains(#","output_fields":\#(fields),"received""#))
    }

    @Test func `of a key that comes twice the last value counts`() {
        let document = #"{"rule":"r","output_fields":{"a":1},"priority":"Debug","output_fields":{"b":2}}"#
        #expect(format.text(Sample.json(document)).contains(#","output_fields":{"b":2},"#))
    }

    @Test func `a key written with escapes is read all the same`() {
        let document = #"{"rule":"r","outpu\u0074_fields":{"proc.pid":1},"priority":"Debug"}"#
        #expect(format.text(Sample.json(document)).contains(#","output_fields":{"proc.pid":1},"#))
    }

    @Test func `an alert without time says that its time is that of arrival, and absent keys are empty`() {
        #expect(
            format.text(Sample.json(#"{"rule":"r","priority":"info"}"#))
                == #"{"schema":1,"kind":"alert","id":"4f1c9a2e07b3d651-9be0c4d2a1f08e37-1024","time":"2026-11-21T21:15:40.800000000Z","#
                + #""time_source":"arrival","priority":"Informational","rule":"r","source":"","hostname":"","tags":[],"output":"","#
                + #""output_fields":{},"received":{"source":"node","time":"2026-11-21T21:15:40.800000000Z"}}"#)
    }

    @Test func `a gap is written as records.md says`() {
        #expect(
            format.text(Sample.gap(.reconnected))
                == #"{"schema":1,"kind":"gap","id":"4f1c9a2e07b3d651-9be0c4d2a1f08e37-7","source":"node","#
                + #""from":"2026-11-21T21:15:40.800000000Z","to":"2026-11-21T21:15:43.300000000Z","reason":"reconnected"}"#
        )
    }

    @Test func `only outputs are written, each under the id of its place`() {
        let builder = Sample.json(["a", "b", "c"].map { [UInt8](#"{"rule":"\#($0)","priority":"Debug"}"#.utf8) })
        guard case .alerts(let batch) = builder.content else { return }
        let entry = DecidedEntry(
            installation: Sample.installation, epoch: Sample.epoch, place: 100, source: "s", content: .alerts(batch),
            fates: [0, 1, 0], firstOutput: 50, outputCount: 2)
        let lines = format.text(entry).split(separator: "\n")
        #expect(lines.count == 2)
        #expect(lines[0].contains("-100\"") && lines[0].contains(#""rule":"a""#))
        #expect(lines[1].contains("-102\"") && lines[1].contains(#""rule":"c""#))
        var buffer = OutputBuffer()
        #expect(format.append(outputsOf: entry, from: 51, limitBytes: 0, to: &buffer) == 52)
        #expect(String(decoding: [UInt8](_span: buffer.bytes), as: UTF8.self) == lines[1] + "\n")
        buffer.removeAll()
        #expect(format.append(outputsOf: entry, from: 50, limitBytes: 0, to: &buffer) == 51)
        #expect(String(decoding: [UInt8](_span: buffer.bytes), as: UTF8.self) == lines[0] + "\n")
        #expect(format.append(outputsOf: entry, from: 52, limitBytes: 0, to: &buffer) == 52)
    }
}
