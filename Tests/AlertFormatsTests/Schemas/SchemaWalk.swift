// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Holds parsed lines to the tables of this folder; each problem is a sentence.
enum SchemaWalk {
    static func object(_ line: [UInt8]) throws -> [String: Any]? {
        try JSONSerialization.jsonObject(with: Data(line)) as? [String: Any]
    }

    // MARK: ECS

    /// Every leaf outside `falco` and `creance` is a field of ECS and has its type; categories go with types.
    static func problemsOfECS(_ document: [String: Any]) -> [String] {
        var problems: [String] = []
        func walk(_ value: Any, _ path: String) {
            if ["falco.output_fields", "creance"].contains(path) { return }
            if let object = value as? [String: Any] {
                if object.isEmpty { problems.append("\(path) is an empty object") }
                for (key, value) in object { walk(value, path.isEmpty ? key : "\(path).\(key)") }
            } else if let type = ECSFields.types[path] {
                if !isECS(value, type) { problems.append("\(path) is no \(type): \(value)") }
            } else {
                problems.append("\(path) is no field of ECS")
            }
        }
        walk(document, "")
        for required in ["@timestamp", "message", "ecs.version", "event.kind", "event.id"]
        where value(document, required) == nil {
            problems.append("\(required) is missing")
        }
        if let kind = value(document, "event.kind") as? String, !ECSFields.kinds.contains(kind) || kind == "signal" {
            problems.append("event.kind \(kind)")
        }
        let types = Set(value(document, "event.type") as? [String] ?? [])
        let categories = value(document, "event.category") as? [String] ?? []
        var expected: Set<String> = categories.isEmpty ? types : []
        for category in categories {
            guard let known = ECSFields.categories[category] else {
                problems.append("event.category \(category)")
                continue
            }
            if known.isDisjoint(with: types) { problems.append("\(category) without a type of its own") }
            expected.formUnion(known)
        }
        if !types.isSubset(of: expected) { problems.append("event.type \(types)") }
        return problems + clashes(document)
    }

    /// Names with dots at which Elasticsearch would find an object and a value, or a list of objects.
    private static func clashes(_ document: [String: Any]) -> [String] {
        var objects: Set<String> = []
        var leaves: Set<String> = []
        func walk(_ value: Any, _ path: String) {
            guard let object = value as? [String: Any] else {
                leaves.insert(path)
                if let list = value as? [Any], list.contains(where: { $0 is [String: Any] }) { objects.insert(path) }
                return
            }
            objects.insert(path)
            for (key, value) in object {
                if key.isEmpty { leaves.insert("\(path).") }
                var name = path
                let parts = key.split(separator: ".", omittingEmptySubsequences: false)
                for part in parts {
                    objects.insert(name)
                    name += "." + part
                }
                walk(value, name)
            }
        }
        walk(document, "")
        return objects.intersection(leaves).map { "\($0) is an object and a value" }
    }

    private static func isECS(_ value: Any, _ type: String) -> Bool {
        if type.hasSuffix("[]") {
            guard let list = value as? [Any], !list.isEmpty else { return false }
            return list.allSatisfy { isECS($0, String(type.dropLast(2))) }
        }
        switch type {
        case "keyword", "text", "wildcard": return value is String
        case "date":
            guard let text = value as? String else { return false }
            return text.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z/) != nil
        case "boolean": return isBoolean(value)
        case "long": return isInteger(value)
        case "ip": return (value as? String).map(isAddress) ?? false
        default: return false
        }
    }

    static func value(_ document: [String: Any], _ path: String) -> Any? {
        var value: Any? = document
        for part in path.split(separator: ".") { value = (value as? [String: Any])?[String(part)] }
        return value
    }

    // MARK: OCSF

    static func problemsOfOCSF(_ document: [String: Any]) -> [String] {
        var problems: [String] = []
        check(document, "detection_finding", "", &problems)
        if let activity = document["activity_id"] as? Int, let type = document["type_uid"] as? Int,
            type != 200_400 + activity
        {
            problems.append("type_uid \(type) of activity \(activity)")
        }
        return problems
    }

    private static func check(_ value: Any, _ name: String, _ path: String, _ problems: inout [String]) {
        guard let object = value as? [String: Any] else { return problems.append("\(path) is no object") }
        guard let schema = OCSFSchema.objects[name] else { return problems.append("no object \(name)") }
        for missing in schema.required.subtracting(object.keys) { problems.append("\(path).\(missing) is missing") }
        if !schema.atLeastOne.isEmpty, schema.atLeastOne.isDisjoint(with: object.keys) {
            problems.append("\(path) has none of \(schema.atLeastOne.sorted())")
        }
        for (key, value) in object {
            guard let type = schema.attributes[key] else {
                problems.append("\(path).\(key) is no attribute of \(name)")
                continue
            }
            check(value, key, type, "\(path).\(key)", &problems)
        }
    }

    private static func check(
        _ value: Any, _ key: String, _ type: String, _ path: String, _ problems: inout [String]
    ) {
        switch type {
        case "": if !(value is String) { problems.append("\(path) is no string") }
        case "[]": if !(value is [String]) { problems.append("\(path) is no list of strings") }
        case "{}": if !(value is [String: Any]) { problems.append("\(path) is no object") }
        case "?": if !isBoolean(value) { problems.append("\(path) is no Boolean") }
        case "#":
            if !isInteger(value) { problems.append("\(path) is no whole number") }
            if let allowed = OCSFSchema.values[key], let number = value as? Int, !allowed.contains(number) {
                problems.append("\(path) is \(number)")
            }
        default:
            guard type.hasSuffix("[]") else { return check(value, String(type.dropFirst()), path, &problems) }
            guard let list = value as? [Any], !list.isEmpty else { return problems.append("\(path) is no list") }
            for one in list { check(one, String(type.dropFirst().dropLast(2)), path, &problems) }
        }
        if key == "ip", let text = value as? String, !isAddress(text) { problems.append("\(path) is no address") }
    }

    // MARK: Values

    private static func isBoolean(_ value: Any) -> Bool { !(value is String) && value as? Bool != nil }

    private static func isInteger(_ value: Any) -> Bool { !(value is String) && (value as? Int64) != nil }

    static func isAddress(_ text: String) -> Bool {
        var four = in_addr()
        var six = in6_addr()
        return unsafe (inet_pton(AF_INET, text, &four) == 1 || inet_pton(AF_INET6, text, &six) == 1)
    }
}
