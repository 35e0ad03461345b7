// SPDX-License-Identifier: Apache-2.0
public import AlertModel
public import Journal

/// What somebody who goes on from a cursor cannot be shown any more.
public struct LogGap: Sendable, Hashable {
    public enum Reason: String, CaseIterable, Sendable {
        /// History goes by `journal.retain`: the outputs were there, and are pruned.
        case retention
        /// The cursor's output is none of this journal's: a new journal, or one whose end was lost with the power.
        case historyLost = "history_lost"
        /// Entries of the journal are damaged.
        case damaged
    }

    public var reason: Reason
    /// Outputs of any kind that were missed; nil: that cannot be known.
    public var missed: Int64?

    public init(_ reason: Reason, missed: Int64?) {
        self.reason = reason
        self.missed = missed
    }
}

/// Where a look at the log begins.
public enum LogStart: Sendable, Hashable {
    /// With what comes from now on.
    case now
    /// With the oldest output there is. What was pruned before is no gap.
    case oldest
    /// Behind what the cursor has seen.
    case behind(AlertCursor)
    /// With this output.
    case output(Int64)
}

extension AlertLog {
    /// Where somebody stands: everything through `seen` is behind, `epoch` is known where the cursor is good.
    struct Position: Sendable {
        var seen: Int64
        /// The cursor that says it; nil: it has to be made.
        var cursor: AlertCursor?
        var gap: LogGap?
    }

    /// As the log stood at the last look.
    func position(_ start: LogStart) async throws(JournalError) -> Position {
        let (newest, installation) = state.withLock { ($0.cursor, $0.reader.installation) }
        switch start {
        case .now: return Position(seen: newest.output, cursor: newest)
        case .oldest:
            let first = try await reading { (reader) throws(JournalError) in try reader.oldestOutput() }
            return Position(seen: first - 1, cursor: nil)
        case .output(let output): return Position(seen: Swift.max(0, Swift.min(output - 1, newest.output)), cursor: nil)
        case .behind(let cursor):
            if cursor == newest { return Position(seen: cursor.output, cursor: cursor) }
            return try await reading { (reader) throws(JournalError) in
                try Self.position(behind: cursor, reader, installation)
            }
        }
    }

    private static func position(
        behind cursor: AlertCursor, _ reader: JournalReader, _ installation: UInt64
    ) throws(JournalError) -> Position {
        let isGood: Bool
        if cursor.output == 0 {
            isGood = cursor.epoch == installation
        } else {
            switch try reader.place(ofOutput: cursor.output) {
            case .kept(let epoch): isGood = epoch == cursor.epoch
            // Its epoch cannot be asked any more; how much is missing is seen from the numbers.
            case .gone: isGood = true
            case .notYet: isGood = false
            }
        }
        if isGood { return Position(seen: cursor.output, cursor: cursor) }
        // What was accepted under the cursor's epoch and is still here came before it: all the rest is new to its owner.
        let known = try reader.lastOutput(ofEpoch: cursor.epoch) ?? 0
        return Position(seen: Swift.min(known, cursor.output), cursor: nil, gap: LogGap(.historyLost, missed: nil))
    }

    /// The first output of what arrived at `time` or later.
    public func start(arrivedFrom time: EventTime) async throws(JournalError) -> LogStart {
        .output(try await reading { (reader) throws(JournalError) in try reader.firstOutput(arrivedFrom: time) })
    }

    /// One past the newest output there is, and the oldest one that is kept.
    public func bounds() async throws(JournalError) -> (oldest: Int64, end: Int64) {
        try await refresh()
        let oldest = try await reading { (reader) throws(JournalError) in try reader.oldestOutput() }
        return (oldest, Swift.max(oldest, end))
    }

    /// The cursor of somebody who has seen everything through `output`.
    func cursor(behind output: Int64) async throws(JournalError) -> AlertCursor {
        let (newest, installation) = state.withLock { ($0.cursor, $0.reader.installation) }
        if output == newest.output { return newest }
        if output <= 0 { return AlertCursor(epoch: installation, output: 0) }
        let place = try await reading { (reader) throws(JournalError) in try reader.place(ofOutput: output) }
        guard case .kept(let epoch) = place else { return AlertCursor(epoch: newest.epoch, output: output) }
        return AlertCursor(epoch: epoch, output: output)
    }
}
