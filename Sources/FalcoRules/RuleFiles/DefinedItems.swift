// SPDX-License-Identifier: Apache-2.0

/// What rules files define under a name: a list, a macro, a rule.
protocol DefinedItem: Sendable {
    var name: String { get }
    var order: ItemOrder { get set }
}

/// The items of one kind, each once, in the order in which they were first defined.
struct DefinedItems<Item: DefinedItem>: Sendable {
    private(set) var items: [Item] = []
    private var places: [String: Int] = [:]

    func place(of name: String) -> Int? { places[name] }

    subscript(place: Int) -> Item {
        get { items[place] }
        set { items[place] = newValue }
    }

    /// A later definition stands where the first one did, and what comes after `now` sees it.
    mutating func define(_ item: Item, at now: Int) {
        var item = item
        let place = places[item.name]
        item.order = ItemOrder(index: place.map { items[$0].order.index } ?? now, visibility: now)
        if let place {
            items[place] = item
        } else {
            places[item.name] = items.count
            items.append(item)
        }
    }
}
