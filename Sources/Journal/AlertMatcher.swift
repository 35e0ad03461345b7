// SPDX-License-Identifier: Apache-2.0
public import AlertModel

/// A query's conditions on one decoded alert: what a search asks of blocks, asked of alerts as they come.
///
/// Made once for a query and kept; matching allocates next to nothing. Any thread. Order, limit, cursor and block limit
/// are not looked at.
public struct AlertMatcher: Sendable {
    private let filter: ColumnFilter
    private let text: TextMatch?
    private let fates: Set<Fate>
    private let condition: (@Sendable (borrowing AlertFacts) -> Bool)?

    public init(_ query: AlertQuery) {
        filter = ColumnFilter(query)
        text = TextMatch(query.text)
        fates = query.fates
        condition = query.condition
    }

    /// `fate` is nil before the engine decided.
    public func matches(_ facts: borrowing AlertFacts, fate: Fate?) -> Bool {
        guard fates.isEmpty || fate.map(fates.contains) ?? false, filter.admits(facts.alert) else { return false }
        if let text, !text.matches(facts.alert) { return false }
        return condition?(facts) ?? true
    }
}
