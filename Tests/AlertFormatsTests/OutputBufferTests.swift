// SPDX-License-Identifier: Apache-2.0
import AlertFormats
import AlertModel
import Foundation
import Testing

@Suite struct OutputBufferTests {
    private func written(_ write: (inout OutputBuffer) -> Void) -> String {
        var buffer = OutputBuffer(capacity: 1)
        write(&buffer)
        return String(decoding: [UInt8](_span: buffer.bytes), as: UTF8.self)
    }

    @Test func `integers at their ends`() {
        for value: Int64 in [0, 1, 9, 10, 99, 100, 12345, -1, .max, .min] {
            #expect(written { $0.append(value) } == String(value))
        }
        for value: UInt64 in [.max, .max / 10, .max / 10 + 1, 9_999_999_999_999_999_999, 10_000_000_000_000_000_000] {
            #expect(written { $0.append(value) } == String(value))
        }
        for length in 1 ... 19 {
            let power = (0 ..< length).reduce(UInt64(1)) { power, _ in power * 10 }
            #expect(written { $0.append(power) } == String(power))
            #expect(written { $0.append(power - 1) } == String(power - 1))
        }
        #expect(written { $0.append(hexadecimal: 0x0123_4567_89AB_CDEF) } == "0123456789abcdef")
    }

    @Test func `times are those that the model writes`() {
        var generator = SystemRandomNumberGenerator()
        let random = (0 ..< 2_000).map { _ in Int64(bitPattern: generator.next()) }
        for nanoseconds in [0, 1, -1, .max, .min, 951_782_400_000_000_000, -86_400_000_000_000] + random {
            let time = EventTime(nanoseconds: nanoseconds)
            let text = written { $0.append(time) }
            if text != time.description { Issue.record("\(time) became \(text)") }
        }
    }

    @Test func `a special byte is found at every place of every length`() throws {
        for length in 0 ..< 36 {
            for place in 0 ..< max(length, 1) {
                for special in [0x00, 0x0A, 0x1F, 0x22, 0x5C, 0x7F, 0x80, 0xC3, 0xFF, 0x20, 0x21, 0x23, 0x5B, 0x5D]
                    as [UInt8]
                {
                    var bytes = [UInt8](repeating: 0x61, count: length)
                    if length > 0 { bytes[place] = special }
                    let text = written { $0.append(quoted: bytes.span) }
                    let value = try JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed)
                    if value as? String != String(decoding: bytes, as: UTF8.self) {
                        Issue.record("\(bytes) became \(text)")
                    }
                }
            }
        }
    }

    @Test func `random bytes come back as Swift decodes them`() throws {
        var generator = SystemRandomNumberGenerator()
        for _ in 0 ..< 2_000 {
            let leads: [UInt8] = [0xC2, 0xE0, 0xED, 0xEF, 0xF0, 0xF4, 0x80, 0xBF, 0x9F, 0x22, 0x5C, 0x61, 0x00]
            let bytes = (0 ..< Int.random(in: 0 ..< 70, using: &generator)).map { _ in
                Bool.random(using: &generator)
                    ? leads.randomElement(using: &generator) ?? 0 : UInt8.random(in: 0 ... 255, using: &generator)
            }
            let text = written { $0.append(quoted: bytes.span) }
            let value = try JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed)
            #expect(value as? String == String(decoding: bytes, as: UTF8.self), "\(bytes)")
        }
    }

    @Test func `what was cut out or taken back is gone`() {
        #expect(
            written {
                $0.append("abcdef")
                $0.remove(2, at: 1)
                $0.append("X")
                $0.truncate(to: 4)
            } == "adef")
    }

    @Test func `memory of a huge line is given back`() {
        var buffer = OutputBuffer(capacity: 64)
        let huge = [UInt8](repeating: 0x61, count: 1 << 20)
        var count = 0
        buffer.append(quoted: huge.span)
        count = buffer.count
        #expect(count == huge.count + 2)
        buffer.removeAll(keeping: 1024)
        let isEmpty = buffer.isEmpty
        #expect(isEmpty)
        buffer.append(quoted: huge.span)
        count = buffer.count
        #expect(count == huge.count + 2)
    }
}
