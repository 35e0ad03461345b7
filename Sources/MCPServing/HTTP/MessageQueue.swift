// SPDX-License-Identifier: Apache-2.0
import MCPProtocol
import Synchronization

/// Messages on their way to one response, from any thread to the one task that writes it. Bounded: a reader that lets too
/// much pile up loses the stream, not our memory.
final class MessageQueue: Sendable {
    struct Item: Sendable {
        let message: [UInt8]
        /// Where the stream can be resumed.
        let id: ServerSentEvents.EventID?
        /// Of an answer: the status that it has as a response of its own.
        let answerStatus: Int?
    }

    enum Next: Sendable {
        case item(Item)
        /// Nothing came in time.
        case silence
        /// Nothing follows.
        case end
    }

    private struct State {
        var items: [Item] = []
        var bytes = 0
        var hasEnded = false
        var reader: CheckedContinuation<Next, Never>?
        /// Tells the wait of one timer from a later one.
        var wait = 0
        var timer: Task<Void, Never>?
    }

    private let messageLimit: Int
    private let byteLimit: Int
    private let state = Mutex(State())

    init(messages: Int, bytes: Int) {
        messageLimit = messages
        byteLimit = bytes
    }

    /// False: there is no room, or the queue has ended; the message is lost and nothing follows.
    func push(_ item: Item) -> Bool {
        let (isKept, waiting) = state.withLock { state -> (Bool, (CheckedContinuation<Next, Never>, Next)?) in
            guard !state.hasEnded else { return (false, nil) }
            if let reader = Self.takeReader(&state) { return (true, (reader, .item(item))) }
            let isFull =
                !state.items.isEmpty
                && (state.items.count >= messageLimit || state.bytes + item.message.count > byteLimit)
            guard !isFull else {
                state.hasEnded = true
                return (false, nil)
            }
            state.items.append(item)
            state.bytes += item.message.count
            return (true, nil)
        }
        if let (reader, next) = waiting { reader.resume(returning: next) }
        return isKept
    }

    /// Nothing more comes; what waits is still read.
    func finish() {
        let reader = state.withLock { state in
            state.hasEnded = true
            return Self.takeReader(&state)
        }
        reader?.resume(returning: .end)
    }

    /// The reader has gone: what waits is let go.
    func abandon() {
        state.withLock { state in
            state.items = []
            state.bytes = 0
        }
        finish()
    }

    /// The answer, if it is the next; without waiting.
    func pollAnswer() -> Item? {
        state.withLock { state in state.items.first?.answerStatus == nil ? nil : Self.takeItem(&state) }
    }

    /// One reader at a time.
    func next(atMost limit: Duration) async -> Next {
        await withCheckedContinuation { continuation in
            let now: Next? = state.withLock { state in
                if let item = Self.takeItem(&state) { return .item(item) }
                if state.hasEnded { return .end }
                state.reader = continuation
                state.wait += 1
                let wait = state.wait
                state.timer = Task { [weak self] in
                    guard (try? await Task.sleep(for: limit)) != nil else { return }
                    self?.expire(wait)
                }
                return nil
            }
            if let now { continuation.resume(returning: now) }
        }
    }

    private func expire(_ wait: Int) {
        state.withLock { $0.wait == wait ? Self.takeReader(&$0) : nil }?.resume(returning: .silence)
    }

    private static func takeItem(_ state: inout State) -> Item? {
        guard !state.items.isEmpty else { return nil }
        let item = state.items.removeFirst()
        state.bytes -= item.message.count
        return item
    }

    private static func takeReader(_ state: inout State) -> CheckedContinuation<Next, Never>? {
        state.timer?.cancel()
        state.timer = nil
        defer { state.reader = nil }
        return state.reader
    }
}
