// SPDX-License-Identifier: Apache-2.0
import Inspection
import NIOHTTP1
import NIOSSL
import Synchronization

/// What the server counts of itself. Any thread; one short lock per request.
final class ServerCounters: Sendable {
    enum CloseReason: String, CaseIterable {
        case slowBody = "slow_body"
        case slowAnswer = "slow_answer"
        case notHTTP = "not_http"
        case failedTLS = "failed_tls"

        /// Nil for what is the network's or the client's affair: resets, and bodies that were cut.
        init?(_ error: any Error) {
            switch error {
            case HTTPParserError.invalidEOFState: return nil
            case is HTTPParserError: self = .notHTTP
            case is NIOSSLError, is BoringSSLError: self = .failedTLS
            default: return nil
            }
        }
    }

    private struct State {
        var requests: [Answer: Int] = [:]
        var cut: [String: Int] = [:]
        var closed: [CloseReason: Int] = [:]
        var connections = 0
    }

    private struct Answer: Hashable {
        let endpoint: String
        let code: Int
    }

    private let state = Mutex(State())
    let answerSeconds = Histogram(bounds: Histogram.seconds)

    func countRequest(_ endpoint: String, code: Int) {
        state.withLock { $0.requests[Answer(endpoint: endpoint, code: code), default: 0] += 1 }
    }

    func countCut(_ endpoint: String) { state.withLock { $0.cut[endpoint, default: 0] += 1 } }
    func countClosed(_ reason: CloseReason) { state.withLock { $0.closed[reason, default: 0] += 1 } }
    func countConnections(_ change: Int) { state.withLock { $0.connections += change } }

    var families: [MetricFamily] {
        let state = state.withLock { $0 }
        return [
            MetricCatalogue.requests.samples(
                state.requests.map { MetricSample([$0.key.endpoint, String($0.key.code)], .integer($0.value)) }),
            MetricCatalogue.cutRequests.samples(
                ["ingest"].map { MetricSample([$0], .integer(state.cut[$0] ?? 0)) }),
            MetricCatalogue.answerSeconds.sample(.histogram(answerSeconds.snapshot)),
            MetricCatalogue.connections.sample(.integer(state.connections)),
            MetricCatalogue.closedConnections.samples(
                CloseReason.allCases.map { MetricSample([$0.rawValue], .integer(state.closed[$0] ?? 0)) }),
        ]
    }
}
