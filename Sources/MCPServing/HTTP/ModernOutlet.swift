// SPDX-License-Identifier: Apache-2.0
import MCPProtocol

/// The one response of one modern request.
struct ModernOutlet: MessageOutlet {
    let queue: MessageQueue
    /// False: the client takes no events, so what is not the answer is left out.
    let takesEvents: Bool

    func send(_ message: JSONValue, _ route: MessageRoute) -> Bool {
        switch route {
        case .answer:
            let isKept = queue.push(MessageQueue.Item(answer: message, id: nil))
            queue.finish()
            return isKept
        case .exchange:
            return !takesEvents || queue.push(.init(message: message.encoded, id: nil, answerStatus: nil))
        case .session: return true
        }
    }

    func end(_ request: RequestID) { queue.finish() }
    func close() { queue.finish() }
}

extension MessageQueue.Item {
    /// An answer, with the status that its error code calls for.
    init(answer message: JSONValue, id: ServerSentEvents.EventID?) {
        var status = 200
        if case .integer(let number)? = message["error"]?["code"], let code = ErrorCode(rawValue: number) {
            status = code.httpStatus
        }
        self.init(message: message.encoded, id: id, answerStatus: status)
    }
}
