// SPDX-License-Identifier: Apache-2.0

/// The head of one HTTP request to the endpoint of the protocol, as the transport read it.
public struct HTTPRequestHead: Sendable {
    /// `POST`, `GET` …, as it was sent.
    public let method: String
    /// Every field line, names in any case, values without the white space around them (RFC 9110, section 5.5).
    public let fields: [(name: String, value: String)]

    public init(method: String, fields: [(name: String, value: String)]) {
        self.method = method
        self.fields = fields
    }

    /// - Parameter name: in lower case.
    public func values(of name: String) -> [String] {
        fields.filter { $0.name.utf8.elementsEqual(name.utf8, by: areSameLetter) }.map(\.value)
    }

    /// The value of a field that must not come twice; nil if it is missing or comes twice.
    public func onlyValue(of name: String) -> String? {
        let values = values(of: name)
        return values.count == 1 ? values[0] : nil
    }
}

/// ASCII letters without their case.
func areSameLetter(_ given: UInt8, _ lower: UInt8) -> Bool {
    given == lower || (given >= UInt8(ascii: "A") && given <= UInt8(ascii: "Z") && given + 0x20 == lower)
}

extension String {
    /// The same with ASCII letters made small; no other letter changes.
    var smallASCII: String {
        String(decoding: utf8.map { $0 >= 0x41 && $0 <= 0x5A ? $0 + 0x20 : $0 }, as: UTF8.self)
    }
}

/// The media types that a field like `Accept` or `Content-Type` names, parameters left out.
struct MediaTypes {
    private let names: [String]

    init(_ values: [String]) {
        names = values.flatMap { $0.utf8.split(separator: UInt8(ascii: ",")) }.map { entry in
            let type = entry.prefix { $0 != UInt8(ascii: ";") }.filter { $0 != 0x20 && $0 != 0x09 }
            return String(decoding: type, as: UTF8.self).smallASCII
        }
    }

    /// Whether a client takes `type`. A client that says nothing takes everything (RFC 9110, section 12.5.1). A weight of
    /// zero is not looked for: no client of this protocol sends one.
    func accept(_ type: String) -> Bool {
        let range = String(decoding: type.utf8.prefix { $0 != UInt8(ascii: "/") }, as: UTF8.self) + "/*"
        return names.isEmpty || names.contains { $0 == type || $0 == range || $0 == "*/*" }
    }

    /// Whether exactly `type` is named, and nothing else.
    func isOnly(_ type: String) -> Bool { names == [type] }
}
