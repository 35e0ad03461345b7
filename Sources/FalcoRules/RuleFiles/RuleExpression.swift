// SPDX-License-Identifier: Apache-2.0

/// A place in a condition as Falco's parser counts: line and column from 1, the offset in bytes from 0.
struct ExpressionPlace: Hashable, Sendable {
    var line = 1
    var column = 1
    var offset = 0
}

/// A rule's condition as it was written, with its places; macros are names until they are resolved.
indirect enum RuleExpression: Sendable {
    case and([RuleExpression])
    case or([RuleExpression])
    case not(RuleExpression)
    case macro(String, at: ExpressionPlace)
    case check(RuleCheck)

    /// Calls `visit` with every comparison, from left to right.
    func forEachCheck(_ visit: (RuleCheck) -> Void) {
        switch self {
        case .and(let members), .or(let members): for member in members { member.forEachCheck(visit) }
        case .not(let inner): inner.forEachCheck(visit)
        case .macro: break
        case .check(let check): visit(check)
        }
    }

    /// As Falco's `condition_compiled` shows it.
    var text: String {
        switch self {
        case .and(let members): "(" + members.map(\.text).joined(separator: " and ") + ")"
        case .or(let members): "(" + members.map(\.text).joined(separator: " or ") + ")"
        case .not(let inner): "not " + inner.text
        case .macro(let name, _): name
        case .check(let check): check.text
        }
    }
}

/// A field, an operator, and what the field is compared with.
struct RuleCheck: Sendable {
    enum Operand: Sendable {
        case none
        case value(String)
        case list([String])
        case field(RuleField)
    }

    let field: RuleField
    let `operator`: String
    let operand: Operand
    let place: ExpressionPlace

    var text: String {
        switch operand {
        case .none: "\(field.text) \(`operator`)"
        case .value(let value): "\(field.text) \(`operator`) \(Self.written(value))"
        case .list(let values):
            "\(field.text) \(`operator`) (" + values.map(Self.written).joined(separator: ", ") + ")"
        case .field(let other): "\(field.text) \(`operator`) \(other.text)"
        }
    }

    /// The fields on both sides.
    var fields: [RuleField] {
        if case .field(let other) = operand { [field, other] } else { [field] }
    }

    /// The values on the right side.
    var values: [String] {
        switch operand {
        case .value(let value): [value]
        case .list(let values): values
        case .none, .field: []
        }
    }

    /// In quotes where it could not stand without.
    static func written(_ value: String) -> String {
        var text = ""
        var needsQuotes = value.isEmpty
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"", "'":
                text += "\\"
                text.unicodeScalars.append(scalar)
                needsQuotes = true
                continue
            case "\\": text += "\\\\"; continue
            case "\n": text += "\\n"; continue
            case "\r": text += "\\r"; continue
            case "\t": text += "\\t"; continue
            case "\u{8}": text += "\\b"; continue
            case "\u{c}": text += "\\f"; continue
            case " ", "(", ")", "=", ",": needsQuotes = true
            default: break
            }
            text.unicodeScalars.append(scalar)
        }
        return needsQuotes ? "\"\(text)\"" : text
    }
}

/// A field's name, its argument, and the functions around it, the outermost first.
struct RuleField: Sendable {
    let name: String
    let argument: String?
    let transformers: [String]
    let place: ExpressionPlace

    /// As alerts have it: `proc.aname[2]`.
    var key: String { argument.map { "\(name)[\($0)]" } ?? name }

    var text: String {
        let inner = argument.map { "\(name)[\(RuleCheck.written($0))]" } ?? name
        return transformers.map { $0 + "(" }.joined() + inner + String(repeating: ")", count: transformers.count)
    }
}
