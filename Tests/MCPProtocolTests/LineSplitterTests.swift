// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import MCPProtocol

@Suite struct LineSplitterTests {
    private func split(_ pieces: [String], limit: Int = 10) -> [String] {
        var splitter = LineSplitter(limitBytes: limit)
        return pieces.flatMap { piece in
            splitter.take(Array(piece.utf8)[...]).map { frame in
                switch frame {
                case .line(let bytes): String(decoding: bytes, as: UTF8.self)
                case .tooLong: "too long"
                }
            }
        }
    }

    @Test func `lines end with a line feed, with or without a carriage return`() {
        #expect(split(["a\nb\r\n\n  \n\r\nc"]) == ["a", "b"])
        #expect(split(["a", "b", "\nc", "\n"]) == ["ab", "c"])
    }

    @Test func `a line at the limit passes, one byte more does not, and the next is whole`() {
        #expect(split(["0123456789\n"]) == ["0123456789"])
        #expect(split(["0123456789\r\nx\n"]) == ["0123456789", "x"])
        #expect(split(["0123456789\r", "\nx\n"]) == ["0123456789", "x"])
        #expect(split(["0123456789\r", "y\nx\n"]) == ["too long", "x"])
        #expect(split(["0123456789a\nx\n"]) == ["too long", "x"])
        #expect(split(["0123456789", "a", "bcd", "e\n", "x\n"]) == ["too long", "x"])
    }

    @Test func `memory is bounded by the limit`() {
        var splitter = LineSplitter(limitBytes: 100)
        let piece = [UInt8](repeating: 0x61, count: 64)
        var told = 0
        for _ in 0 ..< 1000 {
            told += splitter.take(piece[...]).count
            #expect(splitter.heldBytes <= 101)
        }
        #expect(told == 1)
    }

    @Test(arguments: [31, 32, 33, 34] as [UInt64])
    func `the same bytes give the same lines, however they are cut`(seed: UInt64) {
        var numbers = SeededNumbers(state: seed)
        for _ in 0 ..< 200 {
            let text = (0 ..< 60).map { _ in "ab\r\n\n ".randomElement(using: &numbers).map(String.init) ?? "" }
                .joined()
            let bytes = Array(text.utf8)
            var whole = LineSplitter(limitBytes: 6)
            let expected = whole.take(bytes[...])
            var cut = LineSplitter(limitBytes: 6)
            var frames: [LineSplitter.Frame] = []
            var start = 0
            while start < bytes.count {
                let end = min(bytes.count, start + Int.random(in: 1 ... 7, using: &numbers))
                frames += cut.take(bytes[start ..< end])
                start = end
            }
            #expect(frames == expected)
        }
    }
}
