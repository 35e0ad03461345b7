// SPDX-License-Identifier: Apache-2.0
import CFalcoOutputs

/// Falco's outputs service, served by us: the owner of the C server, which has a thread of its own.
///
/// Any thread. The socket lives as long as the object; the last reference's end closes every stream with OK, as Falco
/// does, and waits up to a second for it.
@safe
public final class FalcoOutputsServer: Sendable {
    public enum Queue: Sendable {
        /// Every subscriber gets every alert published after it came; its backlog is bounded, the oldest go.
        case fanOut
        /// As Falco: one queue, taken from destructively.
        case one
    }

    /// Why it cannot be served, in a sentence.
    public struct Refusal: Error, CustomStringConvertible {
        public let description: String
    }

    public let address: String
    nonisolated(unsafe) private let server: OpaquePointer

    /// Binds and serves at once. `address` is `unix:///path`; the socket gets mode 0660.
    public init(address: String, queue: Queue) throws(Refusal) {
        self.address = address
        var message = [CChar](repeating: 0, count: 512)
        var settings = unsafe cfalco_server_settings()
        unsafe settings.mode = queue == .one ? CFALCO_ONE_QUEUE : CFALCO_FAN_OUT
        let started = unsafe address.withCString { text in
            unsafe settings.address = text
            return unsafe cfalco_server_start(&settings, &message, message.count)
        }
        guard let started = unsafe started else {
            throw Refusal(
                description: String(decoding: message.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self))
        }
        unsafe server = started
    }

    deinit { unsafe cfalco_server_stop(server, 1_000_000_000) }

    /// Queues one alert: the bytes of a `falco.outputs.response`, which are copied.
    public func publish(_ response: Span<UInt8>) {
        unsafe response.withUnsafeBufferPointer { bytes in
            guard let start = bytes.baseAddress else { return }
            unsafe cfalco_server_publish(server, start, bytes.count)
        }
    }

    /// Alerts that fell out of a subscriber's full backlog, counted for each subscriber.
    public var droppedCount: Int {
        var stats = cfalco_server_stats()
        unsafe cfalco_server_read_stats(server, &stats)
        return Int(clamping: stats.dropped)
    }
}
