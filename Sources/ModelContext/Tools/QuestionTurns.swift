// SPDX-License-Identifier: Apache-2.0
import Foundation
import Synchronization

/// A few questions at a time on threads of their own, the others behind them in their order, and no more than `waitingLimit`
/// of those. Any thread.
final class QuestionTurns: Sendable {
    /// Questions that wait behind those under way; more are refused.
    static let waitingLimit = 64
    static let refusal = ToolProblem("Too many questions are asked at once; try again in a few seconds.")

    private struct State {
        var running = 0
        var waiting: [@Sendable () -> Void] = []
    }

    private let limit: Int
    private let state = Mutex(State())
    private let queue: DispatchQueue

    /// - Parameter limit: questions that are answered at the same time.
    init(label: String, limit: Int) {
        self.limit = max(1, limit)
        queue = DispatchQueue(label: label, attributes: .concurrent)
    }

    /// Runs `job` on a thread that may wait, or calls `refused` at once; one of the two, once.
    func submit(_ job: @escaping @Sendable () -> Void, refused: () -> Void) {
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
}
