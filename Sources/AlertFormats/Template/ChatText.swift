// SPDX-License-Identifier: Apache-2.0

/// Text from outside in a chat message. The zero-width space (U+200B) that breaks mentions and links is ours alone:
/// `Invisible` writes one from outside as an escape.
extension OutputBuffer {
    /// One visible ASCII character by `.slack` or `.markdown`; says how many bytes a reader sees.
    mutating func append(chat byte: UInt8, of text: Span<UInt8>, at place: Int, by rule: TextRule) -> Int {
        switch byte {
        case 0x26: append("&amp;")
        case 0x3C: append("&lt;")
        case 0x3E: append("&gt;")
        case 0x40:  // @here, @channel, user@host
            append("@\u{200B}")
            return 4
        case 0x3A where place + 1 < text.count && text[place + 1] == 0x2F:  // https://
            append(":\u{200B}")
            return 4
        case 0x2E where place >= 3 && Self.isWorldWideWeb(text, place):  // www.
            rule == .markdown ? append("\\.\u{200B}") : append(".\u{200B}")
            return 4
        case 0x60 where rule == .slack: append("'")  // Slack knows no escape for the end of code
        case 0x21 ... 0x2F, 0x3B ... 0x3F, 0x5B ... 0x60, 0x7B ... 0x7E:
            if rule == .markdown { append(byte: 0x5C) }
            append(byte: byte)
        default: append(byte: byte)
        }
        return 1
    }

    private static func isWorldWideWeb(_ text: Span<UInt8>, _ place: Int) -> Bool {
        text[place - 1] | 0x20 == 0x77 && text[place - 2] | 0x20 == 0x77 && text[place - 3] | 0x20 == 0x77
    }
}
