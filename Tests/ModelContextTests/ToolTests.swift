// SPDX-License-Identifier: Apache-2.0
import MCPProtocol
import MCPServing
import ModelContext
import Testing

@Suite struct ToolTests {
    @Test func `A tool without scopes of its own needs the right to read`() {
        let tool = AssistantTool(
            Tool("t", title: "T", description: "T.", arguments: [], result: [], effects: Tool.Effects(readOnly: true))
        ) { _ in [:] }
        #expect(tool.scopes == .read)
    }
}
