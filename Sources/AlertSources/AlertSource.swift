// SPDX-License-Identifier: Apache-2.0

/// A source of alerts that runs on a thread of its own.
///
/// `run` returns when the source is at its end (a file not followed, a closed pipe) or after `intake.isStopping` became
/// true and what had arrived was submitted. It retries what can be retried for ever and throws only what a human must mend.
public protocol AlertSource: Sendable {
    /// The YAML `type` and metric label: `falco_grpc`, `file`, `stdin`.
    static var typeName: String { get }

    /// The lane's whole life.
    func run(into intake: SourceIntake) throws

    /// One word for `creance status` and a gauge: may be read by any thread.
    var state: SourceState { get }

    /// Times the source connected again after it had been connected; 0 for sources that never connect.
    var reconnects: Int { get }

    /// The end of this source is the end of the daemon.
    var stopsAtEnd: Bool { get }
}

extension AlertSource {
    public var reconnects: Int { 0 }
    public var stopsAtEnd: Bool { false }
}

/// What a source is doing, as seen from outside.
public enum SourceState: String, CaseIterable, Sendable {
    case starting, connecting, connected, waiting, reading, draining, finished, failed
}
