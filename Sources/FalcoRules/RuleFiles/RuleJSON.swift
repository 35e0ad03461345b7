// SPDX-License-Identifier: Apache-2.0

/// A JSON value that is written with the keys of objects in order, as Falco writes them.
public indirect enum RuleJSON: Hashable, Sendable {
    case text(String)
    case number(Int)
    case bool(Bool)
    case list([RuleJSON])
    case object([String: RuleJSON])

    static func texts(_ texts: some Sequence<String>) -> RuleJSON { .list(texts.map { .text($0) }) }

    /// One line without blanks.
    public var line: String {
        var bytes: [UInt8] = []
        append(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    private func append(to bytes: inout [UInt8]) {
        switch self {
        case .text(let text): Self.append(text, to: &bytes)
        case .number(let number): bytes += String(number).utf8
        case .bool(let bool): bytes += (bool ? "true" : "false").utf8
        case .list(let items):
            bytes.append(UInt8(ascii: "["))
            for (index, item) in items.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                item.append(to: &bytes)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let members):
            bytes.append(UInt8(ascii: "{"))
            for (index, member) in members.sorted(by: { $0.key < $1.key }).enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                Self.append(member.key, to: &bytes)
                bytes.append(UInt8(ascii: ":"))
                member.value.append(to: &bytes)
            }
            bytes.append(UInt8(ascii: "}"))
        }
    }

    private static func append(_ text: String, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""): bytes += #"\""#.utf8
            case UInt8(ascii: "\\"): bytes += #"\\"#.utf8
            case 8: bytes += #"\b"#.utf8
            case 9: bytes += #"\t"#.utf8
            case 10: bytes += #"\n"#.utf8
            case 12: bytes += #"\f"#.utf8
            case 13: bytes += #"\r"#.utf8
            case 0 ..< 32:
                let hex = String(byte, radix: 16)
                bytes += (#"\u00"# + (hex.utf8.count == 1 ? "0" : "") + hex).utf8
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}

extension LoadResult {
    /// One element of Falco's `falco_load_results`.
    public var json: RuleJSON { json(withSuggestions: false) }

    func json(withSuggestions: Bool) -> RuleJSON {
        var members: [String: RuleJSON] = [
            "name": .text(name), "successful": .bool(isSuccessful),
            "errors": .list(
                errors.map { error in
                    var members: [String: RuleJSON] = [
                        "code": .text(error.code.rawValue), "codedesc": .text(error.code.meaning),
                        "message": .text(error.message), "context": json(error.context),
                    ]
                    if withSuggestions { members["suggestion"] = error.suggestion.map { .text($0) } }
                    return .object(members)
                }),
            "warnings": .list(
                warnings.map { warning in
                    var members: [String: RuleJSON] = [
                        "code": .text(warning.code.rawValue), "codedesc": .text(warning.code.explanation),
                        "message": .text(warning.message), "context": json(warning.context),
                    ]
                    members["deprecated_field"] = warning.deprecatedField.map { .text($0) }
                    return .object(members)
                }),
        ]
        if let isSchemaValid {
            members["schema_valid"] = .bool(isSchemaValid)
            members["schema_warnings"] = .texts(schemaWarnings)
        }
        return .object(members)
    }

    private func json(_ context: LoadContext) -> RuleJSON {
        .object([
            "snippet": .text(snippet(of: context)),
            "locations": .list(
                context.locations.map {
                    .object([
                        "item_name": .text($0.itemName), "item_type": .text($0.kind.rawValue),
                        "position": .object([
                            "name": .text($0.name), "line": .number($0.position.line),
                            "column": .number($0.position.column), "offset": .number($0.position.offset),
                        ]),
                    ])
                }),
        ])
    }
}
