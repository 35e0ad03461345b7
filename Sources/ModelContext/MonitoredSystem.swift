// SPDX-License-Identifier: Apache-2.0
public import AlertModel
public import Inspection
public import Journal

/// The running daemon, as far as tools may look at it and change it beside reading its journal. Any task.
///
/// `creance mcp` over a journal alone has none: tools then say that no daemon is there.
public protocol MonitoredSystem: Sendable {
    /// Every part and how it is. Names of sources and sinks are the configuration's; details may quote a peer.
    var health: HealthReport { get }
    /// In the order of the configuration, HTTP sources last.
    var sources: [MonitoredSource] { get }
    var conservation: ConservationGaps { get }
    /// Every metric of docs/metrics.md that the pipeline itself counts.
    var metrics: [MetricFamily] { get }

    /// Those of the configuration first.
    func silences() async throws(SystemRefusal) -> [MonitoredSilence]
    /// Sets a silence; it is in the journal and decided by when this returns.
    func set(_ order: SilenceOrder) async throws(SystemRefusal) -> MonitoredSilence
    /// Notes something about an incident; it is in the journal when this returns.
    func annotate(_ order: AnnotationOrder) async throws(SystemRefusal) -> Annotation
}

/// How one source is, at one moment.
public struct MonitoredSource: Sendable, Hashable {
    /// Its name in the configuration and its `type`.
    public let name: String
    public let type: String
    /// One word: `connected`, `reading`, `waiting` …
    public let state: String
    public let reconnects: Int
    /// Why it gave up; nil otherwise. May quote a peer.
    public let failure: String?
    /// Alerts and unreadable pieces handed over; of these, what could not be read, and what was refused.
    public let received: Int
    public let deadLetters: Int
    public let refused: Int

    public init(
        name: String, type: String, state: String, reconnects: Int, failure: String?, received: Int, deadLetters: Int,
        refused: Int
    ) {
        self.name = name
        self.type = type
        self.state = state
        self.reconnects = reconnects
        self.failure = failure
        self.received = received
        self.deadLetters = deadLetters
        self.refused = refused
    }
}

/// By how much each equation of conservation (semantics.md, 6) is off: 0 when right.
public struct ConservationGaps: Sendable, Hashable {
    public let intake: Int
    public let fate: Int
    public let sink: Int

    public init(intake: Int, fate: Int, sink: Int) {
        self.intake = intake
        self.fate = fate
        self.sink = sink
    }
}

/// A silence and what it has done.
public struct MonitoredSilence: Sendable, Hashable {
    public let silence: Silence
    public let isConfigured: Bool
    /// Its end has not come.
    public let isInForce: Bool
    public let matched: Int
    /// What in its condition is probably not meant; only when it was just set.
    public let remarks: [String]

    public init(_ silence: Silence, isConfigured: Bool, isInForce: Bool, matched: Int, remarks: [String] = []) {
        self.silence = silence
        self.isConfigured = isConfigured
        self.isInForce = isInForce
        self.matched = matched
        self.remarks = remarks
    }
}

/// A silence somebody wants.
public struct SilenceOrder: Sendable, Hashable {
    public let when: String
    public let duration: Duration
    public let reason: String
    public let by: String

    public init(when: String, duration: Duration, reason: String, by: String) {
        self.when = when
        self.duration = duration
        self.reason = reason
        self.by = by
    }
}

/// Something somebody wants noted about an incident.
public struct AnnotationOrder: Sendable, Hashable {
    public let incident: SubjectID
    public let kind: Annotation.Kind
    public let by: String
    /// May be empty for an acknowledgement.
    public let text: String

    public init(incident: SubjectID, kind: Annotation.Kind, by: String, text: String) {
        self.incident = incident
        self.kind = kind
        self.by = by
        self.text = text
    }
}

/// Why the daemon did not do it. The sentence is the daemon's own; it may quote what the caller itself sent.
public struct SystemRefusal: Error, Sendable, Hashable {
    public enum Kind: Sendable, Hashable {
        /// Asking again will not help.
        case invalid
        /// There is no such thing.
        case unknown
        /// A limit is reached.
        case full
        /// The journal or the engine gave no word in time, or cannot.
        case unavailable
    }

    public let kind: Kind
    public let sentence: String

    public init(_ kind: Kind, _ sentence: String) {
        self.kind = kind
        self.sentence = sentence
    }
}
