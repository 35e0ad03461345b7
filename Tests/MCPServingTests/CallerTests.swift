// SPDX-License-Identifier: Apache-2.0
import MCPServing
import Testing

@Suite struct CallerTests {
    @Test func `Scopes are a set`() {
        let caller = Caller(name: "soc", scopes: [.read, .write])
        #expect(caller.scopes.contains(.write))
        #expect(!caller.scopes.contains(.raw))
    }
}
