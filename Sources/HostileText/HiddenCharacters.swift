// SPDX-License-Identifier: Apache-2.0

/// Characters that are there to hide something: fewer than `Invisible`, since scripts and emoji need some of those.
enum HiddenCharacters {
    /// `text` is valid UTF-8.
    static func arePresent(in text: [UInt8]) -> Bool {
        // The character before, U+0000 for none.
        var before: UInt32 = 0
        var place = 0
        while place < text.count {
            let (value, length) = Scalars.read(text, at: place)
            place += length
            if value >= 0x20, value < 0x7F {
                before = value
                continue
            }
            if hides(value) { return true }
            switch value {
            case 0xFE00 ... 0xFE0F:  // Chooses how the character before is drawn: an emoji, never a letter.
                if before < 0x80, !(0x30 ... 0x39).contains(before), before != 0x23, before != 0x2A { return true }
            case 0x200C ... 0x200F, 0x061C:  // Joiners and direction marks: scripts other than Latin need them.
                let after = place < text.count ? Scalars.read(text, at: place).value : 0
                if before < 0x80 && after < 0x80 { return true }
            case 0xFEFF where before != 0: return true
            default: break
            }
            before = value
        }
        return false
    }

    private static func hides(_ value: UInt32) -> Bool {
        switch value {
        case 0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x85: false
        case ..<0x20, 0x7F ... 0x9F: true
        case 0xAD, 0x034F, 0x115F, 0x1160, 0x180E, 0x200B, 0x3164, 0xFFA0: true
        case 0x202A ... 0x202E, 0x2060 ... 0x206F, 0xFFF9 ... 0xFFFB: true
        case 0xE0000 ... 0xE0FFF: true
        default: false
        }
    }
}
