// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// Memory that large bodies share: who wants more than is left waits in line. Any task.
///
/// A request reserves at most once, before it reads on, so that requests never wait for each other in a circle.
final class BodyBudget: Sendable {
    private struct State {
        var total: Int
        var free: Int
        var line: [(bytes: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let state: Mutex<State>

    init(totalBytes: Int) { state = Mutex(State(total: totalBytes, free: totalBytes)) }

    var totalBytes: Int { state.withLock { $0.total } }

    /// Makes it at least that large; it never shrinks, because what is reserved cannot be taken back.
    func grow(to totalBytes: Int) {
        let more = state.withLock { state in
            let more = max(0, totalBytes - state.total)
            state.total += more
            return more
        }
        release(more)
    }

    /// - Precondition: no more than `totalBytes`.
    func reserve(_ bytes: Int) async {
        await withCheckedContinuation { continuation in
            let granted = state.withLock { state in
                precondition(bytes <= state.total)
                guard state.line.isEmpty, state.free >= bytes else {
                    state.line.append((bytes, continuation))
                    return false
                }
                state.free -= bytes
                return true
            }
            if granted { continuation.resume() }
        }
    }

    func release(_ bytes: Int) {
        let granted = state.withLock { state in
            state.free += bytes
            var granted: [CheckedContinuation<Void, Never>] = []
            while let first = state.line.first, first.bytes <= state.free {
                state.free -= first.bytes
                granted.append(first.continuation)
                state.line.removeFirst()
            }
            return granted
        }
        for continuation in granted { continuation.resume() }
    }

    var freeBytes: Int { state.withLock { $0.free } }
    var waiting: Int { state.withLock { $0.line.count } }
}
