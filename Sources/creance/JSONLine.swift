// SPDX-License-Identifier: Apache-2.0

/// A JSON object being written in the order its keys are added. What is nil is left out.
struct JSONLine {
    private var members: [String] = []

    var text: String { "{\(members.joined(separator: ","))}" }

    mutating func add(_ key: String, _ value: String?) { append(key, value.map(Self.quoted)) }
    mutating func add(_ key: String, _ value: Int?) { append(key, value.map(String.init)) }
    mutating func add(_ key: String, _ value: Int64?) { append(key, value.map(String.init)) }
    mutating func add(_ key: String, _ value: Bool?) { append(key, value.map { $0 ? "true" : "false" }) }
    mutating func add(_ key: String, _ value: JSONLine?) { append(key, value?.text) }
    mutating func add(_ key: String, _ values: [JSONLine]) {
        append(key, "[\(values.map(\.text).joined(separator: ","))]")
    }

    /// A value that is JSON already.
    mutating func add(_ key: String, json: String?) { append(key, json) }

    private mutating func append(_ key: String, _ value: String?) {
        if let value { members.append("\(Self.quoted(key)):\(value)") }
    }

    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
