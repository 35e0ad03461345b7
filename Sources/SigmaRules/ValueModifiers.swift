// SPDX-License-Identifier: Apache-2.0
import Matching

/// The key of a selection taken apart: `proc.cmdline|contains|all`.
struct FieldKey {
    let name: String
    let modifiers: [(name: String, place: RulePlace)]

    init(_ pair: RuleNode.Pair) {
        var parts = pair.key.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
        name = parts.removeFirst()
        var column = name.unicodeScalars.count + 1
        modifiers = parts.map { part in
            defer { column += part.unicodeScalars.count + 1 }
            return (part, pair.place.moved(by: column))
        }
    }
}

/// What the modifiers of a key make of its values (Sigma 2.1, modifiers appendix).
struct ValueModifiers {
    enum Kind: Hashable {
        case text, regex, cidr, exists, reference, number, time(TimePart)
    }

    enum Transform: String {
        case windash, base64, base64offset, utf16le, utf16be, utf16, expand
    }

    var kind = Kind.text
    var linksAll = false
    var isNegated = false
    var letterCase = LetterCase.ignored
    var anchor: Anchor?
    var relation: Relation?
    var transforms: [Transform] = []
    var flags: RegularExpression.Flags = []

    static let names =
        [
            "all", "base64", "base64offset", "cased", "cidr", "contains", "endswith", "exists", "expand", "fieldref",
            "gt", "gte", "i", "lt", "lte", "m", "neq", "re", "s", "startswith", "utf16", "utf16be", "utf16le", "wide",
            "windash",
        ] + TimePart.allCases.map(\.rawValue)

    /// nil when a modifier is unknown or does not go with those before it; the problem is noted.
    static func read(_ modifiers: [(name: String, place: RulePlace)], _ problems: inout ProblemList) -> Self? {
        var result = ValueModifiers()
        for (name, place) in modifiers {
            if let refusal = result.take(name) {
                let known = names.contains(name)
                problems.error(
                    place, refusal, suggestion: known ? nil : Spelling.closest(to: name, among: names))
                return nil
            }
        }
        return result
    }

    /// - Returns: why it cannot be taken.
    private mutating func take(_ name: String) -> String? {
        switch name {
        case "all": linksAll = true
        case "neq": isNegated = true
        case "cased":
            guard kind == .text || kind == .reference else { return "`cased` is for texts" }
            letterCase = .exact
        case "contains": return take(.anywhere, name)
        case "startswith": return take(.start, name)
        case "endswith": return take(.end, name)
        case "re": return become(.regex, name)
        case "i", "m", "s":
            guard kind == .regex else { return "`\(name)` must come after `re`" }
            flags.insert(name == "i" ? .ignoringCase : name == "m" ? .multiline : .dotMatchesNewline)
        case "cidr": return become(.cidr, name)
        case "exists": return become(.exists, name)
        case "fieldref":
            guard kind == .text, transforms.isEmpty else { return "`fieldref` does not go with what stands before it" }
            kind = .reference
        case "lt": return take(.less, name)
        case "lte": return take(.lessOrEqual, name)
        case "gt": return take(.greater, name)
        case "gte": return take(.greaterOrEqual, name)
        default:
            if let part = TimePart(rawValue: name) { return become(.time(part), name) }
            guard let transform = Transform(rawValue: name == "wide" ? "utf16le" : name) else {
                return "there is no modifier \(quoted(name))"
            }
            guard kind == .text || kind == .regex && transform == .expand else { return "`\(name)` is for texts" }
            guard anchor == nil || transform == .expand || transform == .windash else {
                return "`\(name)` must stand before `contains`, `startswith` and `endswith`"
            }
            transforms.append(transform)
        }
        return nil
    }

    private mutating func take(_ new: Anchor, _ name: String) -> String? {
        if kind == .regex { return "`re` finds its pattern anywhere; use `^` and `$` instead of `\(name)`" }
        guard kind == .text || kind == .reference else { return "`\(name)` is for texts" }
        guard anchor == nil else { return "only one of `contains`, `startswith` and `endswith` can be used" }
        anchor = new
        return nil
    }

    private mutating func take(_ new: Relation, _ name: String) -> String? {
        guard relation == nil else { return "only one of `lt`, `lte`, `gt` and `gte` can be used" }
        if case .time = kind {} else if let refusal = become(.number, name) { return refusal }
        relation = new
        return nil
    }

    private mutating func become(_ new: Kind, _ name: String) -> String? {
        if case .time = new, kind == .number {
            kind = new
            return nil
        }
        guard kind == .text, anchor == nil, transforms.allSatisfy({ new == .regex && $0 == .expand }) else {
            return "`\(name)` does not go with what stands before it"
        }
        kind = new
        return nil
    }
}
