// SPDX-License-Identifier: Apache-2.0
public import AlertModel

/// What an indicator is; which fields it is looked for in follows from that.
public enum IndicatorKind: String, CaseIterable, Sendable {
    /// An address or a network.
    case address
    /// A domain: it and what is below it.
    case domain
    /// A digest in hexadecimal.
    case hash
    /// A path, exactly.
    case path
}

/// What one indicator looks for, in its normal form.
public struct Indicator: Hashable, Sendable {
    public let kind: IndicatorKind
    /// As its file has it.
    public let value: [UInt8]
    let normal: [UInt8]
    let range: NetworkRange?

    /// nil when the text is not of its kind.
    public init?(_ kind: IndicatorKind, _ value: [UInt8]) {
        self.kind = kind
        self.value = value
        var normal = value
        var range: NetworkRange?
        switch kind {
        case .address:
            range = NetworkRange(value.span)
            guard range != nil else { return nil }
        case .domain:
            IndicatorText.normalizeDomain(&normal)
            guard IndicatorText.isDomain(normal.span) else { return nil }
        case .hash:
            IndicatorText.normalizeHash(&normal)
            guard IndicatorText.isHash(normal.span) else { return nil }
        case .path:
            guard !value.isEmpty, value.count <= 4_096 else { return nil }
        }
        self.normal = normal
        self.range = range
    }

    /// Whether a field's text is what the indicator looks for.
    func matches(_ text: Span<UInt8>) -> Bool {
        switch kind {
        case .address:
            guard let range, let address = NetworkAddress(text) else { return false }
            return range.contains(address)
        case .domain: return IndicatorText.isDomain(text, in: normal.span)
        case .hash: return IndicatorText.isHash(text, equalTo: normal.span)
        case .path: return text.equals(normal.span)
        }
    }
}

/// One list of indicators. Hits go to field `indicator.<name>` (what was hit) and, where there is one,
/// `indicator.<name>.description`.
public struct IndicatorList: Sendable {
    public let name: String
    /// Fields by kind, in order: the first field that is hit counts.
    public let fields: [(kind: IndicatorKind, name: FieldName)]
    /// Indicators that begin with the same value and differ in what else they want; more are left out.
    static let chainLimit = 256

    private(set) var networks: NetworkIndex
    private(set) var domains: TextIndex
    private(set) var hashes: TextIndex
    private(set) var paths: TextIndex
    private(set) var values = TextColumn()
    private(set) var descriptions = TextColumn()
    /// By row: one more than the next row of the same indicator, 0 for none.
    private var following: [UInt32] = []
    /// By row: what else the alert must have, as a range of `conditions`.
    private var conditionRanges: [Range<UInt32>] = []
    private var conditions: [Indicator] = []

    public init(name: String, fields: [(kind: IndicatorKind, name: FieldName)], key: HashKey) {
        self.name = name
        self.fields = fields
        networks = NetworkIndex(key)
        domains = TextIndex(key)
        hashes = TextIndex(key)
        paths = TextIndex(key)
    }

    public var count: Int { values.count }

    /// Whether fields of a kind are of any use to this list.
    func asks(for kind: IndicatorKind) -> Bool {
        if conditions.contains(where: { $0.kind == kind }) { return true }
        return switch kind {
        case .address: !networks.isEmpty
        case .domain: !domains.isEmpty
        case .hash: !hashes.isEmpty
        case .path: !paths.isEmpty
        }
    }

    /// Puts an indicator in that hits when the alert has all of `also` as well. False when it is there already.
    public mutating func insert(_ indicator: Indicator, also: [Indicator] = [], description: [UInt8] = []) -> Bool {
        let row = values.count
        if var known = self.row(of: indicator) {
            var steps = 0
            while true {
                steps += 1
                guard steps <= Self.chainLimit else { return false }
                let range = conditionRanges[known]
                if range.isEmpty || conditions[Int(range.lowerBound) ..< Int(range.upperBound)].elementsEqual(also) {
                    return false
                }
                guard following[known] != 0 else { break }
                known = Int(following[known]) - 1
            }
            following[known] = UInt32(row) + 1
        } else if let range = indicator.range {
            _ = networks.insert(range, row: row)
        } else {
            switch indicator.kind {
            case .domain: _ = domains.insert(indicator.normal.span, row: row)
            case .hash: _ = hashes.insert(indicator.normal.span, row: row)
            case .path, .address: _ = paths.insert(indicator.normal.span, row: row)
            }
        }
        values.append(indicator.value.span)
        descriptions.append(description.span)
        following.append(0)
        conditionRanges.append(UInt32(conditions.count) ..< UInt32(conditions.count + also.count))
        conditions += also
        return true
    }

    /// The first row of a chain whose conditions all hold.
    func row(from first: Int, _ holds: (Indicator) -> Bool) -> Int? {
        var row = first
        while true {
            if conditionRanges[row].allSatisfy({ holds(conditions[Int($0)]) }) { return row }
            guard following[row] != 0 else { return nil }
            row = Int(following[row]) - 1
        }
    }

    private func row(of indicator: Indicator) -> Int? {
        switch indicator.kind {
        case .address: indicator.range.flatMap { networks.find($0) }
        case .domain: domains.find(indicator.normal.span)
        case .hash: hashes.find(indicator.normal.span)
        case .path: paths.find(indicator.normal.span)
        }
    }
}
