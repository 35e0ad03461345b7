// SPDX-License-Identifier: Apache-2.0
import CFalcoOutputs
import Glibc

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

    /// Binds and serves at once. `address` is `unix:///path`, whose socket gets mode 0660, or `host:port`, which needs `tls`.
    ///
    /// - Parameter backlogBytes: of each subscriber, in `fanOut`; nil: 16 MiB.
    public convenience init(address: String, queue: Queue, backlogBytes: Int? = nil) throws(Refusal) {
        try self.init(address: address, queue: queue, backlogBytes: backlogBytes, ca: nil, certificate: nil, key: nil)
    }

    public convenience init(_ settings: FalcoGrpcSinkSettings) throws(Refusal) {
        try self.init(
            address: "\(settings.address)", queue: .fanOut, backlogBytes: settings.backlogBytes, ca: settings.tls?.ca,
            certificate: settings.tls?.certificate, key: settings.tls?.key)
    }

    private init(
        address: String, queue: Queue, backlogBytes: Int?, ca: String?, certificate: String?, key: String?
    ) throws(Refusal) {
        self.address = address
        let files = unsafe [ca, certificate, key].map { unsafe $0.map { unsafe strdup($0) } ?? nil }
        defer { for index in unsafe files.indices { unsafe free(files[index]) } }
        var message = [CChar](repeating: 0, count: 512)
        var settings = unsafe cfalco_server_settings()
        unsafe settings.mode = queue == .one ? CFALCO_ONE_QUEUE : CFALCO_FAN_OUT
        unsafe settings.tls = unsafe cfalco_tls_files(ca: files[0], certificate: files[1], key: files[2])
        if let backlogBytes { unsafe settings.backlog_bytes = UInt64(max(0, backlogBytes)) }
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
