// SPDX-License-Identifier: Apache-2.0
import Foundation
public import Journal
public import Logging
import MCPProtocol
public import MCPServing
public import ModelContext
import Synchronization

/// All that is offered to assistants, over one journal: put together here, in the order in which clients see it.
///
/// `begin` → … → `end`. The daemon has one, which stays while pipelines come and go, and for which their journal lanes
/// ring; `creance mcp` without a daemon has one that looks whether somebody writes the journal.
public struct Assistance: Sendable {
    public let assistant: any AssistantService
    /// The outputs of the journal, live.
    public let log: AlertLog
    /// Who comes over the socket, or over standard input: proven by the mode of the socket, or by having started us.
    public let local: Caller
    private let monitoring: MonitoringDoor
    private let monitor: FalcoMonitor
    private let warming: Warming
    /// Nil: no daemon.
    private let system: MonitoredPipeline?
    /// Nil: no daemon, and so no health.
    private let healthWatch: HealthWatch?

    /// What it is made from.
    public struct Parts: Sendable {
        public var journalPath: String
        public var configuration: Configuration
        public var version: String
        /// Nil: no daemon; what only a daemon knows is not offered, or said to be missing.
        public var pipeline: Pipeline?
        public var logger: Logger

        public init(
            journalPath: String, configuration: Configuration, version: String,
            pipeline: Pipeline? = nil, logger: Logger
        ) {
            self.journalPath = journalPath
            self.configuration = configuration
            self.version = version
            self.pipeline = pipeline
            self.logger = logger
        }
    }

    /// How often a journal that another process writes is asked for news.
    public static let pollInterval = Duration.milliseconds(100)

    /// Opens the journal for reading; starts nothing.
    public init(_ parts: Parts) throws(JournalError) {
        let path = parts.journalPath
        let log = try AlertLog(opening: { () throws(JournalError) in try JournalReader.open(path) })
        system = parts.pipeline.map { MonitoredPipeline($0) }
        monitoring = MonitoringDoor()
        monitoring.follow(parts.pipeline)
        monitor = FalcoMonitor(
            limit: parts.configuration.falco.monitoringLimit, intake: monitoring.intake,
            cursor: { "\(log.cursor)" }, sources: { [system] in system?.sources ?? [] })
        let offer = try AssistanceOffer(parts, log, system, monitor)
        healthWatch = system.map { system in HealthWatch(log) { system.health } }
        let audit = parts.logger
        self.log = log
        warming = Warming(offer.history)
        let answering = Assistant(
            tools: offer.tools, resources: offer.resources, prompts: offer.prompts, changes: healthWatch ?? log,
            settings: AssistantSettings(
                version: parts.version, allowsWrites: parts.configuration.mcp.allowsWrites && parts.pipeline != nil),
            audit: { $0.write(to: audit) })
        assistant = WarmedAssistant(answering: answering, warming: warming)
        var scopes: Caller.Scopes = .read
        if parts.configuration.mcp.allowsRaw { scopes.insert(.raw) }
        if parts.configuration.mcp.allowsWrites { scopes.insert(.write) }
        local = Caller(name: "local", scopes: scopes)
    }

    /// - Parameter interval: how often the journal is asked for news; nil: somebody rings.
    public func begin(polling interval: Duration? = nil) { log.start(polling: interval) }

    /// From now on it is this pipeline's journal lane that rings, and its sources that take alerts; nil while one makes room
    /// for the next. Once for each pipeline.
    public func follow(_ pipeline: Pipeline?) {
        system?.follow(pipeline)
        monitoring.follow(pipeline)
        pipeline?.follow { [log] in
            log.ring()
        } noted: { [log] incident in
            log.changed([.incident(incident), .openIncidents])
        }
    }

    /// Everybody who waits is answered, and a Falco that was started here ends.
    public func end() async {
        warming.end()
        healthWatch?.close()
        log.close()
        await monitor.close()
    }
}

/// Reads the journal's columns once, on a thread of its own, when somebody comes who may ask about them: a daemon that
/// nobody asks has no memory of them, and the first question waits for what is left at most.
final class Warming: Sendable {
    private let history: AlertHistory
    private let stop = StopSign()
    private let begun = Atomic(false)

    init(_ history: AlertHistory) { self.history = history }

    func begin() {
        // Relaxed: it only picks one that begins.
        guard !begun.load(ordering: .relaxed), !begun.exchange(true, ordering: .relaxed) else { return }
        // What cannot be read now is read, or told, by the question that needs it.
        DispatchQueue.global(qos: .utility).async { [history, stop] in try? history.load(stop) }
    }

    /// Ends it at its next look at the file.
    func end() { stop.raise() }
}

/// The assistant, which begins to read when the first client connects.
private struct WarmedAssistant: AssistantService {
    let answering: Assistant
    let warming: Warming

    func profile(for caller: Caller) -> ServerProfile {
        warming.begin()
        return answering.profile(for: caller)
    }

    func perform(
        _ call: Call, for caller: Caller, progress: @escaping @Sendable (Double, Double?, String?) -> Void
    ) async -> CallOutcome {
        await answering.perform(call, for: caller, progress: progress)
    }

    func watch(
        _ uris: Set<String>, as watcher: WatcherID,
        tell: @escaping @Sendable (_ uri: String, _ note: JSONObject) -> Void
    ) { answering.watch(uris, as: watcher, tell: tell) }
}

extension AuditEntry {
    /// One line for each call.
    fileprivate func write(to log: Logger) {
        var fields: Logger.Metadata = [
            "caller": "\(caller)", "call": "\(what)", "arguments": "\(argumentDigest)",
            "outcome": "\(outcome.rawValue)",
            "bytes": "\(size)", "redactions": "\(redactions)", "ms": "\(Int(duration / .milliseconds(1)))",
        ]
        if let client { fields["client"] = "\(client)" }
        log.info("assistant", metadata: fields)
    }
}
