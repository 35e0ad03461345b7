// SPDX-License-Identifier: Apache-2.0
import AlertModel
import HostileText
import MCPProtocol

/// The texts of one alert or record on their way into JSON: all of them pass here, so what was cut, redacted and
/// suspicious is known at the end.
struct UntrustedTexts {
    private var sanitizer: Sanitizer
    private let limit: Int
    /// Characters that texts may still take.
    private(set) var room: Int
    private var cuts = JSONObject()
    private var suspicion: Manipulation = []
    private var looksAtEach = true

    /// `room`: characters of all texts together.
    init(_ rendering: AlertRendering, room: Int) {
        sanitizer = Sanitizer(redacts: rendering.redacts)
        limit = rendering.detail.textLimit
        self.room = room
    }

    /// Looks for secrets in a text before any is shown.
    mutating func learn(_ text: Span<UInt8>) { sanitizer.learn(text) }

    /// The name of a rule, a tag, a field: text that stands outside `untrusted`, or is a member's name.
    mutating func label(_ text: Span<UInt8>) -> String { sanitizer.excerpt(text, limit: TextLimit.brief).text }

    /// What is suspicious in an alert as a whole: the same at every level of detail, and as conditions see it.
    mutating func look(at alert: borrowing AlertView) {
        suspicion = Manipulation.found(in: alert)
        looksAtEach = false
    }

    /// One text; `name` is where it stands, for the list of what was cut.
    mutating func text(_ text: Span<UInt8>, _ name: String, limit: Int = .max) -> JSONValue {
        if looksAtEach { suspicion.formUnion(Manipulation.found(in: text)) }
        let excerpt = sanitizer.excerpt(text, limit: min(self.limit, limit, max(room, 16)))
        room -= min(room, excerpt.text.utf8.count)
        if let whole = excerpt.whole {
            cuts[name] = ["bytes": .integer(Int64(whole.bytes)), "sha256": .string(whole.sha256)]
        }
        return .string(excerpt.text)
    }

    mutating func text(_ text: String, _ name: String) -> JSONValue { self.text(text.utf8Span.span, name) }

    /// A value of an output field or a key; numbers and Booleans are what they are.
    mutating func value(_ value: FieldValue, _ name: String) -> JSONValue {
        switch value {
        case .null: .null
        case .text(let text): self.text(text, name)
        case .integer(let number): .integer(number)
        // Beyond JSON's safe integers, and this project's: its digits.
        case .unsigned(let number): .string(String(number))
        case .double(let number): JSONNumber(number).map { .number($0) } ?? .null
        case .bool(let flag): .bool(flag)
        }
    }

    /// What is said about the texts, all of it by Creance: `manipulation_suspected`, `reasons`, `redactions`, `cut`.
    func describe(in object: inout JSONObject) {
        object["manipulation_suspected"] = .bool(!suspicion.isEmpty)
        if !suspicion.isEmpty { object["reasons"] = .strings(suspicion.reasons) }
        CallMeter.current?.add(redactions: sanitizer.redactions)
        if sanitizer.redactions > 0 { object["redactions"] = .integer(Int64(sanitizer.redactions)) }
        if !cuts.isEmpty { object["cut"] = .object(cuts) }
    }
}

extension UntrustedTexts {
    /// An output field of an alert.
    mutating func value(_ field: borrowing FieldView, _ name: String, limit: Int = .max) -> JSONValue {
        value(field.kind, bits: field.bits, text: field.text, name, limit: limit)
    }

    mutating func value(
        _ kind: FieldKind, bits: UInt64, text: Span<UInt8>, _ name: String, limit: Int = .max
    ) -> JSONValue {
        switch kind {
        case .null, .notAvailable, .empty: .null
        case .string, .json: self.text(text, name, limit: limit)
        case .int64: value(.integer(Int64(bitPattern: bits)), name)
        case .uint64: bits <= UInt64(Int64.max) ? .integer(Int64(bits)) : value(.unsigned(bits), name)
        case .double: value(.double(Double(bitPattern: bits)), name)
        case .bool: .bool(bits != 0)
        }
    }
}
