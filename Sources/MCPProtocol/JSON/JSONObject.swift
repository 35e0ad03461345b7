// SPDX-License-Identifier: Apache-2.0

/// The members of a JSON object in the order in which they were read or set; that is the order they are written in.
///
/// Names are compared byte by byte, not by Unicode equivalence as `String` does: U+212A (Kelvin) is no "K" here.
/// A look-up costs a walk over the members; objects of this protocol are small.
public struct JSONObject: Sendable, Equatable {
    /// One name and its value.
    public struct Member: Sendable, Equatable {
        public let name: String
        public var value: JSONValue

        public static func == (left: Member, right: Member) -> Bool {
            left.name.hasSameBytes(as: right.name) && left.value == right.value
        }
    }

    /// No two have the same name.
    public private(set) var members: [Member]

    public init() { members = [] }

    /// The caller has checked that no name comes twice.
    init(checked members: [Member]) { self.members = members }

    public var isEmpty: Bool { members.isEmpty }

    /// Setting replaces in place, or appends; setting nil removes.
    public subscript(name: String) -> JSONValue? {
        get { members.first { $0.name.hasSameBytes(as: name) }?.value }
        set {
            let place = members.firstIndex { $0.name.hasSameBytes(as: name) }
            switch (place, newValue) {
            case (let place?, let value?): members[place].value = value
            case (let place?, nil): members.remove(at: place)
            case (nil, let value?): members.append(Member(name: name, value: value))
            case (nil, nil): break
            }
        }
    }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    /// A name that comes twice keeps its first place and its last value.
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self.init()
        for (name, value) in elements { self[name] = value }
    }
}

extension String {
    /// Equality of the UTF-8 bytes, which is what a protocol means by "the same string".
    func hasSameBytes(as other: String) -> Bool {
        utf8.count == other.utf8.count && utf8.elementsEqual(other.utf8)
    }
}
