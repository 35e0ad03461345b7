// SPDX-License-Identifier: Apache-2.0
public import AlertModel

/// What a gate saw and decided: everything that the reports say.
public struct GateReport: Sendable {
    /// The exit code of the gate.
    public enum Verdict: Int, Sendable {
        case clean = 0
        case findings = 1
        /// Nothing was found, and not everything was seen.
        case incomplete = 3
        /// Nothing was found, everything was seen, and the command failed.
        case commandFailed = 4

        /// The value of `verdict`.
        public var name: String {
            switch self {
            case .clean: "clean"
            case .findings: "findings"
            case .incomplete: "incomplete"
            case .commandFailed: "command_failed"
            }
        }
    }

    /// The command that ran while the gate watched.
    public struct Command: Hashable, Sendable {
        public var arguments: [String]
        /// nil when a signal ended it.
        public var exitCode: Int?
        public var signal: Int?
        public var started: EventTime
        public var ended: EventTime

        public init(
            arguments: [String], exitCode: Int?, signal: Int? = nil, started: EventTime, ended: EventTime
        ) {
            self.arguments = arguments
            self.exitCode = exitCode
            self.signal = signal
            self.started = started
            self.ended = ended
        }

        public var hasFailed: Bool { exitCode != 0 }

        /// `exit code 2`, `signal 9`.
        public var outcome: String { signal.map { "signal \($0)" } ?? "exit code \(exitCode ?? 0)" }
    }

    public var version: String
    public var verdict: Verdict
    /// What `--fail-on` said.
    public var failOn: [String]
    public var command: Command?
    /// Files that were read instead.
    public var inputs: [String]
    /// Alerts that came, and what became of them.
    public var alerts: Int
    public var fates: [Finding.Field]
    /// Why the evidence is not complete; empty when it is.
    public var doubts: [EvidenceDoubt]
    public var findings: [Finding]
    /// Findings beyond the limit, which are counted and not listed.
    public var unlisted: Int
    /// Findings that `--fail-on` asks for, unlisted ones included.
    public var failing: Int

    public init(
        version: String, verdict: Verdict, failOn: [String], command: Command? = nil, inputs: [String] = [],
        alerts: Int = 0, fates: [Finding.Field] = [], doubts: [EvidenceDoubt] = [], findings: [Finding] = [],
        unlisted: Int = 0, failing: Int = 0
    ) {
        self.version = version
        self.verdict = verdict
        self.failOn = failOn
        self.command = command
        self.inputs = inputs
        self.alerts = alerts
        self.fates = fates
        self.doubts = doubts
        self.findings = findings
        self.unlisted = unlisted
        self.failing = failing
    }

    public var isComplete: Bool { doubts.isEmpty }

    /// All that there were.
    public var found: Int { findings.count + unlisted }

    /// `2 findings for warning or incident, 5 others`
    public var headline: String {
        let others = found - failing
        let counted = failing == 1 ? "1 finding" : "\(failing) findings"
        let rest = others == 0 ? "" : ", \(others) \(others == 1 ? "other" : "others")"
        return "\(counted) for \(failOn.joined(separator: " or "))\(rest)"
    }
}

/// One reason why the gate may not have seen everything.
public struct EvidenceDoubt: Hashable, Sendable {
    public enum Reason: String, CaseIterable, Sendable {
        /// A source that can say so was not connected all the time.
        case notConnected = "not_connected"
        /// A source that cannot say whether it is connected sent nothing.
        case silent
        /// A source failed or came to its end before the command did.
        case ended
        /// A gap record.
        case gap
        /// Falco says that it dropped events or alerts.
        case droppedUpstream = "dropped_upstream"
        /// Something came and could not be read.
        case deadLetters = "dead_letters"
        /// What was accepted could not all be stored, decided or read again.
        case journal
    }

    public var reason: Reason
    /// The source's name; empty when it is none's.
    public var source: String
    /// A sentence.
    public var text: String

    public init(_ reason: Reason, source: String = "", _ text: String) {
        self.reason = reason
        self.source = source
        self.text = text
    }
}

/// The reports there are. Pure: the same report, the same bytes.
public enum ReportKind: String, CaseIterable, Sendable {
    case sarif, junit, markdown, json, findings

    public func bytes(of report: GateReport) -> [UInt8] {
        switch self {
        case .sarif: SARIFReport(report).bytes
        case .junit: JUnitReport(report).bytes
        case .markdown: MarkdownReport(report).bytes
        case .json: JSONReport(report).bytes
        case .findings: FindingList(report.findings).bytes
        }
    }
}
