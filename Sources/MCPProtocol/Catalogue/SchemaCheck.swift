// SPDX-License-Identifier: Apache-2.0

extension Schema {
    /// Problems that are told at once.
    static let problemLimit = 8

    /// What is wrong with a value, in sentences that say how to mend it; empty when it is good.
    ///
    /// The sentences name what this schema declares and never quote the value: it may hold text that an attacker wrote.
    public func problems(in value: JSONValue) -> [String] {
        var problems: [String] = []
        check(value, at: "", &problems)
        return problems
    }

    private func check(_ value: JSONValue, at path: String, _ problems: inout [String]) {
        guard problems.count < Self.problemLimit else { return }
        let name = path.isEmpty ? "the value" : path
        switch self {
        case .string(let length):
            guard let text = value.string else { return problems.append("\(name) must be a string") }
            // A scalar is at least one byte: the cheap count decides first.
            let isShort = text.utf8.count <= length.upperBound || text.unicodeScalars.count <= length.upperBound
            if !isShort { problems.append("\(name) may have at most \(length.upperBound) characters") }
            if text.unicodeScalars.count < length.lowerBound {
                problems.append("\(name) must have at least \(length.lowerBound) characters")
            }
        case .choice(let choices):
            guard let text = value.string, choices.contains(where: { $0.hasSameBytes(as: text) }) else {
                return problems.append("\(name) must be one of \(choices.joined(separator: ", "))")
            }
        case .integer(let range):
            guard let number = value.wholeNumber else { return problems.append("\(name) must be an integer") }
            if !range.contains(number) {
                problems.append("\(name) must be from \(range.lowerBound) to \(range.upperBound)")
            }
        case .number(let range):
            guard let number = value.double else { return problems.append("\(name) must be a number") }
            if !range.contains(number) {
                problems.append("\(name) must be from \(range.lowerBound) to \(range.upperBound)")
            }
        case .boolean:
            if value.bool == nil { problems.append("\(name) must be true or false") }
        case .list(let element, let most):
            guard let elements = value.array else { return problems.append("\(name) must be an array") }
            if elements.count > most { return problems.append("\(name) may have at most \(most) elements") }
            for index in elements.indices where problems.count < Self.problemLimit {
                element.check(elements[index], at: "\(path)[\(index)]", &problems)
            }
        case .object(let fields):
            guard let object = value.object else { return problems.append("\(name) must be an object") }
            Self.check(object, fields, at: path, &problems)
        case .map(let element):
            guard let object = value.object else { return problems.append("\(name) must be an object") }
            for member in object.members where problems.count < Self.problemLimit {
                element.check(member.value, at: "a member of \(name)", &problems)
            }
        case .nullable(let schema):
            if value != .null { schema.check(value, at: path, &problems) }
        case .anything: break
        }
    }

    private static func check(
        _ object: JSONObject, _ fields: [SchemaField], at path: String, _ problems: inout [String]
    ) {
        let prefix = path.isEmpty ? "" : "\(path)."
        for field in fields where problems.count < problemLimit {
            if let value = object[field.name] {
                field.schema.check(value, at: prefix + field.name, &problems)
            } else if field.isRequired {
                problems.append("\(prefix)\(field.name) is missing")
            }
        }
        let isStrange = object.members.contains { member in
            !fields.contains { $0.name.hasSameBytes(as: member.name) }
        }
        guard isStrange, problems.count < problemLimit else { return }
        let known = fields.isEmpty ? "none" : fields.map(\.name).joined(separator: ", ")
        problems.append("\(path.isEmpty ? "" : "in \(path): ")a name is not known here; known are: \(known)")
    }

    /// A lone string where a list is declared becomes a list of one: models like to leave the brackets out.
    func bracketed(_ object: JSONObject) -> JSONObject {
        var bracketed = object
        for field in fields {
            guard case .list = field.schema, let value = object[field.name], value.string != nil else { continue }
            bracketed[field.name] = [value]
        }
        return bracketed
    }

    /// The object with the declared defaults of missing members put in, in the order of the declaration.
    func filled(_ object: JSONObject) -> JSONObject {
        var filled = JSONObject()
        for field in fields { filled[field.name] = object[field.name] ?? field.defaultValue }
        return filled
    }
}
