// SPDX-License-Identifier: Apache-2.0
import MCPProtocol
import MCPServing
import Synchronization

/// The fixture behind a runtime: the same answers as over the fixture's own loop, and calls that can be waited for.
final class FixtureService: AssistantService {
    private struct Watch {
        let uris: Set<String>
        let tell: @Sendable (String, JSONObject) -> Void
    }

    private let watches = Mutex<[WatcherID: Watch]>([:])
    /// Calls of `wait` that nobody has cancelled yet.
    private let waiting = Atomic<Int>(0)
    /// As many streams as the service knows of; a test asks for it through `state`.
    private var watching: Int { watches.withLock { $0.count } }

    func profile(for caller: Caller) -> ServerProfile { Fixture.profile }

    func perform(
        _ call: Call, for caller: Caller, progress: @escaping @Sendable (Double, Double?, String?) -> Void
    ) async -> CallOutcome {
        switch call.work {
        case .tool("wait", _):
            progress(1, 2, "waiting")
            waiting.wrappingAdd(1, ordering: .relaxed)
            defer { waiting.wrappingSubtract(1, ordering: .relaxed) }
            // Ends when its task is cancelled, and never otherwise.
            while !Task.isCancelled { try? await Task.sleep(for: .seconds(3600)) }
            return .tool(ToolAnswer(text: "cancelled"))
        case .tool("touch", _):
            let watches = watches.withLock { Array($0.values) }
            for watch in watches where watch.uris.contains(Fixture.latest) {
                watch.tell(Fixture.latest, ["example.com/count": 1])
            }
            return .tool(ToolAnswer(text: "changed"))
        case .tool("state", _):
            return .tool(
                ToolAnswer(structured: [
                    "waiting": .integer(Int64(waiting.load(ordering: .relaxed))), "watching": .integer(Int64(watching)),
                    "caller": .string(caller.name),
                ]))
        default: return Fixture.outcome(call.work)
        }
    }

    func watch(
        _ uris: Set<String>, as watcher: WatcherID, tell: @escaping @Sendable (String, JSONObject) -> Void
    ) {
        watches.withLock { $0[watcher] = uris.isEmpty ? nil : Watch(uris: uris, tell: tell) }
    }
}
