// SPDX-License-Identifier: Apache-2.0

/// The place in a list where the next page begins. Opaque to clients; it comes back from outside and is checked whole.
///
/// Written as the list's letter, the number of its entries and the next place, in decimal: `r-120-50`. The number of
/// entries makes a cursor of a list that changed invalid instead of letting it skip or repeat entries.
struct PageCursor: Equatable {
    enum List: String { case resources = "r", templates = "t", prompts = "p" }

    let list: List
    let entries: Int
    let next: Int

    var text: String { "\(list.rawValue)-\(entries)-\(next)" }

    init(list: List, entries: Int, next: Int) {
        self.list = list
        self.entries = entries
        self.next = next
    }

    /// Nil unless this is exactly what was given out for this list as it is now.
    init?(_ text: String, list: List, entries: Int) {
        guard text.utf8.count <= 64 else { return nil }
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, let next = Int(parts[2]), next > 0, next < entries else { return nil }
        self.init(list: list, entries: entries, next: next)
        guard self.text.hasSameBytes(as: text) else { return nil }
    }

    /// One page of a list under `name`, with `nextCursor` if there is more.
    static func page(
        of entries: [JSONValue], _ list: List, as name: String, size: Int, params: JSONObject
    ) throws(ProtocolError) -> JSONObject {
        var start = 0
        if let given = params["cursor"], given != .null {
            guard let text = given.string, let cursor = PageCursor(text, list: list, entries: entries.count) else {
                throw .invalidParams("This cursor is not one of this list; ask without a cursor for its beginning.")
            }
            start = cursor.next
        }
        let end = entries.count - start > size ? start + size : entries.count
        var page: JSONObject = [:]
        page[name] = .array(Array(entries[start ..< end]))
        if end < entries.count {
            page["nextCursor"] = .string(PageCursor(list: list, entries: entries.count, next: end).text)
        }
        return page
    }
}
