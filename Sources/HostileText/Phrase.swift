// SPDX-License-Identifier: Apache-2.0

/// Words in order that together speak to an assistant: one of each step's words, the last ending within `span` letters of
/// the first.
struct Phrase {
    /// Beginnings of words, alternatives apart by spaces; `_` joins words that follow one another, and ends a whole word.
    let steps: [String]
    /// Steps of the longest phrase.
    static let stepLimit = 3
    let span: Int
    let reason: Manipulation

    private init(_ reason: Manipulation, _ steps: String..., span: Int = 56) {
        self.steps = steps
        self.span = span
        self.reason = reason
    }

    private static let override = """
        ignore disregard forget override bypass neglect do_not_follow dont_follow do_not_obey stop_following \
        ignoriere vergiss missachte ignora olvida ignorez oubliez ignorar esqueca 忽略 无视 無視 忘记 игнорируй забудь 무시
        """
    private static let before = """
        previous prior above earlier preceding foregoing former your system safety original initial existing \
        vorherige vorige bisherige obige anteriores previas precedentes anterior 之前 以上 先前 上述 предыдущ
        """
    private static let everything = "all any every everything alle todas toutes 所有 все"
    private static let orders = """
        instruction prompt directive guideline anweisung instruccion instrucoes consigne 指令 指示 提示 инструкции
        """
    private static let context = "rule context message order command constraint polic training programming text content"

    static let all: [Phrase] = [
        Phrase(.instructions, override, before + " " + everything, orders),
        Phrase(.instructions, override, before, context),
        Phrase(.instructions, override, orders, before),
        Phrase(.instructions, override, everything, "above before previous prior earlier"),
        Phrase(.instructions, "new_instructions new_system_prompt updated_instructions real_instructions"),
        Phrase(.instructions, "you_are_now from_now_on_you you_must_now your_new_task your_new_role"),
        Phrase(.instructions, "developer_mode jailbreak dan_mode", "enabled on_ now_ activated"),
        Phrase(
            .instructions, "reveal print repeat show output leak", "your the_",
            "system_prompt initial_prompt hidden_instruction system_message"),
        Phrase(
            .addressesAssistant, "dear hello hey attention note_to message_to instructions_for instruction_for",
            "assistant ai_ llm language_model claude chatgpt copilot gemini analyst agent", span: 32),
        Phrase(
            .addressesAssistant, "as_an you_are_an if_you_are_an you_are_a", "ai_ llm assistant language_model",
            span: 24),
        Phrase(.addressesAssistant, "ai_assistant ai_model ai_agent ai_analyst language_model"),
        Phrase(
            .addressesAssistant, "mark classify treat report label consider close flag",
            "this these it_ alert incident event",
            "benign harmless false_positive safe resolved closed non_malicious not_malicious"),
        Phrase(
            .addressesAssistant, "this these it_ alert incident", "is_ are_", "false_positive benign harmless", span: 40
        ),
        Phrase(
            .addressesAssistant, "do_not dont never without",
            "report_this mention_this tell_the inform_the notify_the alert_the escalate telling_the mentioning_this "
                + "reporting_this show_this_to",
            span: 40),
        Phrase(
            .addressesAssistant, "no_action no_further_action no_investigation no_further_investigation",
            "need require necessary"),
        Phrase(.addressesAssistant, "safe_to_ignore can_be_safely_ignored may_be_ignored_by"),
        Phrase(
            .addressesAssistant, "authorized authorised approved sanctioned",
            "penetration_test pentest security_test red_team security_exercise", span: 40),
        Phrase(
            .addressesAssistant, "call_ use_ invoke",
            "acknowledge_incident annotate_incident silence_tool tool_silence"),
    ]
}
