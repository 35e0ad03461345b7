// SPDX-License-Identifier: Apache-2.0

/// Characters that people read as an ASCII character.
enum Lookalike {
    /// The ASCII character, a space for white space, a line feed for ends of lines; nil for all others.
    ///
    /// Full-width and mathematical letters, letters in circles and squares, Latin letters with marks, and the Cyrillic and
    /// Greek letters that look the same in common fonts (Unicode Technical Standard 39, confusables, those of one letter).
    static func ascii(_ value: UInt32, tags: Bool) -> UInt8? {
        switch value {
        case 0x0A, 0x0D, 0x0B, 0x0C, 0x85, 0x2028, 0x2029: return 0x0A
        case 0x09, 0x20, 0xA0, 0x1680, 0x2000 ... 0x200A, 0x202F, 0x205F, 0x3000: return 0x20
        case 0xC0 ... 0x17F: return latin[Int(value - 0xC0)]
        case 0x0386 ... 0x03C9, 0x0405 ... 0x0458, 0x04AE ... 0x0501, 0x051A ... 0x051D: return table[value]
        case 0x2010 ... 0x2015, 0x2212: return 0x2D
        case 0x2018, 0x2019: return 0x27
        case 0x201C, 0x201D: return 0x22
        case 0x24B6 ... 0x24CF: return letter(value - 0x24B6)
        case 0x24D0 ... 0x24E9: return letter(value - 0x24D0) | 0x20
        case 0xFF01 ... 0xFF5E: return UInt8(truncatingIfNeeded: value - 0xFEE0)
        case 0x1D400 ... 0x1D6A3:
            let place = (value - 0x1D400) % 52
            return place < 26 ? letter(place) : letter(place - 26) | 0x20
        case 0x1D7CE ... 0x1D7FF: return 0x30 + UInt8(truncatingIfNeeded: (value - 0x1D7CE) % 10)
        case 0x1F130 ... 0x1F149: return letter(value - 0x1F130)
        case 0x1F150 ... 0x1F169: return letter(value - 0x1F150)
        case 0x1F170 ... 0x1F189: return letter(value - 0x1F170)
        case 0x1F1E6 ... 0x1F1FF: return letter(value - 0x1F1E6)
        case 0xE0020 ... 0xE007E: return tags ? UInt8(truncatingIfNeeded: value - 0xE0000) : nil
        default: return nil
        }
    }

    private static func letter(_ place: UInt32) -> UInt8 { 0x41 + UInt8(truncatingIfNeeded: place) }

    /// U+00C0 … U+017F without their marks; `?` for none.
    private static let latin: [UInt8?] =
        ("AAAAAA?CEEEEIIIID?NOOOOO?OUUUUY??aaaaaa?ceeeeiiiid?nooooo?ouuuuy?y"
        + "AaAaAaCcCcCcCcDdDdEeEeEeEeEeGgGgGgGgHhHhIiIiIiIiIi??JjKkkLlLlLlLlLlNnNnNnnNn"
        + "OoOoOo??RrRrRrSsSsSsSsTtTtTtUuUuUuUuUuUuWwYyYZzZzZzs").utf8.map { $0 == UInt8(ascii: "?") ? nil : $0 }

    private static let table: [UInt32: UInt8] = {
        var table: [UInt32: UInt8] = [:]
        let pairs: [(String, String)] = [
            // Greek, then Cyrillic.
            ("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧαεικνορτυχ", "ABEZHIKMNOPTYXaeiknoptux"),
            ("АВЕКМНОРСТУХЅІЈавекмнорстухѕіјҮԁԚԛԜԝ", "ABEKMHOPCTYXSIJabekmhopctyxsijYdQqWw"),
        ]
        for (from, to) in pairs {
            for (scalar, byte) in zip(from.unicodeScalars, to.utf8) { table[scalar.value] = byte }
        }
        return table
    }()
}
