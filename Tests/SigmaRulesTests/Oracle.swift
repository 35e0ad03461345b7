// SPDX-License-Identifier: Apache-2.0
@testable import SigmaRules

/// Small and the same everywhere (Steele, Lea, Flood: "Fast Splittable Pseudorandom Number Generators").
struct Dice {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
    mutating func pick<Element>(_ elements: [Element]) -> Element { elements[below(elements.count)] }
    mutating func onceIn(_ count: Int) -> Bool { below(count) == 0 }

    /// Few letters, so that texts often meet.
    mutating func text(_ longest: Int, wildcards: Bool = false) -> String {
        let letters = Array(wildcards ? "aabbAB/-é*?" : "aabbAB/-éÉ")
        return String((0 ..< below(longest + 1)).map { _ in pick(letters) })
    }
}

/// A rule by value: it writes itself as YAML, and says by itself, slowly, what matches. It shares nothing with the
/// compiled matcher but the specification.
struct OracleRule {
    struct Test {
        let field: String
        let modifier: String
        let isCased: Bool
        let isNegated: Bool
        let needsAll: Bool
        let values: [String?]

        func holds(_ alert: TestAlert) -> Bool {
            let results = values.map { value in holds(value, alert) }
            let linked = needsAll ? results.allSatisfy { $0 } : results.contains(true)
            return linked != isNegated
        }

        private func holds(_ value: String?, _ alert: TestAlert) -> Bool {
            let texts = Oracle.texts(field, alert)
            if modifier == "exists" { return alert.fields.contains { $0.0 == field } == (value == "true") }
            guard let value else { return texts.isEmpty }
            if ["gt", "gte", "lt", "lte"].contains(modifier) {
                guard let limit = Double(value) else { return false }
                return texts.contains { text in
                    guard let number = Double(text) else { return false }
                    switch modifier {
                    case "gt": return number > limit
                    case "gte": return number >= limit
                    case "lt": return number < limit
                    default: return number <= limit
                    }
                }
            }
            if value.isEmpty, modifier.isEmpty { return texts.isEmpty }
            var pattern = Array(isCased ? value : value.lowercased())
            if modifier == "contains" || modifier == "endswith" { pattern.insert("*", at: 0) }
            if modifier == "contains" || modifier == "startswith" { pattern.append("*") }
            return texts.contains { text in
                Oracle.matches(Array(isCased ? text : text.lowercased())[...], pattern[...])
            }
        }

        var yaml: String {
            var key = field
            if !modifier.isEmpty { key += "|" + modifier }
            if isCased { key += "|cased" }
            if needsAll { key += "|all" }
            if isNegated { key += "|neq" }
            let shown = values.map { value in
                guard let value else { return "null" }
                return modifier == "exists" || modifier.hasPrefix("g") || modifier.hasPrefix("l") ? value : "'\(value)'"
            }
            return "'\(key)': " + (shown.count == 1 ? shown[0] : "[\(shown.joined(separator: ", "))]")
        }
    }

    indirect enum Condition {
        case name(Int)
        case not(Condition)
        case all([Condition])
        case any([Condition])
        case some(Int)

        func holds(_ results: [Bool]) -> Bool {
            switch self {
            case .name(let index): results[index]
            case .not(let term): !term.holds(results)
            case .all(let terms): terms.allSatisfy { $0.holds(results) }
            case .any(let terms): terms.contains { $0.holds(results) }
            case .some(let count): results.count { $0 } >= count
            }
        }

        var text: String {
            switch self {
            case .name(let index): "s\(index)"
            case .not(let term): "not (\(term.text))"
            case .all(let terms): "(" + terms.map(\.text).joined(separator: " and ") + ")"
            case .any(let terms): "(" + terms.map(\.text).joined(separator: " or ") + ")"
            case .some(let count): "\(count) of s*"
            }
        }
    }

    /// Each a list of maps, of which one must hold.
    let selections: [[[Test]]]
    let condition: Condition
    let source: String?

    func matches(_ alert: TestAlert) -> Bool {
        guard source == nil || source == alert.source else { return false }
        let results = selections.map { maps in maps.contains { map in map.allSatisfy { $0.holds(alert) } } }
        return condition.holds(results)
    }

    func yaml(_ index: Int) -> String {
        let service = source.map { ", service: \($0)" } ?? ""
        var text = "title: r\(index)\nname: r\(index)\nlogsource: {product: falco\(service)}\ndetection:\n"
        for (place, maps) in selections.enumerated() {
            let shown = maps.map { "{" + $0.map(\.yaml).joined(separator: ", ") + "}" }
            text += "  s\(place): " + (shown.count == 1 ? shown[0] : "[\(shown.joined(separator: ", "))]") + "\n"
        }
        return text + "  condition: \(condition.text)\n"
    }

    // MARK: By chance

    static let fields = ["proc.cmdline", "proc.name", "fd.name", "own.field", "user.name", "proc.pid"]

