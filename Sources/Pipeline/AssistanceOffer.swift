// SPDX-License-Identifier: Apache-2.0
import AlertModel
import AlertSources
import FalcoProcess
import Journal
import ModelContext
import Synchronization

/// The groups of tools, resources and prompts, in the order in which clients see them.
struct AssistanceOffer {
    let tools: [any ToolGroup]
    let resources: [any ResourceGroup]
    let prompts: [any PromptGroup]
    let history: AlertHistory

    init(
        _ parts: Assistance.Parts, _ log: AlertLog, _ system: MonitoredPipeline?, _ monitor: FalcoMonitor
    ) throws(JournalError) {
        let path = parts.journalPath
        let journal = AlertJournal(try JournalReader.open(path))
        let columns = AlertHistory(try JournalReader.open(path))
        let history = HistoryDesk(columns)
        let memory = GenerationMemory()
        let now: @Sendable () -> EventTime = { WallClock.system.now() }
        var tools: [any ToolGroup] = [
            OverviewTool(history, system: system, now: now),
            SearchTool(history, now: now),
            AlertLookupTool(journal),
            WaitTool(log),
            IncidentListTool(journal, now: now),
            IncidentTool(journal),
            AggregateTool(history, now: now),
            EntityTool(journal, now: now),
            ProcessTreeTool(journal),
            ExplainTool(journal, inForce: { try memory.inForce(at: $0, $1) }),
        ]
        if let system { tools += [WriteTools(system), SilenceTool(journal, system, now: now)] as [any ToolGroup] }
        let falco = parts.configuration.falco
        tools.append(
            FalcoTools(
                executable: falco.settings, folders: FalcoFolders(falco.rules), monitor: monitor))
        self.tools = tools
        self.history = columns
        resources = [AssistantResources(tools: tools, system: system)]
        prompts = [AssistantPrompts(tools: tools)]
    }
}

extension FalcoConfig {
    /// nil: no Falco is run.
    fileprivate var settings: FalcoProcess.Settings? {
        executable.map { executable in
            var settings = FalcoProcess.Settings(executable: executable)
            settings.timeLimit = timeLimit
            settings.outputLimitBytes = outputLimitBytes
            return settings
        }
    }
}

/// Where the alerts of a Falco go that an assistant started: into the journal, through an HTTP source of the pipeline that
/// runs now.
final class MonitoringDoor: Sendable {
    private let ingest = Mutex<HTTPIngest?>(nil)

    func follow(_ pipeline: Pipeline?) {
        let found = pipeline?.mounts.first?.ingest
        ingest.withLock { $0 = found }
    }

    /// nil: no source takes alerts over HTTP.
    var intake: FalcoIntake? {
        guard let name = ingest.withLock({ $0?.intake.name }) else { return nil }
        return FalcoIntake(source: name) { bytes in
            guard let ingest = self.ingest.withLock({ $0 }) else { return false }
            return await ingest.store(bytes) == .stored
        }
    }
}
