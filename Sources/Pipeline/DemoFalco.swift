// SPDX-License-Identifier: Apache-2.0
import CFalcoOutputs

/// A stand-in for Falco on a unix socket: the outputs service with Falco's one destructive queue.
///
/// Any thread. The socket lives as long as the object.
@safe
public final class DemoFalco: Sendable {
    public let address: String
    nonisolated(unsafe) private let server: OpaquePointer

    /// Binds and serves at once.
    public init(socket path: String) throws {
        address = "unix://\(path)"
        var message = [CChar](repeating: 0, count: Int(CFALCO_MESSAGE_BYTES))
        var settings = unsafe cfalco_server_settings()
        unsafe settings.mode = CFALCO_ONE_QUEUE
        let started = unsafe address.withCString { address in
            unsafe settings.address = address
            return unsafe cfalco_server_start(&settings, &message, message.count)
        }
        guard let started = unsafe started else {
            throw PipelineError(String(decoding: message.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self))
        }
        unsafe server = started
    }

    /// Queues one alert: the bytes of a `falco.outputs.response`.
    public func publish(_ response: Span<UInt8>) {
        unsafe response.withUnsafeBufferPointer { bytes in
            guard let start = bytes.baseAddress else { return }
            unsafe cfalco_server_publish(server, start, bytes.count)
        }
    }

    /// How many alerts were given to subscribers.
    public var sentCount: Int {
        var stats = cfalco_server_stats()
        unsafe cfalco_server_read_stats(server, &stats)
        return Int(stats.sent)
    }

    deinit { unsafe cfalco_server_stop(server, 1_000_000_000) }
}
