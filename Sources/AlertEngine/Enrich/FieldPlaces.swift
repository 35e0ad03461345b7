// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// The fields that tables look at, and where the alert at hand has them: one pass over its fields, whatever the number.
struct FieldPlaces: Sendable {
    private var names: [FieldName] = []
    /// By id of Falco's fields: one more than the number, 0 for a field that nothing looks at.
    private var numbers: [UInt16] = []
    /// Numbers of names without an id.
    private var others: [Int] = []
    /// By number: one more than the index of the alert's field, 0 for null.
    private var places: [UInt16] = []

    /// The number of a name, which is added when it is new.
    mutating func number(of name: FieldName) -> Int {
        if let known = names.firstIndex(of: name) { return known }
        names.append(name)
        places.append(0)
        if name.id != 0 {
            while numbers.count <= Int(name.id) { numbers.append(0) }
            numbers[Int(name.id)] = UInt16(truncatingIfNeeded: names.count)
        } else {
            others.append(names.count - 1)
        }
        return names.count - 1
    }

    func name(_ number: Int) -> FieldName { names[number] }

    mutating func locate(in alert: AlertView) {
        for number in places.indices { places[number] = 0 }
        for index in 0 ..< alert.fieldCount {
            let field = alert.field(at: index)
            let id = Int(field.keyID)
            if id != 0 {
                guard id < numbers.count, numbers[id] != 0 else { continue }
                note(Int(numbers[id]) - 1, index, field)
            } else {
                for number in others {
                    let text = names[number].text
                    if text.span.equals(field.key) { note(number, index, field) }
                }
            }
        }
    }

    /// The text of a field that the alert has and that is not null.
    @_lifetime(copy alert)
    func text(_ number: Int, of alert: AlertView) -> Span<UInt8>? {
        guard places[number] != 0 else { return nil }
        return alert.field(at: Int(places[number]) - 1).text
    }

    private mutating func note(_ number: Int, _ index: Int, _ field: borrowing FieldView) {
        guard places[number] == 0, !field.kind.isNull else { return }
        places[number] = UInt16(truncatingIfNeeded: index + 1)
    }
}
