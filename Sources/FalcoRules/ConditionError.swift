// SPDX-License-Identifier: Apache-2.0

/// Why a text is no condition, and where.
public struct ConditionError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Of the byte where the problem starts, from 0.
    public let offset: Int
    /// What is wrong.
    public let what: String
    /// What would be right there.
    public let expected: String?
    /// What was probably meant.
    public let suggestion: String?

    public init(at offset: Int, _ what: String, expected: String? = nil, suggestion: String? = nil) {
        self.offset = offset
        self.what = what
        self.expected = expected
        self.suggestion = suggestion
    }

    /// `column 12: unknown operator "contians" (did you mean "contains"?)`; columns count bytes from 1.
    public var description: String {
        let remarks = [expected.map { "expected \($0)" }, suggestion.map { "did you mean \"\($0)\"?" }].compactMap {
            $0
        }
        return "column \(offset + 1): \(what)" + (remarks.isEmpty ? "" : " (\(remarks.joined(separator: "; ")))")
    }
}

/// A text from outside made fit for a message: at most 60 scalars, control characters escaped, in quotes.
func quoted(_ bytes: some Sequence<UInt8>) -> String {
    var shown = "\""
    for (count, scalar) in String(decoding: Array(bytes), as: UTF8.self).unicodeScalars.enumerated() {
        if count == 60 {
            shown += "…"
            break
        }
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .unassigned, .privateUse, .surrogate:
            shown += "\\u{\(String(scalar.value, radix: 16))}"
        default: shown.unicodeScalars.append(scalar)
        }
    }
    return shown + "\""
}
