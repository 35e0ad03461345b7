// SPDX-License-Identifier: Apache-2.0
import GRDB
import Synchronization

/// Decides when the write-ahead log is folded into the file, so that it stays bounded and commits stay quick.
///
/// Most of the copying and of the fsyncs run on a second connection beside the writer, in two passes: the first leaves what
/// was written while it ran, which is too much to hold up a commit for, the second very little. It can never catch up with
/// a busy writer, so the writer folds that rest itself, after which its next commit starts the log anew.
struct LogFolding: ~Copyable {
    private let limitBytes: Int
    private let connection: DatabaseQueue
    private var logBytes = 0
    private var state = State.filling
    private let passEnded = PassEnd()

    private enum State {
        case filling
        case firstPass
        case secondPass
    }

    /// Set by the second connection when its pass is over.
    private final class PassEnd: Sendable {
        let flag = Atomic<Bool>(false)
    }

    init(limitBytes: Int, connection: DatabaseQueue) {
        self.limitBytes = limitBytes
        self.connection = connection
    }

    /// Called after every commit with what it wrote, about.
    mutating func committed(bytes: Int, _ db: Database) {
        logBytes += bytes
        switch state {
        case .filling where logBytes >= limitBytes: startPass(.firstPass)
        case .filling: break
        // Acquire pairs with the release at the pass's end.
        case .firstPass where passEnded.flag.load(ordering: .acquiring): startPass(.secondPass)
        case .secondPass where passEnded.flag.load(ordering: .acquiring): finish(db)
        case .firstPass, .secondPass: break
        }
    }

    /// Waits for a running pass and closes the second connection.
    func close() { try? connection.close() }

    private mutating func startPass(_ pass: State) {
        state = pass
        passEnded.flag.store(false, ordering: .relaxed)
        connection.asyncWriteWithoutTransaction { [passEnded] db in
            // Failing (a full disk) costs only that the log grows until the next try.
            _ = try? db.checkpoint(.passive)
            passEnded.flag.store(true, ordering: .releasing)
        }
    }

    private mutating func finish(_ db: Database) {
        state = .filling
        let frames = try? db.checkpoint(.passive)
        // Frames that a reader still looks at stay: try again after a quarter of the limit.
        let complete = frames.map { $0.walFrameCount == $0.checkpointedFrameCount } ?? false
        logBytes = complete ? 0 : limitBytes - limitBytes / 4
    }
}
