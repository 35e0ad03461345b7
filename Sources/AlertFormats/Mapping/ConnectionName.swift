// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// The ends of a connection as Falco's `fd.name` names them, client first: `10.0.0.1:4000->1.2.3.4:443`.
///
/// Most rules put `fd.name` into their output and not the fields of the single ends.
struct ConnectionName: ~Escapable {
    let text: Span<UInt8>
    let source: (address: Range<Int>, port: Range<Int>)
    let destination: (address: Range<Int>, port: Range<Int>)

    /// Two addresses of at most 45 characters, two ports.
    private static let limit = 2 * (45 + 6) + 2

    /// nil for any other text.
    @_lifetime(copy text)
    init?(_ text: Span<UInt8>) {
        guard text.count <= Self.limit, let arrow = Self.arrow(text), let source = Self.end(text, 0 ..< arrow),
            let destination = Self.end(text, arrow + 2 ..< text.count)
        else { return nil }
        self.text = text
        self.source = source
        self.destination = destination
    }

    private static func arrow(_ text: Span<UInt8>) -> Int? {
        for place in 0 ..< max(0, text.count - 1) where text[place] == 0x2D && text[place + 1] == 0x3E { return place }
        return nil
    }

    /// The last colon stands before the port.
    private static func end(_ text: Span<UInt8>, _ range: Range<Int>) -> (address: Range<Int>, port: Range<Int>)? {
        var colon = range.upperBound - 1
        while colon > range.lowerBound, text[colon] != 0x3A { colon -= 1 }
        guard colon > range.lowerBound else { return nil }
        let port = colon + 1 ..< range.upperBound
        guard !port.isEmpty, port.count <= 5, AddressText.isAddress(text.extracting(range.lowerBound ..< colon)) else {
            return nil
        }
        var number = 0
        for place in port {
            guard text[place] >= 0x30, text[place] <= 0x39, place == port.lowerBound || number > 0 else { return nil }
            number = number * 10 + Int(text[place] - 0x30)
        }
        return number <= 65_535 ? (range.lowerBound ..< colon, port) : nil
    }
}

extension MappedAlert {
    /// What `fd.name` says about the ends, where no field of their own does.
    var connection: ConnectionName? {
        @_lifetime(copy self)
        get {
            guard ends == nil, let name = value(.descriptorName), name.kind == .string else { return nil }
            return ConnectionName(name.text)
        }
    }
}

extension OutputBuffer {
    /// A member whose value is digits of a text from outside, which were looked at.
    mutating func member(_ name: StaticString, digits text: Span<UInt8>) {
        key(name)
        append(text)
        append(byte: 0x2C)
    }
}