    static func random(_ dice: inout Dice) -> OracleRule {
        let selections = (0 ..< 1 + dice.below(4)).map { _ in
            (0 ..< (dice.onceIn(3) ? 2 : 1)).map { _ in
                var used: Set<String> = []
                return (0 ..< 1 + dice.below(3)).map { _ in test(&dice) }.filter {
                    used.insert($0.yaml.prefixOfKey).inserted
                }
            }
        }
        return OracleRule(
            selections: selections, condition: condition(&dice, selections.count, 2),
            source: dice.onceIn(2) ? dice.pick(["syscall", "k8s_audit"]) : nil)
    }

    private static func test(_ dice: inout Dice) -> Test {
        let field = dice.onceIn(6) ? dice.pick(["rule", "tags", "hostname"]) : dice.pick(fields)
        let count = dice.onceIn(3) ? 2 + dice.below(3) : 1
        switch dice.below(10) {
        case 0 where fields.contains(field):
            return Test(
                field: field, modifier: "exists", isCased: false, isNegated: false, needsAll: false,
                values: [dice.pick(["true", "false"])])
        case 1 where fields.contains(field):
            return Test(
                field: field, modifier: dice.pick(["gt", "gte", "lt", "lte"]), isCased: false,
                isNegated: dice.onceIn(4),
                needsAll: false, values: [String(dice.below(10))])
        default: break
        }
        let modifier = dice.pick(["", "contains", "startswith", "endswith"])
        let values: [String?] = (0 ..< count).map { _ in
            if modifier.isEmpty, dice.onceIn(8) { return nil }
            let text = dice.text(modifier.isEmpty ? 5 : 3, wildcards: dice.onceIn(3))
            return modifier.isEmpty || !text.isEmpty ? text : "a"
        }
        return Test(
            field: field, modifier: modifier, isCased: dice.onceIn(4), isNegated: dice.onceIn(6),
            needsAll: count > 1 && dice.onceIn(3), values: values)
    }

    private static func condition(_ dice: inout Dice, _ count: Int, _ depth: Int) -> Condition {
        switch depth == 0 ? 0 : dice.below(6) {
        case 1: return .not(condition(&dice, count, depth - 1))
        case 2, 3: return .all((0 ..< 2).map { _ in condition(&dice, count, depth - 1) })
        case 4: return .any((0 ..< 2).map { _ in condition(&dice, count, depth - 1) })
        case 5: return .some(1 + dice.below(count))
        default: return .name(dice.below(count))
        }
    }
}

extension String {
    /// Two tests of one map need different keys.
    fileprivate var prefixOfKey: String { String(self[..<(firstIndex(of: ":") ?? endIndex)]) }
}

enum Oracle {
    /// The values that a field has; none when it is null.
    static func texts(_ field: String, _ alert: TestAlert) -> [String] {
        switch field {
        case "rule": return alert.rule.isEmpty ? [] : [alert.rule]
        case "hostname": return alert.hostname.isEmpty ? [] : [alert.hostname]
        case "tags": return alert.tags
        default: break
        }
        guard let value = alert.fields.first(where: { $0.0 == field })?.1 else { return [] }
        switch value {
        case .text(let text): return text.isEmpty || text == "<NA>" ? [] : [text]
        case .integer(let number): return [String(number)]
        case .double(let digits): return [digits]
        case .bool(let flag): return [String(flag)]
        case .null: return []
        }
    }

    /// By trying everything.
    static func matches(_ text: ArraySlice<Character>, _ pattern: ArraySlice<Character>) -> Bool {
        guard let first = pattern.first else { return text.isEmpty }
        if first == "*" {
            return matches(text, pattern.dropFirst()) || !text.isEmpty && matches(text.dropFirst(), pattern)
        }
        guard let letter = text.first, first == "?" || first == letter else { return false }
        return matches(text.dropFirst(), pattern.dropFirst())
    }

    static func alert(_ dice: inout Dice) -> TestAlert {
        var alert = TestAlert()
        alert.rule = dice.text(4) + "r"
        alert.hostname = dice.text(3) + "h"
        alert.source = dice.pick(["syscall", "k8s_audit"])
        alert.tags = (0 ..< dice.below(4)).map { _ in dice.text(4) + "t" }
        for field in OracleRule.fields where !dice.onceIn(4) {
            let value: TestAlert.Value =
                switch dice.below(8) {
                case 0: .null
                case 1: .text("<NA>")
                case 2: .text("")
                case 3: .integer(Int64(dice.below(10)))
                case 4: .text(String(dice.below(10)))
                default: .text(dice.text(8))
                }
            // Falco's list says that a process id is a number.
            if field == "proc.pid" {
                alert.fields.append((field, .integer(Int64(dice.below(10)))))
            } else {
                alert.fields.append((field, value))
            }
        }
        return alert
    }
}
