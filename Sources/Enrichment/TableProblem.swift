// SPDX-License-Identifier: Apache-2.0

/// What is wrong with a file of enrichment, said so that it can be put right.
public struct TableProblem: Error, Hashable, Sendable, CustomStringConvertible {
    public let file: String
    /// From 1; absent for the file as a whole.
    public let line: Int?
    public let what: String

    public init(_ file: String, line: Int? = nil, _ what: String) {
        self.file = file
        self.line = line
        self.what = what
    }

    public var description: String { line.map { "\(file):\($0): \(what)" } ?? "\(file): \(what)" }
}

/// Text of a file as a message may show it: one line, at most 60 characters.
func shown(_ text: [UInt8]) -> String {
    var result = "\""
    for (count, scalar) in String(decoding: text, as: UTF8.self).unicodeScalars.enumerated() {
        guard count < 60 else {
            result += "…"
            break
        }
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .unassigned, .privateUse, .surrogate:
            result += "\\u{\(String(scalar.value, radix: 16))}"
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result + "\""
}
