// SPDX-License-Identifier: Apache-2.0
public import AlertSources
import Journal

/// How one source is, at one moment: for whoever must know whether it sees everything.
public struct SourceStanding: Sendable {
    /// Its name in the configuration and its `type`.
    public let name: String
    public let typeName: String
    public let state: SourceState
    /// Times it connected again after it had been connected.
    public let reconnects: Int
    /// Why it gave up; nil otherwise.
    public let failure: String?
    /// Alerts and unreadable pieces handed over; of these, what could not be read, and what was refused.
    public let received: Int
    public let deadLetters: Int
    public let refused: Int

    /// It can say whether it is connected: only then is its silence good news.
    public var knowsConnection: Bool { typeName == FalcoGrpcSource.typeName }
    /// It is, now.
    public var isConnected: Bool { knowsConnection && (state == .connected || state == .reading) }
}

extension Inspector {
    /// Every source, in the order of the configuration, HTTP sources last. Any thread.
    public var sources: [SourceStanding] {
        let lanes = pipeline.sources.map { lane in
            standing(
                lane.name, lane.typeName, lane.source.state, lane.intake, reconnects: lane.source.reconnects,
                failure: lane.failureReason)
        }
        let mounts = pipeline.mounts.map { mount in
            standing(
                mount.ingest.intake.name, HTTPIngest.typeName, mount.ingest.state, mount.ingest.intake, reconnects: 0,
                failure: nil)
        }
        return lanes + mounts
    }

    /// Why the journal cannot write now; nil when it can.
    public var journalFailure: String? { pipeline.journal.writeFailure.map { "\($0)" } }

    private func standing(
        _ name: String, _ typeName: String, _ state: SourceState, _ intake: SourceIntake, reconnects: Int,
        failure: String?
    ) -> SourceStanding {
        let counters = intake.counters
        return SourceStanding(
            name: name, typeName: typeName, state: state, reconnects: reconnects, failure: failure,
            received: counters.received.value, deadLetters: counters.deadLetters.value,
            refused: counters.refused.value)
    }
}
