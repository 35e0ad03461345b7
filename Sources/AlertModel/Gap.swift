// SPDX-License-Identifier: Apache-2.0

/// A stretch of arrival time in which alerts of a source may have been lost, as far as Creance can know.
public struct Gap: Hashable, Sendable {
    /// The source's name in the configuration.
    public let source: String
    /// Arrival of the last alert that was committed before.
    public let from: EventTime
    /// Arrival of the first one after.
    public let to: EventTime
    public let reason: Reason

    public init(source: String, from: EventTime, to: EventTime, reason: Reason) {
        self.source = source
        self.from = from
        self.to = to
        self.reason = reason
    }

    public enum Reason: String, CaseIterable, Sendable {
        /// The stream broke and was opened again.
        case reconnected
        /// The process before this one ended without leaving its source cleanly.
        case restarted
        /// A clean leave took longer than the drain limit and was cut.
        case drainLimit = "drain_limit"
        /// A message above the receive limit ended the stream.
        case receiveLimit = "receive_limit"
        /// A followed file vanished or shrank before its end was read.
        case rotatedAway = "rotated_away"
        /// Entries of the journal are damaged: alerts that were accepted and cannot be decided any more.
        case journalDamaged = "journal_damaged"
        /// More waited for a sink than its `backlog` allows: outputs between were shed. For that sink alone, whose name
        /// stands for the source.
        case backlog
    }
}
