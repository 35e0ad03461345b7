// SPDX-License-Identifier: Apache-2.0
import Journal
import ModelContext

/// The groups of tools, resources and prompts, in the order in which clients see them.
struct AssistanceOffer {
    let tools: [any ToolGroup]
    let resources: [any ResourceGroup]
    let prompts: [any PromptGroup]

    init(_ parts: Assistance.Parts, _ log: AlertLog) throws(JournalError) {
        tools = [WaitTool(log)]
        resources = []
        prompts = []
    }
}
