// SPDX-License-Identifier: Apache-2.0
public import Journal

/// History as tools ask it: a few questions at a time on threads of their own, so that no task's thread waits for the disk;
/// a call that is cancelled ends its question at the next block. Any task.
public final class HistoryDesk: Sendable {
    let history: AlertHistory
    private let turns: QuestionTurns
    private let patience: Duration

    /// - Parameters:
    ///   - limit: questions that are answered at the same time.
    ///   - patience: a question that has no answer after this long, its wait for others included, is ended: most clients
    ///     give a call up after 60 s, and nobody should hold the others up for longer.
    public init(_ history: AlertHistory, limit: Int = 2, patience: Duration = .seconds(45)) {
        self.history = history
        self.patience = patience
        turns = QuestionTurns(label: "assistants: history", limit: limit)
    }

    /// What `work` finds. Rendering is for the caller: it is counted for the call that runs it.
    func ask<Answer: Sendable>(
        _ work: @escaping @Sendable (AlertHistory, StopSign) throws -> Answer
    ) async throws(ToolProblem) -> Answer {
        let stop = StopSign(at: .now + patience)
        let result: Result<Answer, ToolProblem> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                turns.submit { [history] in
                    continuation.resume(returning: Self.run(work, history, stop))
                } refused: {
                    continuation.resume(returning: .failure(QuestionTurns.refusal))
                }
            }
        } onCancel: {
            stop.raise()
        }
        return try result.get()
    }

    private static func run<Answer>(
        _ work: (AlertHistory, StopSign) throws -> Answer, _ history: AlertHistory, _ stop: StopSign
    ) -> Result<Answer, ToolProblem> {
        do {
            guard !stop.isRaised else { throw QueryProblem.stopped }
            return .success(try work(history, stop))
        } catch let problem as ToolProblem {
            return .failure(problem)
        } catch QueryProblem.stopped where stop.isOver {
            return .failure(
                ToolProblem(
                    "There was no answer in time. Ask for a shorter time, or filter by min_priority, rule, source, hostname, "
                        + "container or namespace, which is quick; text, when and other fields look into every alert."))
        } catch QueryProblem.stopped {
            return .failure(ToolProblem("The call was cancelled."))
        } catch QueryProblem.tooManyGroups(let limit) {
            return .failure(
                ToolProblem(
                    "There are more than \(limit) different groups, or very long ones, too many to count at once; group "
                        + "by something with fewer values, or ask for a shorter time or with a filter."))
        } catch {
            return .failure(
                ToolProblem("The journal cannot be read just now; `creance status` says why. Try again later."))
        }
    }
}
