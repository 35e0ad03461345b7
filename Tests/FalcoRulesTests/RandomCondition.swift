// SPDX-License-Identifier: Apache-2.0

@testable import FalcoRules

/// Trees and alerts from a seed, small enough that comparisons often hold.
struct RandomCondition {
    var random: SeededRandom

    static let texts = [
        "bash", "Bash", "sh", "a b", "it's", "\"q\"", "\\d", "/etc", "/etc/ssh/x", "é", "12", "007", "10.1.2.3", "",
    ]
    static let numbers = [
        "0", "7", "12", "-3", "4294967295", "9007199254740993", "18446744073709551615", "12.0", "0xc", "0.5",
    ]
    static let paths = ["/etc", "/etc/", "/etc/ssh", "/e*", "etc", "/", "/etc/*/x", "bash"]
    static let blocks = ["10.0.0.0/8", "10.1.2.3", "10.1.2.0/30", "192.168.0.0/16", "0.0.0.0/0"]
    static let globs = ["b*", "*sh", "?ash", "[a-b]*", "[!b]*", "/etc/*", "*", "\\b*", "B*"]
    static let regexes = ["bash", "bash.*", ".*sh", ".*a.*", ".*", "12"]

    mutating func pick<Element>(_ list: [Element]) -> Element { list[Int.random(in: 0 ..< list.count, using: &random)] }
    mutating func chance(_ one: Int, in many: Int) -> Bool { Int.random(in: 0 ..< many, using: &random) < one }

    mutating func tree(depth: Int) -> ConditionTree {
        guard depth > 0, !chance(1, in: 3) else { return .check(check()) }
        switch Int.random(in: 0 ..< 3, using: &random) {
        case 0: return .and((0 ..< Int.random(in: 2 ... 3, using: &random)).map { _ in tree(depth: depth - 1) })
        case 1: return .or((0 ..< Int.random(in: 2 ... 3, using: &random)).map { _ in tree(depth: depth - 1) })
        default: return .not(tree(depth: depth - 1))
        }
    }

    private func field(_ name: String, _ argument: String? = nil, _ transformers: [FieldTransformer] = [])
        -> FieldExpression
    {
        FieldExpression(name: name, argument: argument.map { Array($0.utf8) }, transformers: transformers, offset: 0)
    }

    private func values(_ texts: [String]) -> ConditionCheck.Operand {
        .values(texts.map { WrittenValue(bytes: Array($0.utf8), offset: 0) })
    }

    private mutating func some<Element>(_ list: [Element]) -> [Element] {
        (0 ..< Int.random(in: 0 ... 4, using: &random)).map { _ in pick(list) }
    }

    private mutating func textField() -> FieldExpression {
        let transformers: [[FieldTransformer]] = [
            [], [], [], [], [.tolower], [.toupper], [.basename], [.basename, .toupper],
        ]
        return switch Int.random(in: 0 ..< 8, using: &random) {
        case 0: field("rule")
        case 1: field("hostname")
        case 2: field("tags", nil, pick([[], [], [.toupper]]))
        case 3: field("proc.aname", "2", pick(transformers))
        case 4: field("ct.list")
        case 5: field("fd.name", nil, pick(transformers))
        case 6: field("incident.id")
        default: field(pick(["proc.name", "k8s.ns.name", "ct.x"]), nil, pick(transformers))
        }
    }

    private mutating func check() -> ConditionCheck {
        switch Int.random(in: 0 ..< 11, using: &random) {
        case 0: return ConditionCheck(field: textField(), operator: .exists, operand: .none)
        case 1:
            let priorities = ["emergency", "error", "warning", "Notice", "info", "debug"]
            let known: [ConditionOperator] = [.equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual]
            return ConditionCheck(field: field("priority"), operator: pick(known), operand: values([pick(priorities)]))
        case 2:
            let known: [ConditionOperator] = [.equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual]
            let name = pick(["proc.pid", "ct.n", "ct.x"])
            return ConditionCheck(field: field(name), operator: pick(known), operand: values([pick(Self.numbers)]))
        case 3:
            return ConditionCheck(
                field: field(pick(["proc.pid", "ct.n"])), operator: pick([.in, .intersects]),
                operand: values(some(Self.numbers)))
        case 4:
            return ConditionCheck(field: textField(), operator: .pmatch, operand: values(some(Self.paths)))
        case 5:
            return ConditionCheck(
                field: textField(), operator: pick([.glob, .iglob]), operand: values([pick(Self.globs)]))
        case 6: return ConditionCheck(field: textField(), operator: .regex, operand: values([pick(Self.regexes)]))
        case 7:
            let known: [ConditionOperator] = [.equal, .notEqual, .in, .intersects]
            let chosen = pick(known)
            let list = chosen.takesList ? some(Self.blocks) : [pick(Self.blocks)]
            return ConditionCheck(field: field(pick(["fd.sip", "ct.x"])), operator: chosen, operand: values(list))
        case 8:
            let known: [ConditionOperator] = [
                .equal, .notEqual, .contains, .icontains, .startswith, .endswith, .less, .greaterOrEqual,
            ]
            let names = ["proc.name", "ct.x", "fd.name", "proc.pid", "ct.n"]
            let right = field(pick(names), nil, pick([[], [.tolower], [.basename], [.len]]))
            return ConditionCheck(field: field(pick(names)), operator: pick(known), operand: .field(right))
        case 9:
            return ConditionCheck(
                field: textField(), operator: pick([.in, .intersects]), operand: values(some(Self.texts + ["<NA>"])))
        default:
            let known: [ConditionOperator] = [.equal, .notEqual, .contains, .icontains, .startswith, .endswith]
            return ConditionCheck(
                field: textField(), operator: pick(known), operand: values([pick(Self.texts + ["<NA>"])]))
        }
    }

