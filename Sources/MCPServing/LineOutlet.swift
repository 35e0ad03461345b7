// SPDX-License-Identifier: Apache-2.0
import MCPProtocol
import Synchronization

/// The bytes that wait to be written to one line connection: one message a line.
///
/// Bounded: a client that does not read loses its connection when `limitBytes` wait, not our memory. The runner fills it
/// from any thread; the thread of the `LineLoop` empties it.
final class LineOutlet: MessageOutlet {
    private struct Waiting {
        var bytes: [UInt8] = []
        /// Written already.
        var start = 0
        var isClosed = false
    }

    private let waiting = Mutex(Waiting())
    private let limitBytes: Int
    private let bell: LoopBell

    init(limitBytes: Int, bell: LoopBell) {
        self.limitBytes = limitBytes
        self.bell = bell
    }

    func send(_ message: JSONValue, _ route: MessageRoute) -> Bool {
        var writer = JSONWriter()
        writer.write(message)
        writer.endLine()
        let (isTaken, wasEmpty) = waiting.withLock { waiting in
            let left = waiting.bytes.count - waiting.start
            guard !waiting.isClosed, left + writer.bytes.count <= limitBytes else { return (false, false) }
            if left == 0 {
                waiting = Waiting(bytes: writer.bytes)
            } else {
                waiting.bytes += writer.bytes
            }
            return (true, left == 0)
        }
        if wasEmpty { bell.ring() }
        return isTaken
    }

    func end(_ request: RequestID) {}

    func close() {
        waiting.withLock { $0.isClosed = true }
        bell.ring()
    }

    var isClosed: Bool { waiting.withLock { $0.isClosed } }

    /// Bytes that wait.
    var count: Int { waiting.withLock { $0.bytes.count - $0.start } }

    /// Shows what waits to `write`, which says how much of it has left. Under the lock: `write` does not wait.
    func drain(_ write: (ArraySlice<UInt8>) -> Int) {
        waiting.withLock { waiting in
            guard waiting.start < waiting.bytes.count else { return }
            let written = write(waiting.bytes[waiting.start...])
            waiting.start += max(0, min(written, waiting.bytes.count - waiting.start))
            if waiting.start == waiting.bytes.count {
                waiting.bytes = []
                waiting.start = 0
            } else if waiting.start > 256 << 10 {
                waiting.bytes.removeSubrange(..<waiting.start)
                waiting.start = 0
            }
        }
    }
}
