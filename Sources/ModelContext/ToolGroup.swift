// SPDX-License-Identifier: Apache-2.0

/// Tools that share what they work on. The order of groups and of tools in them is what clients see.
public protocol ToolGroup: Sendable {
    var tools: [AssistantTool] { get }
}
