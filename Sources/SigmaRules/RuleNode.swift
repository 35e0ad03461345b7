// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// A piece of a YAML document with its place. Aliases are resolved, keys are text.
struct RuleNode: Sendable {
    /// One `key: value` of a map.
    struct Pair: Sendable {
        let key: String
        let place: RulePlace
        let value: RuleNode
    }

    indirect enum Content: Sendable {
        /// `plain` is false for quoted and block text, which is always a string.
        case scalar(String, plain: Bool)
        case list([RuleNode])
        /// In the order of the file; keys are unique.
        case map([Pair])
    }

    let place: RulePlace
    let content: Content
    /// How many nodes this one is, itself and repeated aliases included.
    let size: Int

    init(_ content: Content, at place: RulePlace) {
        self.place = place
        self.content = content
        switch content {
        case .scalar: size = 1
        case .list(let items): size = items.reduce(1) { $0 + $1.size }
        case .map(let pairs): size = pairs.reduce(1) { $0 + 1 + $1.value.size }
        }
    }

    /// The text of a scalar that is not nothing.
    var text: String? {
        guard case .scalar(let text, _) = content, !isNull else { return nil }
        return text
    }

    var pairs: [Pair]? {
        guard case .map(let pairs) = content else { return nil }
        return pairs
    }

    /// Nothing was written: `key:`, `key: ~` or `key: null`.
    var isNull: Bool {
        guard case .scalar(let text, plain: true) = content else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(text)
    }

    /// The Boolean of an unquoted `true` or `false`.
    var boolean: Bool? {
        guard case .scalar(let text, plain: true) = content else { return nil }
        switch text {
        case "true", "True", "TRUE": return true
        case "false", "False", "FALSE": return false
        default: return nil
        }
    }

    /// The number of an unquoted decimal.
    var number: Double? {
        guard case .scalar(let text, plain: true) = content, let first = text.utf8.first,
            text.utf8.allSatisfy({ (48 ... 57).contains($0) || "+-.eE".utf8.contains($0) }),
            first != UInt8(ascii: "e"), first != UInt8(ascii: "E"), let number = Double(text), number.isFinite
        else { return nil }
        return number
    }

    /// What it is, for messages that refuse it. Never its content.
    var description: String {
        switch content {
        case .scalar: isNull ? "nothing" : "a single value"
        case .list: "a list"
        case .map: "a map"
        }
    }

    subscript(_ key: String) -> Pair? { pairs?.first { $0.key == key } }

    /// A digest of the content alone: comments, white space, quotes and the order of keys do not change it.
    var digest: SubjectID {
        var bytes: [UInt8] = []
        appendCanonical(to: &bytes)
        return SubjectID(digestOf: bytes.span)
    }

    /// Typed and length-prefixed. Depth is bounded by `RuleLimit.depth`.
    private func appendCanonical(to bytes: inout [UInt8]) {
        func append(count: Int) {
            eachByte(of: UInt64(count)) { bytes.append($0) }
        }
        func append(_ text: String) {
            append(count: text.utf8.count)
            bytes += text.utf8
        }
        switch content {
        case .scalar(let text, let plain):
            bytes.append(isNull ? 0 : plain && (boolean != nil || number != nil) ? 1 : 2)
            append(isNull ? "" : text)
        case .list(let items):
            bytes.append(3)
            append(count: items.count)
            for item in items { item.appendCanonical(to: &bytes) }
        case .map(let pairs):
            bytes.append(4)
            append(count: pairs.count)
            for pair in pairs.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
                append(pair.key)
                pair.value.appendCanonical(to: &bytes)
            }
        }
    }

    private func eachByte(of word: UInt64, _ body: (UInt8) -> Void) {
        for shift in stride(from: 0, to: 64, by: 8) { body(UInt8(truncatingIfNeeded: word >> UInt64(shift))) }
    }
}
