// SPDX-License-Identifier: Apache-2.0

/// What enrichment adds to the alerts of one batch: a table beside it, because an alert's own fields are never changed.
///
///     first  [ per alert: the index of its first entry, and one more at the end ]
///     entries[ name · kind · number · slice of `text` ]   in order of alerts
///
/// Filled front to back, alert by alert; emptied and filled again for the next batch without giving memory back.
public struct AddedFields: Sendable {
    public struct Entry: Sendable {
        public let name: FieldName
        public let kind: FieldKind
        public let bits: UInt64
        @usableFromInline let offset: Int
        @usableFromInline let count: Int
    }

    @usableFromInline private(set) var entries: [Entry] = []
    @usableFromInline private(set) var first: [Int] = [0]
    @usableFromInline private(set) var text: [UInt8] = []

    public init() {}

    /// Alerts that are closed by `endAlert`.
    public var alertCount: Int { first.count - 1 }

    public mutating func removeAll() {
        entries.removeAll(keepingCapacity: true)
        first.removeAll(keepingCapacity: true)
        first.append(0)
        text.removeAll(keepingCapacity: true)
    }

    /// Adds a text to the alert that is open.
    public mutating func add(_ name: FieldName, _ value: Span<UInt8>, kind: FieldKind = .string, bits: UInt64 = 0) {
        let offset = text.count
        text.append(_span: value)
        entries.append(Entry(name: name, kind: kind, bits: bits, offset: offset, count: value.count))
    }

    /// The alert that is open gets nothing more.
    public mutating func endAlert() { first.append(entries.count) }

    /// The indexes of one alert's entries. An alert that was not closed has none.
    @inlinable
    func range(of alert: Int) -> Range<Int> {
        alert + 1 < first.count ? first[alert] ..< first[alert + 1] : 0 ..< 0
    }

    /// Calls `visit` with every field of one alert, in the order they were added.
    public func forEach(ofAlert alert: Int, _ visit: (FieldName, FieldKind, UInt64, Span<UInt8>) -> Void) {
        for index in range(of: alert) {
            let entry = entries[index]
            visit(entry.name, entry.kind, entry.bits, text.span.extracting(entry.offset ..< entry.offset + entry.count))
        }
    }

    public func isEmpty(ofAlert alert: Int) -> Bool { range(of: alert).isEmpty }

    public func count(ofAlert alert: Int) -> Int { range(of: alert).count }

    /// Calls `visit` with the field at `index` of one alert, 0 ..< count.
    public func withField<Result>(
        _ index: Int, ofAlert alert: Int, _ visit: (FieldName, FieldKind, UInt64, Span<UInt8>) -> Result
    ) -> Result {
        let entry = entries[range(of: alert).lowerBound + index]
        return visit(
            entry.name, entry.kind, entry.bits, text.span.extracting(entry.offset ..< entry.offset + entry.count))
    }
}
