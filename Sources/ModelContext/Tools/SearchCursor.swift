// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Journal

/// Where a search goes on, as text that clients take as it is: `s1.n.4711.1780000000000000000.-`.
///
/// Order, place, and the window as it was resolved by the first call, so that `last` does not move between pages. It comes
/// back from outside: read whole or not at all, and good for any filter.
struct SearchCursor: Equatable {
    static let longestText = 70

    let newestFirst: Bool
    /// The search goes on behind the alert at this place.
    let place: Int64
    let from: EventTime?
    let through: EventTime?

    init(newestFirst: Bool, place: Int64, from: EventTime?, through: EventTime?) {
        self.newestFirst = newestFirst
        self.place = place
        self.from = from
        self.through = through
    }

    var text: String {
        let ends = [from, through].map { $0.map { String($0.nanoseconds) } ?? "-" }
        return "s1.\(newestFirst ? "n" : "o").\(place).\(ends[0]).\(ends[1])"
    }

    init?(_ text: String) {
        guard text.utf8.count <= Self.longestText, text.utf8.allSatisfy({ $0 < 0x80 }) else { return nil }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 5, parts[0] == "s1", parts[1] == "n" || parts[1] == "o", let place = Int64(parts[2]),
            place >= 0
        else { return nil }
        var ends: [EventTime?] = []
        for part in parts[3...] {
            if part == "-" {
                ends.append(nil)
            } else {
                guard let time = Int64(part) else { return nil }
                ends.append(EventTime(nanoseconds: time))
            }
        }
        self.init(newestFirst: parts[1] == "n", place: place, from: ends[0], through: ends[1])
        // One spelling for one cursor.
        guard Array(self.text.utf8) == Array(text.utf8) else { return nil }
    }
}
