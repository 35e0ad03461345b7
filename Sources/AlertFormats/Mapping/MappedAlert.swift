// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// One alert, with an index of the fields that schemas have places for, and a note of which of them were written there:
/// the rest is written as it is, so that nothing is lost.
///
/// Made anew for each alert, on the stack: one pass over its fields and one over what enrichment added.
struct MappedAlert: ~Escapable {
    let facts: AlertFacts
    /// By `KnownField`: 0 for none, one more than the index of an own field, or `added` and the index of an added one.
    private var places = InlineArray<80, UInt16>(repeating: 0)
    private var written: (low: UInt64, high: UInt64) = (0, 0)

    /// Set in a place of a field that enrichment added. An alert has at most 4,097 fields of its own.
    private static let added: UInt16 = 0x8000

    @_lifetime(copy facts)
    init(_ facts: AlertFacts) {
        self.facts = facts
        let table = KnownField.byID
        for index in 0 ..< facts.alert.fieldCount {
            let field = facts.alert.field(at: index)
            let id = Int(field.keyID)
            guard id != 0, id < table.count, table[id] != 0, !field.kind.isNull else { continue }
            let known = Int(table[id])
            // Of several fields of one name the first counts.
            if places[known] == 0 { places[known] = UInt16(truncatingIfNeeded: index + 1) }
        }
        for index in 0 ..< min(facts.addedCount, 0x7FFF) {
            let known = Self.known(ofAdded: index, facts, table)
            guard known != 0, places[known] == 0 else { continue }
            places[known] = Self.added | UInt16(truncatingIfNeeded: index)
        }
        // What `@timestamp` says, in Falco's own numbers.
        if let time = value(.eventTime), time.kind == .int64,
            time.bits == UInt64(bitPattern: facts.alert.eventTime.nanoseconds)
        {
            mark(.eventTime)
        }
    }

    private static func known(ofAdded index: Int, _ facts: borrowing AlertFacts, _ table: [UInt8]) -> Int {
        guard !facts.addedKind(at: index).isNull else { return 0 }
        let id = Int(facts.addedID(at: index))
        if id == 0 { return Int(KnownField.added(facts.addedName(at: index).text.span).rawValue) }
        return id < table.count ? Int(table[id]) : 0
    }

    @inline(__always)
    func has(_ field: KnownField) -> Bool { places[Int(field.rawValue)] != 0 }

    /// The value of a field; nil when the alert has none, or null in any of its forms.
    @inline(__always)
    @_lifetime(copy self)
    func value(_ field: KnownField) -> ValueView? {
        let place = places[Int(field.rawValue)]
        guard place != 0 else { return nil }
        if place & Self.added != 0 { return facts.added(at: Int(place & ~Self.added)) }
        let own = facts.alert.field(at: Int(place) - 1)
        return ValueView(kind: own.kind, text: own.text, bits: own.bits)
    }

    /// Notes that the field stands in the schema's own place.
    @inline(__always)
    mutating func mark(_ field: KnownField) {
        if field.rawValue < 64 {
            written.low |= 1 << UInt64(field.rawValue)
        } else {
            written.high |= 1 << UInt64(field.rawValue - 64)
        }
    }

    @inline(__always)
    func isWritten(_ field: Int) -> Bool {
        field < 64 ? written.low & 1 << UInt64(field) != 0 : written.high & 1 << UInt64(field - 64) != 0
    }

    /// The own field at `index` has a value that no place took.
    @inline(__always)
    func isLeft(_ index: Int, _ table: [UInt8]) -> Bool {
        let field = facts.alert.field(at: index)
        guard !field.kind.isNull else { return false }
        let id = Int(field.keyID)
        guard id != 0, id < table.count, table[id] != 0 else { return true }
        let known = Int(table[id])
        return places[known] != UInt16(truncatingIfNeeded: index + 1) || !isWritten(known)
    }

    /// The same for the added field at `index`.
    func isLeft(added index: Int, _ table: [UInt8]) -> Bool {
        let known = Self.known(ofAdded: index, facts, table)
        guard known != 0 else { return !facts.addedKind(at: index).isNull }
        return places[known] != Self.added | UInt16(truncatingIfNeeded: index) || !isWritten(known)
    }
}

// MARK: What several fields say together

extension MappedAlert {
    /// The ends of a connection: the client's fields or the near end's, the server's or the far end's.
    var ends: (source: Endpoint, destination: Endpoint)? {
        if has(.clientAddress) || has(.serverAddress) { return (.client, .server) }
        guard has(.localAddress) || has(.remoteAddress) else { return nil }
        if let server = value(.isServer), server.kind == .bool, server.bits != 0 { return (.remote, .local) }
        return (.local, .remote)
    }

    /// The field that holds the path of a file; nil when the alert is about none.
    var file: KnownField? {
        if let name = value(.descriptorName), name.kind == .string, name.text[0] == UInt8(ascii: "/") {
            guard let type = value(.descriptorType) else { return .descriptorName }
            if type.text.equals("file") || type.text.equals("directory") { return .descriptorName }
        }
        if let path = value(.path), path.kind == .string, path.text[0] == UInt8(ascii: "/") { return .path }
        return nil
    }

    /// It names a container, and not the host.
    var isInContainer: Bool {
        if let id = value(.containerID) { return !id.text.equals("host") }
        return has(.containerName)
    }

    var namesProcess: Bool { has(.processID) || has(.processName) || has(.commandLine) || has(.executable) }
}

/// The fields of one end of a connection.
struct Endpoint {
    let address, port, name, country, city, number, organization: KnownField

    static let client = Endpoint(.clientAddress)
    static let server = Endpoint(.serverAddress)
    static let local = Endpoint(.localAddress)
    static let remote = Endpoint(.remoteAddress)

    /// They stand in this order in `KnownField`.
    private init(_ address: KnownField) {
        func field(_ offset: UInt8) -> KnownField { KnownField(rawValue: address.rawValue + offset) ?? .other }
        self.address = address
        (port, name, country, city) = (field(1), field(2), field(3), field(4))
        (number, organization) = (field(5), field(6))
    }
}

/// A path cut at its last slash.
enum PathText {
    /// Where the last component begins; the whole text without a slash.
    static func nameOffset(_ path: Span<UInt8>) -> Int {
        var place = path.count
        while place > 0, path[place - 1] != UInt8(ascii: "/") { place -= 1 }
        return place
    }
}
