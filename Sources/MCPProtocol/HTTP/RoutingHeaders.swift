// SPDX-License-Identifier: Apache-2.0

/// The headers of Streamable HTTP that repeat what the body says, so that gates can route without reading bodies.
///
/// A gate that trusts the headers and a server that trusts the body must not be told different things: every
/// disagreement is refused (`headerMismatch`). Values may come as `=?base64?…?=` with UTF-8 inside.
public struct RoutingHeaders: Sendable, Equatable {
    public static let protocolVersion = "mcp-protocol-version"
    public static let method = "mcp-method"
    public static let name = "mcp-name"

    public let version: String?
    public let method: String?
    public let name: String?

    /// Takes all header lines of a request, names in any case. One of the three that comes twice is refused, for which
    /// copy counts differs between readers.
    public init(_ lines: [(name: String, value: String)]) throws(ProtocolError) {
        func only(_ wanted: String) throws(ProtocolError) -> String? {
            let values = lines.filter { $0.name.utf8.elementsEqual(wanted.utf8, by: areSameLetter) }
            guard values.count < 2 else { throw Self.mismatch("A routing header comes twice.") }
            return values.first?.value
        }
        version = try only(Self.protocolVersion)
        method = try only(Self.method)
        name = try only(Self.name)
    }

    private static func mismatch(_ message: String) -> ProtocolError { ProtocolError(.headerMismatch, message) }

    /// Whether the headers ask for the modern era; what they claim is then held against the body.
    public var claimsModernEra: Bool {
        version.flatMap { ProtocolRevision(rawValue: $0) }.map(\.isModern) ?? false
    }

    /// Throws unless the headers say the same as a modern request, whose metadata is checked before.
    public func check(_ request: IncomingRequest) throws(ProtocolError) {
        let stated = request.params["_meta"]?[MetaName.protocolVersion]?.string
        guard let version, let stated, version.hasSameBytes(as: stated) else {
            throw Self.mismatch("MCP-Protocol-Version is missing or differs from the body.")
        }
        guard let method, method.hasSameBytes(as: request.method) else {
            throw Self.mismatch("Mcp-Method is missing or differs from the body.")
        }
        let key: String
        switch request.method {
        case "tools/call", "prompts/get": key = "name"
        case "resources/read": key = "uri"
        default: return
        }
        // A body without the member is refused by the method itself, with its own code.
        guard let inBody = request.params[key]?.string else { return }
        guard let name, let decoded = Self.decoded(name), decoded.hasSameBytes(as: inBody) else {
            throw Self.mismatch("Mcp-Name is missing or differs from the body.")
        }
    }

    /// The value without the base64 form; nil if that form is malformed, not canonical, or no UTF-8 inside.
    static func decoded(_ value: String) -> String? {
        let bytes = Array(value.utf8)
        let opening = Array("=?base64?".utf8)
        let closing = Array("?=".utf8)
        guard bytes.starts(with: opening), bytes.count >= opening.count + closing.count,
            bytes[(bytes.count - closing.count)...].elementsEqual(closing)
        else { return value }
        return base64(bytes[opening.count ..< (bytes.count - closing.count)]).flatMap {
            String(validating: $0, as: UTF8.self)
        }
    }

    /// Base64 (RFC 4648, section 4) with padding; only the one canonical form of each text is taken.
    private static func base64(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        guard text.count.isMultiple(of: 4) else { return nil }
        let padding = text.suffix(2).reversed().prefix { $0 == UInt8(ascii: "=") }.count
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 4 * 3)
        var held: UInt32 = 0
        var bits = 0
        for byte in text.dropLast(padding) {
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "A") ... UInt8(ascii: "Z"): digit = byte - UInt8(ascii: "A")
            case UInt8(ascii: "a") ... UInt8(ascii: "z"): digit = byte - UInt8(ascii: "a") + 26
            case UInt8(ascii: "0") ... UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0") + 52
            case UInt8(ascii: "+"): digit = 62
            case UInt8(ascii: "/"): digit = 63
            default: return nil
            }
            held = (held << 6 | UInt32(digit)) & 0xFFFF
            bits += 6
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: held >> UInt32(bits)))
            }
        }
        // Bits that belong to no byte must be zero, or several texts would mean the same.
        guard held & (1 << UInt32(bits) - 1) == 0 else { return nil }
        return bytes
    }
}
