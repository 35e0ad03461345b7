// SPDX-License-Identifier: Apache-2.0

/// Everything that enrichment looks up, as one generation: made before it is used, never changed, shared by any thread.
public struct EnrichTables: Sendable {
    public var addresses: AddressTables?
    public var indicators: [IndicatorList] = []
    public var lookups: [LookupTable] = []
    /// SHA-256 of what it was made from, in hexadecimal; empty without tables.
    public var generation = ""

    public init() {}

    public var isEmpty: Bool { addresses == nil && indicators.isEmpty && lookups.isEmpty }
}

/// Texts one behind the other, by number.
public struct TextColumn: Sendable {
    private var bytes: [UInt8] = []
    private var ends: [Int] = [0]

    public init() {}

    public var count: Int { ends.count - 1 }

    public mutating func append(_ text: Span<UInt8>) {
        for index in text.indices { bytes.append(text[index]) }
        ends.append(bytes.count)
    }

    @_lifetime(borrow self)
    public func text(at index: Int) -> Span<UInt8> { bytes.span.extracting(ends[index] ..< ends[index + 1]) }
}
