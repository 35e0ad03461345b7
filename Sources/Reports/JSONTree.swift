// SPDX-License-Identifier: Apache-2.0

/// A JSON document in memory: written with two spaces for each depth, keys in the order given.
///
/// In ASCII and beyond it is what it was; control, format and separator characters are written as escapes, so that a report
/// shown on a terminal shows what it holds.
indirect enum JSONTree {
    case null
    case bool(Bool)
    case integer(Int)
    case text(String)
    case list([JSONTree])
    case object([(key: String, value: JSONTree)])

    /// An object without the members that are nil.
    static func members(_ members: KeyValuePairs<String, JSONTree?>) -> JSONTree {
        .object(members.compactMap { key, value in value.map { (key, $0) } })
    }

    static func texts(_ texts: [String]) -> JSONTree { .list(texts.map(JSONTree.text)) }

    /// With a line feed at its end.
    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        append(to: &bytes, depth: 0)
        bytes.append(0x0A)
        return bytes
    }

    private func append(to bytes: inout [UInt8], depth: Int) {
        switch self {
        case .null: bytes += "null".utf8
        case .bool(let flag): bytes += (flag ? "true" : "false").utf8
        case .integer(let number): bytes += String(number).utf8
        case .text(let text): Self.append(quoted: text, to: &bytes)
        case .list(let elements):
            Self.append("[", elements, "]", to: &bytes, depth) { element, bytes in
                element.append(to: &bytes, depth: depth + 1)
            }
        case .object(let members):
            Self.append("{", members, "}", to: &bytes, depth) { member, bytes in
                Self.append(quoted: member.key, to: &bytes)
                bytes += ": ".utf8
                member.value.append(to: &bytes, depth: depth + 1)
            }
        }
    }

    private static func append<Element>(
        _ open: String, _ elements: [Element], _ close: String, to bytes: inout [UInt8], _ depth: Int,
        _ one: (Element, inout [UInt8]) -> Void
    ) {
        bytes += open.utf8
        for (index, element) in elements.enumerated() {
            bytes += (index == 0 ? "\n" : ",\n").utf8
            bytes += [UInt8](repeating: 0x20, count: 2 * (depth + 1))
            one(element, &bytes)
        }
        if !elements.isEmpty {
            bytes.append(0x0A)
            bytes += [UInt8](repeating: 0x20, count: 2 * depth)
        }
        bytes += close.utf8
    }

    private static func append(quoted text: String, to bytes: inout [UInt8]) {
        bytes.append(0x22)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": bytes += "\\\"".utf8
            case "\\": bytes += "\\\\".utf8
            case "\n": bytes += "\\n".utf8
            case "\r": bytes += "\\r".utf8
            case "\t": bytes += "\\t".utf8
            case _ where scalar.isUnseen:
                for unit in String(scalar).utf16 { bytes += ("\\u" + Hexadecimal.digits(unit)).utf8 }
            default: bytes += String(scalar).utf8
            }
        }
        bytes.append(0x22)
    }
}

enum Hexadecimal {
    /// Four digits.
    static func digits(_ value: UInt16) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 4 - digits.count) + digits
    }
}

extension Unicode.Scalar {
    /// Control, format, line and paragraph separators, private use: what can make text look like other text.
    var isUnseen: Bool {
        if value < 0x7F { return value < 0x20 }
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse: return true
        default: return false
        }
    }
}

extension String {
    /// On one line, with every unseen character as an escape in ASCII: `\n`, `\u{202e}`.
    var visible: String {
        var result = ""
        for scalar in unicodeScalars {
            switch scalar {
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case _ where scalar.isUnseen: result += "\\u{\(String(scalar.value, radix: 16))}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// The beginning of it, at most so many characters, with an ellipsis when there was more.
    func cut(to limit: Int) -> String {
        guard unicodeScalars.count > limit else { return self }
        var result = ""
        result.unicodeScalars.append(contentsOf: unicodeScalars.prefix(limit - 1))
        return result + "…"
    }
}
