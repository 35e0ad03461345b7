// SPDX-License-Identifier: Apache-2.0
import SigmaRules

/// How a rule cuts time into windows, in nanoseconds.
///
/// * sliding: a closed interval; two alerts are together when they are at most `timespan` apart.
/// * tumbling: [k · timespan, (k + 1) · timespan) for whole k, counted from 1970-01-01T00:00:00Z.
/// * session: alerts of a group that follow each other at most `gap` apart, however long that goes on; `timespan` does
///   not cut a session, because then the order of arrival could.
struct WindowFrame: Sendable {
    enum Kind: Sendable { case sliding, tumbling, session }

    let kind: Kind
    let timespan: Int64
    /// How far back an alert that is still on time can need others.
    let reach: Int64

    init(_ window: WindowKind, timespan: Int64) {
        self.timespan = max(0, timespan)
        switch window {
        case .sliding: (kind, reach) = (.sliding, self.timespan)
        case .tumbling: (kind, reach) = (.tumbling, self.timespan)
        case .session(let gap): (kind, reach) = (.session, max(0, gap.wholeNanoseconds))
        }
    }

    /// Whether an alert at `time` is in the window that ends at `end`; `next` is the one behind it in the group.
    @inline(__always)
    func holds(_ time: Int64, upTo end: Int64, next: Int64) -> Bool {
        switch kind {
        case .sliding: end.subtractingClamped(time) <= timespan
        case .tumbling: bucket(time) == bucket(end)
        case .session: next.subtractingClamped(time) <= reach
        }
    }

    /// The number of a tumbling window.
    @inline(__always)
    func bucket(_ time: Int64) -> Int64 {
        guard timespan > 0 else { return time }
        let quotient = time / timespan
        return time < 0 && quotient * timespan != time ? quotient - 1 : quotient
    }

    /// The last nanosecond of the tumbling window that holds `time`.
    func bucketEnd(_ time: Int64) -> Int64 {
        bucket(time).multipliedReportingOverflow(by: timespan).partialValue.addingClamped(max(0, timespan - 1))
    }
}
