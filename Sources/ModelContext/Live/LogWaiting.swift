// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// Somebody who has looked through everything before an output, and waits for it.
struct LogWaiter: Sendable {
    /// The output it waits for, or any behind it.
    let next: Int64
    private let continuation: CheckedContinuation<Void, Never>

    init(next: Int64, _ continuation: CheckedContinuation<Void, Never>) {
        self.next = next
        self.continuation = continuation
    }

    /// Once, by whoever took it out of the log's table.
    func resume() { continuation.resume() }
}

extension AlertLog {
    /// Returns when there is an output behind `output`, at `deadline`, when the task is cancelled, or when the log closes;
    /// at once if there is one already. Costs an entry in a table and a sleeping task.
    func wait(behind output: Int64, until deadline: ContinuousClock.Instant) async {
        let id = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        let timer = Task { [weak self] in
            if (try? await Task.sleep(until: deadline, clock: .continuous)) != nil { self?.release(id) }
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let goesOn = state.withLock { state in
                    // A cancellation that is not seen here finds the entry in the table.
                    if state.end > output + 1 || state.isClosed || Task.isCancelled || deadline <= .now { return true }
                    state.waiters[id] = LogWaiter(next: output + 1, continuation)
                    return false
                }
                if goesOn { continuation.resume() }
            }
        } onCancel: {
            release(id)
        }
        timer.cancel()
    }

    /// Tasks that wait now.
    var waiterCount: Int { state.withLock { $0.waiters.count } }

    private func release(_ id: UInt64) {
        state.withLock { $0.waiters.removeValue(forKey: id) }?.resume()
    }
}
