// SPDX-License-Identifier: Apache-2.0
import MCPProtocol
import Testing

@testable import MCPServing

@Suite struct LineOutletTests {
    private let message: JSONValue = ["text": "0123456789"]

    private func text(_ outlet: LineOutlet, atMost count: Int) -> String {
        var text = ""
        outlet.drain { bytes in
            text = String(decoding: bytes.prefix(count), as: UTF8.self)
            return min(count, bytes.count)
        }
        return text
    }

    @Test func `messages leave as lines, in their order, in pieces of any size`() throws {
        let outlet = LineOutlet(limitBytes: 1_000, bell: try LoopBell())
        #expect(outlet.send(1, .session))
        #expect(outlet.send(2, .session))
        #expect(text(outlet, atMost: 3) == "1\n2")
        #expect(outlet.count == 1)
        #expect(outlet.send(3, .session))
        #expect(text(outlet, atMost: 100) == "\n3\n")
        #expect(outlet.count == 0)
        #expect(text(outlet, atMost: 100) == "")
    }

    @Test func `what does not fit is refused, until something was read`() throws {
        let line = message.encoded.count + 1
        let outlet = LineOutlet(limitBytes: 3 * line, bell: try LoopBell())
        for _ in 0 ..< 3 { #expect(outlet.send(message, .session)) }
        #expect(!outlet.send(message, .session))
        _ = text(outlet, atMost: line)
        #expect(outlet.send(message, .session))
        outlet.close()
        _ = text(outlet, atMost: 1_000)
        #expect(!outlet.send(message, .session))
        #expect(outlet.isClosed)
    }
}
