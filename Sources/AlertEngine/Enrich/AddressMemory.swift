// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// What databases said about addresses asked for lately, so that an address that comes often costs one comparison.
///
/// Holds no decision: with it or without it the bytes are the same. Bounded: one place per address, `byteLimit` of text.
struct AddressMemory: Sendable {
    static let placeCount = 4_096
    static let byteLimit = 1 << 20

    /// Where the texts of one address stand.
    struct Known: Sendable {
        fileprivate(set) var address: NetworkAddress
        fileprivate(set) var isSet = false
        fileprivate(set) var country = 0 ..< 0
        fileprivate(set) var city = 0 ..< 0
        fileprivate(set) var number: UInt32 = 0
        /// The number in decimal digits.
        fileprivate(set) var digits = 0 ..< 0
        fileprivate(set) var organization = 0 ..< 0

        var isEmpty: Bool { country.isEmpty && city.isEmpty && number == 0 && organization.isEmpty }
    }

    private var places: [Known] = []
    private(set) var bytes: [UInt8] = []
    private let seed: TextHash.Seed

    init(_ key: HashKey) { seed = TextHash.Seed(key) }

    /// A database is asked no more: what it said is forgotten.
    mutating func removeAll() {
        places.removeAll(keepingCapacity: true)
        bytes.removeAll(keepingCapacity: true)
    }

    func find(_ address: NetworkAddress) -> Known? {
        guard !places.isEmpty else { return nil }
        let known = places[place(of: address)]
        return known.isSet && known.address == address ? known : nil
    }

    mutating func learn(_ address: NetworkAddress, _ facts: AddressFacts) -> Known {
        if bytes.count > Self.byteLimit { removeAll() }
        if places.isEmpty {
            let free = Known(address: NetworkAddress(high: 0, low: 0))
            for _ in 0 ..< Self.placeCount { places.append(free) }
        }
        var known = Known(address: address, isSet: true)
        known.country = append(facts.country)
        known.city = append(facts.city)
        known.organization = append(facts.organization)
        known.number = facts.number
        if facts.number != 0 { known.digits = append(digits: facts.number) }
        places[place(of: address)] = known
        return known
    }

    private func place(of address: NetworkAddress) -> Int {
        var hasher = TextHash(seed)
        hasher.combine(address.high, address.low)
        return Int(truncatingIfNeeded: hasher.value) & (Self.placeCount - 1)
    }

    private mutating func append(_ text: [UInt8]) -> Range<Int> {
        let start = bytes.count
        bytes += text
        return start ..< bytes.count
    }

    private mutating func append(digits number: UInt32) -> Range<Int> {
        let start = bytes.count
        var divisor: UInt32 = 1_000_000_000
        while divisor > 0 {
            if number >= divisor { bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number / divisor % 10)) }
            divisor /= 10
        }
        return start ..< bytes.count
    }
}
