// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// What the server of a `falco_grpc` sink counts, asked of it while it serves. Any thread.
final class FalcoGrpcTally: SinkTally {
    private struct State {
        var server: FalcoOutputsServer?
        /// Of servers that serve no more.
        var before = 0
    }

    private let state = Mutex(State())

    func begin(_ server: FalcoOutputsServer) { state.withLock { $0.server = server } }

    /// Lets go of the server, which ends with its last owner: that is to be the sink.
    func end() {
        state.withLock { state in
            let (sum, isTooMuch) = state.before.addingReportingOverflow(state.server?.droppedCount ?? 0)
            state.before = isTooMuch ? .max : sum
            state.server = nil
        }
    }

    var counts: [(count: SinkCount, value: Int)] {
        state.withLock { state in
            let (sum, isTooMuch) = state.before.addingReportingOverflow(state.server?.droppedCount ?? 0)
            return [(.dropped, isTooMuch ? .max : sum)]
        }
    }
}
