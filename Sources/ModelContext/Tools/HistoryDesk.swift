// SPDX-License-Identifier: Apache-2.0
import Foundation
public import Journal
import Synchronization

/// History as tools ask it: a few questions at a time on threads of their own, so that no task's thread waits for the disk;
/// a call that is cancelled ends its question at the next block. Any task.
public final class HistoryDesk: Sendable {
    /// Questions that wait behind those under way; more are refused.
    private static let waitingLimit = 64

    private struct State {
        var running = 0
        var waiting: [@Sendable () -> Void] = []
    }

    let history: AlertHistory
    private let limit: Int
    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "assistants: history", attributes: .concurrent)

    /// - Parameter limit: questions that are answered at the same time.
    public init(_ history: AlertHistory, limit: Int = 2) {
        self.history = history
        self.limit = max(1, limit)
    }

    /// What `work` finds. Rendering is for the caller: it is counted for the call that runs it.
    func ask<Answer: Sendable>(
        _ work: @escaping @Sendable (AlertHistory, StopSign) throws -> Answer
    ) async throws(ToolProblem) -> Answer {
        let stop = StopSign()
        let result: Result<Answer, ToolProblem> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                submit { [history] in
                    continuation.resume(returning: Self.run(work, history, stop))
                } refused: {
                    continuation.resume(
                        returning: .failure(
                            ToolProblem("Too many questions are asked at once; try again in a few seconds.")))
                }
            }
        } onCancel: {
            stop.raise()
        }
        return try result.get()
    }

    private func submit(_ job: @escaping @Sendable () -> Void, refused: () -> Void) {
        enum Turn { case now, later, never }
        let turn = state.withLock { state in
            if state.running < limit {
                state.running += 1
                return Turn.now
            }
            guard state.waiting.count < Self.waitingLimit else { return .never }
            state.waiting.append(job)
            return .later
        }
        switch turn {
        case .now: queue.async { self.work(through: job) }
        case .later: break
        case .never: refused()
        }
    }

    /// One job, and then those that wait, in their order.
    private func work(through job: @escaping @Sendable () -> Void) {
        var next: (@Sendable () -> Void)? = job
        while let job = next {
            job()
            next = state.withLock { state in
                if state.waiting.isEmpty {
                    state.running -= 1
                    return nil
                }
                return state.waiting.removeFirst()
            }
        }
    }

    private static func run<Answer>(
        _ work: (AlertHistory, StopSign) throws -> Answer, _ history: AlertHistory, _ stop: StopSign
    ) -> Result<Answer, ToolProblem> {
        do {
            guard !stop.isRaised else { throw QueryProblem.stopped }
            return .success(try work(history, stop))
        } catch let problem as ToolProblem {
            return .failure(problem)
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