    mutating func alert() -> SampleAlert {
        var alert = SampleAlert()
        alert.rule = pick(Self.texts)
        alert.hostname = pick(["node-1", "bash", "a b"])
        alert.priority = pick([.emergency, .error, .warning, .notice, .informational, .debug])
        alert.tags = some(["bash", "sh", "é", "12"])
        for name in ["proc.name", "k8s.ns.name", "ct.x", "fd.name", "proc.aname[2]"] where chance(3, in: 4) {
            let text = pick(Self.texts + ["<NA>"])
            alert.fields.append((name, chance(1, in: 8) ? .null : .text(Array(text.utf8))))
        }
        if chance(3, in: 4) {
            alert.fields.append(("fd.sip", .text(Array(pick(["10.1.2.3", "192.168.7.1", "::1"]).utf8))))
        }
        let digits = ["0", "7", "12", "-3", "4294967295", "9007199254740993", "9007199254740992"]
        if chance(3, in: 4) { alert.fields.append(("proc.pid", .text(Array(pick(digits).utf8)))) }
        if chance(3, in: 4) {
            alert.fields.append(("ct.n", .digits(pick(digits + ["12.5", "0.5", "18446744073709551615"]))))
        }
        if chance(1, in: 2) {
            alert.fields.append(
                ("ct.list", .json(pick(["[]", "[\"bash\",\"sh\"]", "[\"12\"]", "[null]", "[ \"/etc\" , \"\" ]"]))))
        }
        return alert
    }
}

/// A tree as a user would write it, with quotes where they are needed and sometimes where they are not.
struct ConditionPrinter {
    var random: SeededRandom

    mutating func text(_ tree: ConditionTree) -> [UInt8] {
        switch tree {
        case .and(let members): joined(members, " and ")
        case .or(let members): joined(members, "\n or\t")
        case .not(.check(let check)): Array("not ".utf8) + text(check)
        case .not(let inner):
            Array(Bool.random(using: &random) ? "not(".utf8 : "not ( ".utf8) + text(inner) + Array(")".utf8)
        case .check(let check): text(check)
        }
    }

    private mutating func joined(_ members: [ConditionTree], _ word: String) -> [UInt8] {
        var text: [UInt8] = []
        for (index, member) in members.enumerated() {
            if index > 0 { text += Array(word.utf8) }
            switch member {
            case .and, .or: text += Array("(".utf8) + self.text(member) + Array(" )".utf8)
            case .not, .check: text += self.text(member)
            }
        }
        return text
    }

    private mutating func text(_ check: ConditionCheck) -> [UInt8] {
        var text = Array("\(field(check.field)) \(check.operator.rawValue) ".utf8)
        switch check.operand {
        case .none: break
        case .field(let other):
            text += Array((other.transformers.isEmpty ? "val(\(field(other)))" : field(other)).utf8)
        case .values(let values):
            let written = values.map { value($0.bytes) }
            text +=
                check.operator.takesList
                ? Array("(".utf8) + written.joined(separator: Array(", ".utf8)) + Array(")".utf8) : written[0]
        }
        return text
    }

    private func field(_ field: FieldExpression) -> String {
        field.transformers.reduce(field.key) { "\($1.rawValue)(\($0))" }
    }

    private mutating func value(_ bytes: [UInt8]) -> [UInt8] {
        let isBare = !bytes.isEmpty && bytes.allSatisfy(\.isBareByte)
        if isBare, Bool.random(using: &random) { return bytes }
        let quote = UInt8(ascii: Bool.random(using: &random) ? "'" : "\"")
        return [quote] + bytes.flatMap { $0 == quote || $0 == UInt8(ascii: "\\") ? [UInt8(ascii: "\\"), $0] : [$0] } + [
            quote
        ]
    }
}
