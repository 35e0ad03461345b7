// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Foundation

@testable import FalcoRules

/// What docs/conditions.md says, said once more and without regard to speed: strings, decimals and recursion.
struct NaiveOracle {
    let alert: SampleAlert

    /// A value that is there.
    private struct Value {
        let text: String
        let isNumber: Bool
        var bytes: [UInt8] { Array(text.utf8) }
        var number: Decimal? { NaiveOracle.decimal(text) }
    }

    func holds(_ tree: ConditionTree) -> Bool {
        switch tree {
        case .and(let members): members.allSatisfy(holds)
        case .or(let members): members.contains(where: holds)
        case .not(let inner): !holds(inner)
        case .check(let check): holds(check)
        }
    }

    private func holds(_ check: ConditionCheck) -> Bool {
        let list = values(of: check.field).map { transformed($0, check.field.transformers) }
        let written: [String] = if case .values(let values) = check.operand { values.map(\.text) } else { [] }
        if check.field.key == "priority" { return holdsForPriority(check.operator, written[0]) }
        let namesNull = written.contains { $0.isEmpty || $0 == "<NA>" }
        guard !list.isEmpty else { return namesNull && [.equal, .in, .intersects].contains(check.operator) }
        if namesNull, check.operator == .notEqual { return true }
        func isNullHere(_ value: Value?) -> Bool { value == nil && namesNull }
        // A single value of which a function leaves nothing is null; an element of a list is then just no match.
        let isList = check.field.key == "tags" || check.field.key == "ct.list"
        if !isList, list[0] == nil {
            return namesNull && [.equal, .in, .intersects].contains(check.operator)
        }
        if case .field(let other) = check.operand {
            guard let right = values(of: other).first, let right = transformed(right, other.transformers) else {
                return false
            }
            guard let left = list[0] else { return false }
            let equal = compare(check.operator == .notEqual ? .equal : check.operator, left, right)
            return check.operator == .notEqual ? !equal : equal
        }
        let results = list.map { value in value.map { test(check.operator, $0, written) } ?? false }
        switch check.operator {
        case .notEqual: return !list.contains { value in value.map { test(.equal, $0, written) } ?? false }
        case .in: return results.allSatisfy { $0 }
        case .exists: return true
        default: return results.contains(true)
        }
    }

    private func holdsForPriority(_ operator: ConditionOperator, _ name: String) -> Bool {
        let order = ["emergency", "alert", "critical", "error", "warning", "notice", "informational", "debug"]
        let left = order.firstIndex(of: alert.priority.name.lowercased())!
        let right = order.firstIndex(of: name == "info" ? "informational" : name.lowercased())!
        switch `operator` {
        case .equal: return left == right
        case .notEqual: return left != right
        case .less: return left > right
        case .lessOrEqual: return left >= right
        case .greater: return left < right
        default: return left <= right
        }
    }

    private func values(of field: FieldExpression) -> [Value] {
        func text(_ text: String) -> [Value] {
            text.isEmpty || text == "<NA>" ? [] : [Value(text: text, isNumber: false)]
        }
        switch field.key {
        case "rule": return alert.rule.isEmpty ? [] : [Value(text: alert.rule, isNumber: false)]
        case "hostname": return text(alert.hostname)
        case "tags": return alert.tags.map { Value(text: $0, isNumber: false) }
        case "incident.id": return []
        default: break
        }
        guard let (name, value) = alert.fields.first(where: { $0.0 == field.key }) else { return [] }
        switch value {
        case .null: return []
        case .digits(let digits): return [Value(text: digits, isNumber: true)]
        case .text(let bytes):
            return text(String(decoding: bytes, as: UTF8.self)).map {
                Value(text: $0.text, isNumber: name == "proc.pid")
            }
        case .json(let json):
            let items = try? JSONDecoder().decode([String?].self, from: Data(json.utf8))
            return (items ?? []).compactMap(\.self).flatMap { text($0) }
        }
    }

