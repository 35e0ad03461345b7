// SPDX-License-Identifier: Apache-2.0

/// What a value must look like: one declaration that is both published as JSON Schema (2020-12) and checked.
public indirect enum Schema: Sendable {
    /// `length` counts Unicode scalars, as JSON Schema does.
    case string(length: ClosedRange<Int>)
    case choice([String])
    case integer(ClosedRange<Int64>)
    case number(ClosedRange<Double>)
    case boolean
    case list(Schema, atMost: Int)
    case object([SchemaField])
    /// An object with names of any kind, all with values of one kind.
    case map(Schema)
    case nullable(Schema)
    case anything

    /// Any string, any integer, any number: for results, whose limits are kept elsewhere.
    public static let text = Schema.string(length: 0 ... Int.max)
    public static let wholeNumber = Schema.integer(Int64.min ... Int64.max)
    public static let anyNumber = Schema.number(-Double.infinity ... Double.infinity)

    /// The members of an object schema.
    var fields: [SchemaField] { if case .object(let fields) = self { fields } else { [] } }

    public var json: JSONObject {
        switch self {
        case .string(let length):
            var schema: JSONObject = ["type": "string"]
            if length.lowerBound > 0 { schema["minLength"] = .integer(Int64(length.lowerBound)) }
            if length.upperBound < .max { schema["maxLength"] = .integer(Int64(length.upperBound)) }
            return schema
        case .choice(let choices): return ["type": "string", "enum": .strings(choices)]
        case .integer(let range):
            var schema: JSONObject = ["type": "integer"]
            if range.lowerBound > .min { schema["minimum"] = .integer(range.lowerBound) }
            if range.upperBound < .max { schema["maximum"] = .integer(range.upperBound) }
            return schema
        case .number(let range):
            var schema: JSONObject = ["type": "number"]
            if let bound = JSONNumber(range.lowerBound) { schema["minimum"] = .number(bound) }
            if let bound = JSONNumber(range.upperBound) { schema["maximum"] = .number(bound) }
            return schema
        case .boolean: return ["type": "boolean"]
        case .list(let element, let most):
            var schema: JSONObject = ["type": "array", "items": .object(element.json)]
            if most < .max { schema["maxItems"] = .integer(Int64(most)) }
            return schema
        case .object(let fields): return Self.objectSchema(fields)
        case .map(let element): return ["type": "object", "additionalProperties": .object(element.json)]
        case .nullable(let schema): return ["anyOf": [.object(schema.json), ["type": "null"]]]
        case .anything: return [:]
        }
    }

    private static func objectSchema(_ fields: [SchemaField]) -> JSONObject {
        var properties = JSONObject()
        for field in fields {
            var property = field.schema.json
            if !field.summary.isEmpty { property["description"] = .string(field.summary) }
            if let value = field.defaultValue { property["default"] = value }
            properties[field.name] = .object(property)
        }
        var schema: JSONObject = ["type": "object", "properties": .object(properties)]
        let required = fields.filter(\.isRequired).map(\.name)
        if !required.isEmpty { schema["required"] = .strings(required) }
        schema["additionalProperties"] = false
        return schema
    }
}

/// One member of an object that a `Schema` describes.
public struct SchemaField: Sendable {
    public let name: String
    public let schema: Schema
    public let isRequired: Bool
    /// What the member means, for the model that fills it.
    public let summary: String
    /// What is taken when it is missing.
    public let defaultValue: JSONValue?

    public init(
        _ name: String, _ schema: Schema, required: Bool = false, default defaultValue: JSONValue? = nil,
        _ summary: String = ""
    ) {
        self.name = name
        self.schema = schema
        self.isRequired = required
        self.summary = summary
        self.defaultValue = defaultValue
    }
}
