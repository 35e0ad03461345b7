// SPDX-License-Identifier: Apache-2.0

/// Characters that show nothing, change how others are shown, or mean something only to a terminal or a font.
enum Invisible {
    /// C0, DEL, C1, and Unicode's characters of format, default-ignorable ones, private use and non-characters
    /// (Unicode 15: DerivedCoreProperties `Default_Ignorable_Code_Point`, categories Cf, Co, Zl, Zp).
    static func contains(_ value: UInt32) -> Bool {
        if value < 0x20 { return true }
        if value < 0x7F { return false }
        if value < 0xA0 { return true }
        switch value {
        case 0xAD, 0x034F, 0x061C: return true  // soft hyphen, grapheme joiner, Arabic letter mark
        case 0x0600 ... 0x0605, 0x06DD, 0x070F, 0x0890, 0x0891, 0x08E2: return true  // marks that enclose numbers
        case 0x115F, 0x1160, 0x3164, 0xFFA0: return true  // Hangul fillers
        case 0x17B4, 0x17B5, 0x180B ... 0x180F: return true  // inherent vowels, Mongolian selectors and separator
        case 0x200B ... 0x200F: return true  // zero-width space and joiners, direction marks
        case 0x2028 ... 0x202E: return true  // line and paragraph separator, embeddings and overrides
        case 0x2060 ... 0x206F: return true  // word joiner, invisible operators, isolates
        case 0x2800: return true  // a braille pattern without dots
        case 0xE000 ... 0xF8FF: return true  // private use
        case 0xFDD0 ... 0xFDEF: return true  // non-characters
        case 0xFE00 ... 0xFE0F, 0xFEFF, 0xFFF0 ... 0xFFFB: return true  // variation selectors, byte order mark and more
        case 0x110BD, 0x110CD, 0x13430 ... 0x1343F: return true
        case 0x1BCA0 ... 0x1BCA3, 0x1D173 ... 0x1D17A: return true  // shorthand and musical format controls
        case 0xE0000 ... 0xE0FFF: return true  // tags, more variation selectors
        case 0xF0000...: return true  // private use planes
        default: return value & 0xFFFE == 0xFFFE
        }
    }
}
