// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Testing

@testable import AlertSources

/// What came out of a decoder: rules and reject reasons, each in order.
private struct Decoded: Equatable {
    var alerts: [String] = []
    var rejects: [String] = []
    var done = 0
}

struct UnitDecoderTests {
    private static let arrival = EventTime(nanoseconds: 5)

    /// Decodes bytes given in pieces of `step`.
    private func decode(
        _ units: AlertFileForm.Units, _ bytes: [UInt8], step: Int, limit: Int = 1 << 20, unitLimit: Int = 1024,
        broke: Bool = false
    ) -> Decoded {
        var decoder = UnitDecoder(units, limitBytes: limit, unitLimit: unitLimit)
        var result = Decoded()
        func take(_ batch: consuming AlertBatchBuilder) {
            let sealed = batch.seal()
            for index in 0 ..< sealed.count { result.alerts.append(sealed.rule(at: index)) }
            for index in 0 ..< sealed.rejectCount {
                let reject = sealed.reject(at: index)
                result.rejects.append("\(reject.reason.name):\(reject.receivedBytes)")
            }
        }
        var place = 0
        while place < bytes.count {
            let piece = bytes[place ..< min(place + step, bytes.count)]
            let count = unsafe decoder.append { room in
                let count = min(room.count, piece.count)
                for index in 0 ..< count { unsafe room[index] = piece[place + index] }
                return count
            }
            place += count
            while true {
                var batch = AlertBatchBuilder()
                let isFull = decoder.decode(into: &batch, arrival: Self.arrival)
                #expect(batch.alertCount + batch.rejectCount <= unitLimit + 1)
                take(batch)
                if !isFull { break }
            }
        }
        var batch = AlertBatchBuilder()
        decoder.finish(into: &batch, arrival: Self.arrival, broke: broke)
        take(batch)
        #expect(decoder.pendingBytes == 0)
        result.done = decoder.doneBytes
        return result
    }

    private func varint(_ value: Int) -> [UInt8] {
        value < 128 ? [UInt8(value)] : [UInt8(value & 127 | 128)] + varint(value >> 7)
    }

    /// A response with just a rule.
    private func response(_ rule: String) -> [UInt8] {
        let message = [0x22, UInt8(rule.utf8.count)] + Array(rule.utf8)
        return varint(message.count) + message
    }

    @Test func `lines are the same however they are cut`() {
        let long = #"{"rule":"long","priority":"Error","output":""# + String(repeating: "x", count: 300) + #""}"#
        let text =
            line("a") + "\n\r\n" + "plain text\n" + line("b") + long + "\n" + line("c") + long + "\n" + "{}\n"
            + line("d")
        let bytes = Array(text.utf8)
        let whole = decode(.lines, bytes, step: bytes.count, limit: 200)
        #expect(whole.alerts == ["a", "b", "c", "d"])
        #expect(
            whole.rejects == [
                "plain_text:10", "too_large:\(long.utf8.count)", "too_large:\(long.utf8.count)", "not_an_alert:2",
            ])
        #expect(whole.done == bytes.count)
        for step in 1 ... bytes.count {
            for unitLimit in [1, 3] {
                let cut = decode(.lines, bytes, step: step, limit: 200, unitLimit: unitLimit)
                #expect(cut.alerts == whole.alerts && cut.done == whole.done)
                #expect(cut.rejects.sorted() == whole.rejects.sorted())
            }
        }
    }

    @Test func `responses are the same however they are cut`() {
        let big = response(String(repeating: "x", count: 100))
        let bytes = response("a") + [0] + response("b") + big + response("c") + [2, 0xFF, 0xFF] + big + response("d")
        let whole = decode(.responses, bytes, step: bytes.count, limit: 50)
        #expect(whole.alerts == ["a", "b", "c", "d"])
        #expect(whole.rejects == ["not_an_alert:0", "too_large:102", "malformed_protobuf:2", "too_large:102"])
        #expect(whole.done == bytes.count)
        for step in 1 ... bytes.count {
            for unitLimit in [1, 3] {
                let cut = decode(.responses, bytes, step: step, limit: 50, unitLimit: unitLimit)
                #expect(cut.alerts == whole.alerts && cut.done == whole.done)
                #expect(cut.rejects.sorted() == whole.rejects.sorted())
            }
        }
    }

    @Test func `a stream that ends inside a unit keeps what came of it`() {
        let text = Array((line("a") + line("b")).utf8)
        let one = line("a").utf8.count
        for count in 0 ... text.count {
            let result = decode(.lines, Array(text[..<count]), step: 7)
            let isPart =
                count != 0 && count != one && count != one - 1 && count != text.count && count != text.count - 1
            #expect(result.rejects.count == (isPart ? 1 : 0))
            #expect(result.rejects.allSatisfy { $0.hasPrefix("truncated:") })
            #expect(result.done == count)
        }
        let messages = response("a") + response("b")
        for count in 0 ... messages.count {
            let result = decode(.responses, Array(messages[..<count]), step: 3)
            let isWhole = count % response("a").count == 0
            #expect(result.rejects.isEmpty == isWhole)
            #expect(result.alerts.count == count / response("a").count)
        }
        #expect(decode(.lines, text, step: 50, broke: true).rejects == ["truncated:0"])
    }

    @Test func `a length that is none ends the reading of responses`() {
        let bytes = response("a") + [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF] + response("b")
        let result = decode(.responses, bytes, step: 1000)
        #expect(result.alerts == ["a"])
        #expect(result.rejects == ["malformed_protobuf:\(6 + response("b").count)"])
    }

    @Test func `an endless line costs no memory and is one reject`() {
        let bytes = [UInt8](repeating: UInt8(ascii: "x"), count: 3_000_000) + Array(("\n" + line("a")).utf8)
        let result = decode(.lines, bytes, step: 64 << 10, limit: 100_000)
        #expect(result.alerts == ["a"])
        #expect(result.rejects == ["too_large:3000000"])
    }
}
