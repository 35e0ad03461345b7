// SPDX-License-Identifier: Apache-2.0
public import CAlertBatch

/// A value as conditions, rules and keys read it: of an alert's own field, or one that enrichment added.
public struct ValueView: ~Escapable {
    public let kind: FieldKind
    /// The text; the digits of a number.
    public let text: Span<UInt8>
    /// A number's bits, as `FieldView.bits`.
    public let bits: UInt64

    @inlinable
    @_lifetime(copy text)
    public init(kind: FieldKind, text: Span<UInt8>, bits: UInt64) {
        self.kind = kind
        self.text = text
        self.bits = bits
    }
}

/// One alert with what enrichment added to it: everything that conditions, rules and keys may read.
public struct AlertFacts: ~Escapable {
    public let alert: AlertView
    @usableFromInline let added: Span<AddedFields.Entry>
    @usableFromInline let text: Span<UInt8>

    /// An alert as it came.
    @inlinable
    @_lifetime(copy alert)
    public init(_ alert: AlertView) {
        self.alert = alert
        added = Span()
        text = Span()
    }

    /// The alert at `index` of its batch, with the fields that `added` has for it.
    @inlinable
    @_lifetime(copy alert, borrow added)
    public init(_ alert: AlertView, _ added: borrowing AddedFields, at index: Int) {
        self.alert = alert
        self.added = added.entries.span.extracting(added.range(of: index))
        text = added.text.span
    }

    /// Enrichment added something to this alert.
    @inlinable public var hasAdded: Bool { !added.isEmpty }

    /// The value of an output field; where the alert has none, the one that was added. nil for null in all its forms.
    @inlinable
    @_lifetime(copy self)
    public func value(_ name: borrowing FieldName) -> ValueView? {
        for index in 0 ..< alert.fieldCount {
            let field = alert.field(at: index)
            guard name.id != 0 ? field.keyID == name.id : field.key.equals(name.text.span) else { continue }
            if field.kind.isNull { break }
            return ValueView(kind: field.kind, text: field.text, bits: field.bits)
        }
        return addedValue(name)
    }

    /// The same by the number of a name that Falco's list has.
    @inlinable
    @_lifetime(copy self)
    public func value(id: UInt16) -> ValueView? {
        if let field = alert.field(calert_field_id(rawValue: UInt32(id))), !field.kind.isNull {
            return ValueView(kind: field.kind, text: field.text, bits: field.bits)
        }
        for index in added.indices where added[index].name.id == id {
            let (kind, bits) = (added[index].kind, added[index].bits)
            let start = added[index].offset
            return ValueView(kind: kind, text: text.extracting(start ..< start + added[index].count), bits: bits)
        }
        return nil
    }

    /// The value that enrichment added; nil when it added none.
    @inlinable
    @_lifetime(copy self)
    public func addedValue(_ name: borrowing FieldName) -> ValueView? {
        for index in added.indices
        where name.id != 0 ? added[index].name.id == name.id : added[index].name.text == name.text {
            let entry = added[index]
            return ValueView(
                kind: entry.kind, text: text.extracting(entry.offset ..< entry.offset + entry.count), bits: entry.bits)
        }
        return nil
    }

    // MARK: By index

    /// How many fields enrichment added.
    @inlinable public var addedCount: Int { added.count }

    /// The added field at `index`, 0 ..< addedCount: Falco's number of its name, 0 for other names.
    @inlinable public func addedID(at index: Int) -> UInt16 { added[index].name.id }

    @inlinable public func addedKind(at index: Int) -> FieldKind { added[index].kind }

    @inlinable public func addedName(at index: Int) -> FieldName { added[index].name }

    @inlinable
    @_lifetime(copy self)
    public func added(at index: Int) -> ValueView {
        let entry = added[index]
        return ValueView(
            kind: entry.kind, text: text.extracting(entry.offset ..< entry.offset + entry.count), bits: entry.bits)
    }
}
