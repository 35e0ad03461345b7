// SPDX-License-Identifier: Apache-2.0

/// A condition as it was written, before fields and values are looked at.
indirect enum ConditionTree: Hashable, Sendable {
    case and([ConditionTree])
    case or([ConditionTree])
    case not(ConditionTree)
    case check(ConditionCheck)
}

/// A field, an operator and what the field is compared with.
struct ConditionCheck: Hashable, Sendable {
    let field: FieldExpression
    let `operator`: ConditionOperator
    let operand: Operand

    enum Operand: Hashable, Sendable {
        case none
        case values([WrittenValue])
        case field(FieldExpression)
    }
}

/// A field's name, its argument, and the functions around it, the innermost first.
struct FieldExpression: Hashable, Sendable {
    let name: String
    let argument: [UInt8]?
    let transformers: [FieldTransformer]
    /// Of the name's first byte.
    let offset: Int

    /// As alerts have it: `proc.aname[2]`.
    var key: String { argument.map { "\(name)[\(String(decoding: $0, as: UTF8.self))]" } ?? name }

    static func == (left: FieldExpression, right: FieldExpression) -> Bool {
        left.key == right.key && left.transformers == right.transformers
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(key)
        hasher.combine(transformers)
    }
}

/// A value's bytes, without quotes and escapes.
struct WrittenValue: Hashable, Sendable {
    let bytes: [UInt8]
    let offset: Int

    var text: String { String(decoding: bytes, as: UTF8.self) }

    static func == (left: WrittenValue, right: WrittenValue) -> Bool { left.bytes == right.bytes }
    func hash(into hasher: inout Hasher) { hasher.combine(bytes) }
}