    private func transformed(_ value: Value, _ transformers: [FieldTransformer]) -> Value? {
        if value.text.isEmpty { return nil }
        var value = value
        for transformer in transformers {
            switch transformer {
            case .tolower: value = Value(text: Self.lower(value.text), isNumber: false)
            case .toupper:
                let bytes = value.bytes.map { (97 ... 122).contains($0) ? $0 - 32 : $0 }
                value = Value(text: String(decoding: bytes, as: UTF8.self), isNumber: false)
            case .basename:
                value = Value(
                    text: String(value.text.split(separator: "/", omittingEmptySubsequences: false).last!),
                    isNumber: false)
                if value.text.isEmpty { return nil }
            case .len: value = Value(text: String(value.bytes.count), isNumber: true)
            case .b64: return nil
            }
        }
        return value
    }

    private func test(_ operator: ConditionOperator, _ value: Value, _ written: [String]) -> Bool {
        switch `operator` {
        case .exists: return true
        case .equal, .notEqual: return equals(value, written[0])
        case .in, .intersects: return written.contains { equals(value, $0) }
        case .pmatch: return written.contains { covers($0, value.text) }
        case .glob: return unsafe fnmatch(written[0], value.text, 0) == 0
        case .iglob: return unsafe fnmatch(written[0], value.text, 1 << 4) == 0
        case .regex:
            let core = written[0].replacingOccurrences(of: ".*", with: "")
            return switch (written[0].hasPrefix(".*"), written[0].hasSuffix(".*")) {
            case (true, true): core.isEmpty || value.text.contains(core)
            case (true, false): value.text.hasSuffix(core)
            case (false, true): value.text.hasPrefix(core)
            case (false, false): value.text == core
            }
        default: return compare(`operator`, value, Value(text: written[0], isNumber: true))
        }
    }

    private func compare(_ operator: ConditionOperator, _ left: Value, _ right: Value) -> Bool {
        func isIn(_ text: String, _ needle: String) -> Bool {
            let (text, needle) = (Array(text.utf8), Array(needle.utf8))
            return (0 ... text.count).contains { text[$0...].starts(with: needle) }
        }
        switch `operator` {
        case .equal: return left.text == right.text || left.isNumber && right.isNumber && left.number == right.number
        case .contains: return isIn(left.text, right.text)
        case .icontains: return isIn(Self.lower(left.text), Self.lower(right.text))
        case .startswith: return left.bytes.starts(with: right.bytes)
        case .endswith: return left.bytes.reversed().starts(with: right.bytes.reversed())
        default:
            guard let one = left.number, let another = right.number else { return false }
            return switch `operator` {
            case .less: one < another
            case .lessOrEqual: one <= another
            case .greater: one > another
            default: one >= another
            }
        }
    }

    private func equals(_ value: Value, _ literal: String) -> Bool {
        if value.text == literal { return true }
        if value.isNumber { return Self.decimal(literal) != nil && value.number == Self.decimal(literal) }
        let parts = literal.split(separator: "/")
        guard let address = Self.address(value.text), let base = parts.first.flatMap({ Self.address(String($0)) }),
            parts.count == 1 || literal.contains("/")
        else { return false }
        let width = parts.count == 2 ? UInt64(parts[1]) ?? 32 : 32
        return address >> (32 - width) == base >> (32 - width)
    }

    private func covers(_ prefix: String, _ path: String) -> Bool {
        guard prefix.hasPrefix("/") == path.hasPrefix("/"), prefix != "" else { return false }
        let (wanted, parts) = (prefix.split(separator: "/"), path.split(separator: "/"))
        guard parts.count >= wanted.count else { return false }
        return zip(wanted, parts).allSatisfy { unsafe fnmatch(String($0), String($1), 0) == 0 }
    }

    private static func lower(_ text: String) -> String {
        String(decoding: text.utf8.map { (65 ... 90).contains($0) ? $0 + 32 : $0 }, as: UTF8.self)
    }

    private static func decimal(_ text: String) -> Decimal? {
        if text.hasPrefix("0x") { return UInt64(text.dropFirst(2), radix: 16).map { Decimal($0) } }
        let digits = text.drop { $0 == "-" }
        guard !digits.isEmpty, digits.allSatisfy({ $0.isASCII && ($0.isNumber || $0 == ".") }),
            digits.filter({ $0 == "." }).count <= 1
        else { return nil }
        return Decimal(string: text)
    }

    private static func address(_ text: String) -> UInt64? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map { UInt64($0) }
        guard parts.count == 4, !parts.contains(nil) else { return nil }
        return parts.reduce(0) { $0 << 8 | ($1 ?? 0) }
    }
}
