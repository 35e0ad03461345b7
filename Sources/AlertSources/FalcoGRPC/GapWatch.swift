// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// Knows where a gap began, and ends it at the first alert that arrives after.
///
/// Pure. A gap runs from the last arrival before the stream broke to the first one after; breaks without an alert in
/// between are one gap, with the first one's reason.
struct GapWatch: Sendable {
    let source: String
    /// Arrival of the last alert handed over; before the first one, when the subscription began.
    private(set) var lastArrival: EventTime
    private(set) var open: Gap.Reason?

    /// Takes up where the run before this one ended; nothing stored means there was none.
    init(source: String, stored: SubscriptionCheckpoint?, now: EventTime) {
        self.source = source
        lastArrival = stored?.arrival ?? now
        open = stored.map { $0.isClean ? nil : .restarted } ?? nil
    }

    /// The stream ended, and what was under way may be lost.
    mutating func broke(_ reason: Gap.Reason) {
        if open == nil { open = reason }
    }

    /// Alerts arrived. The gap record to be handed over before them, if one was open.
    mutating func arrived(first: EventTime, last: EventTime) -> Gap? {
        defer { lastArrival = last }
        return close(at: first)
    }

    /// Ends the open gap at a time: the first arrival after it, or the moment when nothing more can arrive.
    mutating func close(at time: EventTime) -> Gap? {
        guard let reason = open else { return nil }
        open = nil
        // The clock may have been set back in between.
        return Gap(source: source, from: min(lastArrival, time), to: time, reason: reason)
    }

    /// To be stored with the alerts up to now. Without a clean leave the next start begins with a gap.
    func checkpoint(isClean: Bool = false) -> [UInt8] {
        SubscriptionCheckpoint(arrival: lastArrival, isClean: isClean && open == nil).bytes
    }
}
