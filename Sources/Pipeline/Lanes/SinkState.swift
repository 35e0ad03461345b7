// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// What a sink is doing.
enum SinkState: Hashable, Sendable {
    case delivering
    /// What it was given last did not arrive; `next` is when it is tried again.
    case retrying(reason: String, next: EventTime)
    /// At its end until somebody mends something.
    case failed(reason: String)

    /// One word, for health and metrics.
    var name: String {
        switch self {
        case .delivering: "delivering"
        case .retrying: "retrying"
        case .failed: "failed"
        }
    }

    static let names = ["delivering", "retrying", "failed"]
}
