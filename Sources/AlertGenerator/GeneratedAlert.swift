// SPDX-License-Identifier: Apache-2.0

/// One made-up alert, before it is written in one of Falco's two forms.
public struct GeneratedAlert: Sendable {
    /// ns since 1970, UTC.
    public var time: Int64
    /// 0 Emergency … 7 Debug.
    public var priority: UInt8
    public var rule: String
    public var source: String
    public var hostname: String
    public var tags: [String]
    /// What the rule's output line says, without the time and priority that Falco puts in front.
    public var text: String
    /// Sorted by name, as Falco's JSON has them; `evt.time` is not among them.
    public var fields: [(name: String, value: GeneratedValue)]
}

/// The value of a generated output field.
public enum GeneratedValue: Sendable {
    case text(String)
    case integer(Int64)
    case bool(Bool)
    /// What Falco could not resolve: null in JSON, `<NA>` over gRPC.
    case missing

    /// How it stands in the output line and in the string map of the gRPC form.
    public var printed: String {
        switch self {
        case .text(let text): text
        case .integer(let number): String(number)
        case .bool(let flag): flag ? "true" : "false"
        case .missing: "<NA>"
        }
    }
}

/// The generator of Steele, Lea and Flood's "Fast Splittable Pseudorandom Number Generators": small, good, the same
/// everywhere.
struct SplitMix: Sendable {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    /// 0 ..< bound.
    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }

    mutating func pick<Element>(_ elements: [Element]) -> Element { elements[below(elements.count)] }

    /// True once in `count` times on average.
    mutating func onceIn(_ count: Int) -> Bool { below(count) == 0 }

    /// Lower-case hexadecimal digits.
    mutating func hexadecimal(_ count: Int) -> String {
        var text = ""
        while text.utf8.count < count {
            let digits = String(next(), radix: 16)
            text += String(repeating: "0", count: 16 - digits.count) + digits
        }
        return String(text.prefix(count))
    }
}
