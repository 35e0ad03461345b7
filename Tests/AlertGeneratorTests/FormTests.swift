// SPDX-License-Identifier: Apache-2.0
import AlertGenerator
import AlertModel
import AlertSources
import CAlertBatch
import Testing

/// The two forms of a made-up alert are the same alert.
@Suite struct FormTests {
    private let alerts = AlertStreamTests.alerts(5_000)

    private static func batch(_ encoding: AlertEncoding, _ units: [[UInt8]]) -> AlertBatch {
        let decoder = AlertDecoder()
        var builder = AlertBatchBuilder()
        for unit in units { decoder.decode(encoding, unit.span, arrival: EventTime(nanoseconds: 1), into: &builder) }
        return builder.seal()
    }

    private static func fields(_ alert: AlertView) -> [String: FieldValue] {
        var fields: [String: FieldValue] = [:]
        for index in 0 ..< alert.fieldCount {
            let field = alert.field(at: index)
            if field.value != .null { fields[String(decoding: [UInt8](_span: field.key), as: UTF8.self)] = field.value }
        }
        return fields
    }

    @Test func `JSON and protobuf decode to equal alerts with equal fingerprints`() throws {
        let lines = alerts.map { alert in
            var bytes: [UInt8] = []
            alert.appendJSON(to: &bytes)
            return bytes
        }
        let messages = alerts.map { alert in
            var bytes: [UInt8] = []
            alert.appendProtobuf(to: &bytes, delimited: false)
            return bytes
        }
        let (json, wire) = (Self.batch(.json, lines), Self.batch(.protobuf, messages))
        #expect(json.count == 5_000 && json.rejectCount == 0 && wire.count == 5_000 && wire.rejectCount == 0)
        let key = FingerprintKey(HashKey(low: 1, high: 2))
        for index in 0 ..< json.count {
            let (left, right) = (json.alert(at: index), wire.alert(at: index))
            try #require(left.eventTime == right.eventTime && left.priority == right.priority)
            try #require([UInt8](_span: left.rule) == [UInt8](_span: right.rule))
            try #require([UInt8](_span: left.source) == [UInt8](_span: right.source))
            try #require([UInt8](_span: left.hostname) == [UInt8](_span: right.hostname))
            try #require([UInt8](_span: left.output) == [UInt8](_span: right.output))
            try #require(left.tagCount == right.tagCount)
            try #require(Self.fields(left) == Self.fields(right), "alert \(index)")
            try #require(key.fingerprint(of: left) == key.fingerprint(of: right), "alert \(index)")
        }
    }

    @Test func `an alert says what it was made of`() throws {
        let alert = try #require(alerts.first { $0.rule == "Write below etc" && $0.tags.count > 2 })
        var bytes: [UInt8] = []
        alert.appendJSON(to: &bytes)
        let batch = Self.batch(.json, [bytes])
        let view = batch.alert(at: 0)
        #expect(view.eventTime == EventTime(nanoseconds: alert.time))
        #expect(view.priority == .error)
        let isTimed = !view.isTimeFromArrival
        #expect(isTimed)
        #expect(String(decoding: [UInt8](_span: view.output), as: UTF8.self) == alert.line)
        #expect(alert.line.hasPrefix("00:") && alert.line.dropFirst(18).hasPrefix(": Error A file below /etc"))
        #expect(Self.fields(view)["evt.time"] == .integer(alert.time))
        #expect(Self.fields(view)["evt.is_open_write"] == .bool(true))
    }

    @Test func `quotes and letters beyond ASCII survive both forms`() {
        let commands = alerts.compactMap { AlertStreamTests.text($0, "proc.cmdline") }
        #expect(commands.contains { $0.contains("\"") })
        #expect(commands.contains { $0.contains("é") })
    }

    @Test func `delimited messages carry their length`() {
        var delimited: [UInt8] = []
        var bare: [UInt8] = []
        alerts[0].appendProtobuf(to: &delimited, delimited: true)
        alerts[0].appendProtobuf(to: &bare, delimited: false)
        #expect(bare.count >= 128 && bare.count < 16_384)
        #expect(delimited == [UInt8(bare.count & 127) | 128, UInt8(bare.count >> 7)] + bare)
    }
}
