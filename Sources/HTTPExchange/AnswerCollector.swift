// SPDX-License-Identifier: Apache-2.0
import AlertSinks
import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Synchronization

/// Gathers an answer up to the limit; beyond it the exchange ends and what came so far counts.
///
/// Called on the connection's event loop alone; the lock only says so to the compiler.
final class AnswerCollector: HTTPClientResponseDelegate {
    typealias Response = HTTPAnswer

    /// Ends an exchange whose answer is long enough; holds that answer.
    struct Cut: Error {
        let answer: HTTPAnswer
    }

    private let answer = Mutex(HTTPAnswer(status: 0))

    func didReceiveHead(task: HTTPClient.Task<HTTPAnswer>, _ head: HTTPResponseHead) -> EventLoopFuture<Void> {
        answer.withLock {
            $0.status = Int(head.status.code)
            $0.retryAfter = head.headers.first(name: "Retry-After").map { String($0.prefix(100)) }
        }
        return task.eventLoop.makeSucceededVoidFuture()
    }

    func didReceiveBodyPart(task: HTTPClient.Task<HTTPAnswer>, _ part: ByteBuffer) -> EventLoopFuture<Void> {
        let isFull = answer.withLock { answer in
            let room = HTTPAnswer.limitBytes - answer.body.count
            answer.body.append(contentsOf: part.readableBytesView.prefix(room))
            if part.readableBytes > room { answer.isCut = true }
            return answer.isCut
        }
        guard isFull else { return task.eventLoop.makeSucceededVoidFuture() }
        return task.eventLoop.makeFailedFuture(Cut(answer: answer.withLock { $0 }))
    }

    func didFinishRequest(task: HTTPClient.Task<HTTPAnswer>) throws -> HTTPAnswer { answer.withLock { $0 } }
}
