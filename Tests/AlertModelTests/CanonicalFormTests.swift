// SPDX-License-Identifier: Apache-2.0
import AlertModel
import CAlertBatch
import Testing

@Suite struct CanonicalFormTests {
    let key = FingerprintKey(HashKey(low: 1, high: 2))

    @Test func `both transports give equal alerts and fingerprints, as recorded`() throws {
        let messages = try Samples.messages("both.pb")
        let wire = Samples.batch(.protobuf, messages)
        let lines = Samples.batch(.json, Array(try Samples.lines("both.jsonl").prefix(messages.count)))
        #expect(wire.count == 3000 && lines.count == 3000 && wire.rejectCount == 0 && lines.rejectCount == 0)
        for index in 0 ..< wire.count {
            let (left, right) = (wire.alert(at: index), lines.alert(at: index))
            let isWrapped = left.isWrappedJSON
            #expect(isWrapped)
            try #require(CanonicalAlert(left) == CanonicalAlert(right), "alert \(index)")
            try #require(key.fingerprint(of: left) == key.fingerprint(of: right), "alert \(index)")
        }
    }

    @Test func `both transports give equal alerts and fingerprints when only the string map counts`() throws {
        let messages = try Samples.messages("both.pb")
        let lines = Samples.batch(.json, Array(try Samples.lines("both.jsonl").prefix(messages.count)))
        let plain = messages.enumerated().map { index, message in
            Samples.message(message, withOutput: [UInt8](_span: lines.alert(at: index).output))
        }
        let wire = Samples.batch(.protobuf, plain)
        #expect(wire.count == 3000)
        for index in 0 ..< wire.count {
            let (left, right) = (wire.alert(at: index), lines.alert(at: index))
            let isWrapped = left.isWrappedJSON
            #expect(!isWrapped)
            try #require(CanonicalAlert(left) == CanonicalAlert(right), "alert \(index)")
            try #require(key.fingerprint(of: left) == key.fingerprint(of: right), "alert \(index)")
        }
    }

    @Test(arguments: [
        ("alerts.jsonl", AlertEncoding.json, 3041), ("both.jsonl", .json, 3032), ("internal.pb", .protobuf, 140),
        ("internal-json.pb", .protobuf, 140), ("invalid-utf8.pb", .protobuf, 300),
    ])
    func `every recorded alert is read`(name: String, encoding: AlertEncoding, count: Int) throws {
        let units = encoding == .json ? try Samples.lines(name) : try Samples.messages(name)
        let batch = Samples.batch(encoding, units)
        #expect(batch.count == count && batch.rejectCount == 0)
    }

    @Test func `lines of a Falco without JSON output are kept as what they are`() throws {
        let lines = try Samples.lines("alerts-text.txt")
        let batch = Samples.batch(.json, lines)
        #expect(batch.count == 0 && batch.rejectCount == lines.count)
        #expect(
            batch.reject(at: 0).reason == .plainText
                || batch.reject(at: 0).reason == RejectReason(CALERT_REJECT_NOT_AN_OBJECT))
        #expect(batch.reject(at: 0).bytes == lines[0])
    }

    @Test func `invalid UTF-8 keeps its bytes over gRPC`() throws {
        let batch = Samples.batch(.protobuf, try Samples.messages("invalid-utf8.pb"))
        var command: [UInt8] = []
        if let field = batch.alert(at: 0).field(CALERT_FIELD_PROC_CMDLINE) { command = [UInt8](_span: field.text) }
        #expect(command.contains(0xff) && command.starts(with: Array("curl -6 http://".utf8)))
    }

    @Test func `a 64-bit integer never passes through a double`() {
        let line =
            #"{"rule":"r","priority":"Notice","time":"2026-01-01T00:00:00Z","output_fields":{"evt.num":18446744073709551615,"evt.rawres":-9223372036854775808,"evt.time":1795295751555062537}}"#
        let batch = Samples.batch(.json, [Array(line.utf8)])
        let fields = CanonicalAlert(batch.alert(at: 0)).fields
        #expect(fields["evt.num"] == .unsigned(.max))
        #expect(fields["evt.rawres"] == .integer(.min))
        #expect(fields["evt.time"] == .integer(1_795_295_751_555_062_537))
    }
}
