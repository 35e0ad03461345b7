// SPDX-License-Identifier: Apache-2.0
public import AlertModel

/// What a database knows about one address. Filled again and again without giving memory back.
public struct AddressFacts: Sendable {
    /// ISO 3166-1, two letters.
    public var country: [UInt8] = []
    /// In English.
    public var city: [UInt8] = []
    /// Of the autonomous system; 0 for none.
    public var number: UInt32 = 0
    public var organization: [UInt8] = []

    public init() {}

    mutating func removeAll() {
        country.removeAll(keepingCapacity: true)
        city.removeAll(keepingCapacity: true)
        organization.removeAll(keepingCapacity: true)
        number = 0
    }

    var isEmpty: Bool { country.isEmpty && city.isEmpty && organization.isEmpty && number == 0 }
}

/// One database of addresses. Looking up is a pure read: no I/O but of memory, the same answer every time.
public protocol AddressDatabase: Sendable {
    /// Its file's name, for messages.
    var name: String { get }
    /// When its maker built it.
    var built: EventTime { get }
    /// Sets what it knows and leaves what is set already: of several databases, the first that knows counts.
    func find(_ address: NetworkAddress, into facts: inout AddressFacts)
}

/// Databases of addresses and the fields whose addresses are looked up in them.
public struct AddressTables: Sendable {
    public let databases: [any AddressDatabase]
    public let fields: [FieldName]
    /// A database built longer ago than this, by the engine's time, is not asked any more. nil: no limit.
    public let maxAge: Duration?

    public init(databases: [any AddressDatabase], fields: [FieldName], maxAge: Duration?) {
        self.databases = databases
        self.fields = fields
        self.maxAge = maxAge
    }
}
