// SPDX-License-Identifier: Apache-2.0

/// Signs that a text was written for the assistant that will read it, not for the system it ran on. Evidence, not proof.
public struct Manipulation: OptionSet, Sendable, Hashable {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Characters that hide text or change how it is shown.
    public static let hiddenCharacters = Manipulation(rawValue: 1)
    /// Tags by which chats mark who speaks.
    public static let roleTags = Manipulation(rawValue: 2)
    /// "Ignore previous instructions" and its relatives.
    public static let instructions = Manipulation(rawValue: 4)
    /// Text that speaks to an assistant, or tells it what to conclude.
    public static let addressesAssistant = Manipulation(rawValue: 8)
    /// Text that looks like the output of a tool.
    public static let toolOutput = Manipulation(rawValue: 16)

    /// All reasons with their names, in order.
    public static let names: [(reason: Manipulation, name: String)] = [
        (.hiddenCharacters, "hidden_characters"), (.roleTags, "role_tags"),
        (.instructions, "overrides_instructions"), (.addressesAssistant, "addresses_assistant"),
        (.toolOutput, "fake_tool_output"),
    ]

    /// The names of the reasons that are set, in order.
    public var reasons: [String] { Self.names.filter { contains($0.reason) }.map(\.name) }
}

extension Manipulation {
    /// What is suspicious in a text. Looked at without hidden characters and with look-alikes as the letters they look
    /// like; spaces, case, punctuation between words and digits for letters make no difference. Linear.
    public static func found(in text: Span<UInt8>) -> Manipulation {
        guard text.count > 0 else { return [] }
        let repaired = Scalars.repaired(text)
        let folded = FoldedText(repaired, for: .phrases)
        var found: Manipulation = HiddenCharacters.arePresent(in: repaired) ? .hiddenCharacters : []
        found.formUnion(ChatMarks.found(in: folded.bytes))
        var phrases = PhraseMatcher(folded.bytes)
        found.formUnion(phrases.found())
        return found
    }

    public static func found(in text: String) -> Manipulation { found(in: text.utf8Span.span) }
}
