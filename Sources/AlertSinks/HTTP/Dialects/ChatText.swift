// SPDX-License-Identifier: Apache-2.0

/// Text from outside for a chat, where it may not become a mention, a link, a line or a format.
enum ChatText {
    /// Slack's mrkdwn: what can be seen of the text, `&`, `<` and `>` as entities, as Slack asks for it; marks of formats
    /// (`*_~` and the backtick) stand behind a word joiner, which keeps them from beginning or ending one.
    static func slack(_ text: String, limit: Int = 1_200) -> String {
        var escaped = ""
        for character in visible(text, limit).unicodeScalars {
            switch character {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "*", "_", "~", "`", "@", ":": escaped += "\u{2060}\(character)"
            default: escaped.unicodeScalars.append(character)
            }
        }
        return escaped
    }

    /// A text run of an adaptive card, which knows no markup: what can be seen of the text.
    static func run(_ text: String, limit: Int = 1_200) -> String { visible(text, limit) }

    /// Nothing of it ends a line or turns the direction; at most `limit` characters.
    private static func visible(_ text: String, _ limit: Int) -> String {
        let shown = VisibleBytes(text.utf8).text
        guard shown.unicodeScalars.count > limit else { return shown }
        return String(String.UnicodeScalarView(shown.unicodeScalars.prefix(limit))) + "…"
    }
}
