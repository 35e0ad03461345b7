// SPDX-License-Identifier: Apache-2.0
import AlertModel
import AlertSinks

/// Feeds the live stream from a sink's lane. Delivery: best effort; what a slow subscriber loses is counted.
final class LiveStreamSink: AlertSink {
    static var typeName: String { "live_stream" }
    static var deliveryClass: DeliveryClass { .bestEffort }

    private let stream: LiveStream

    init(_ stream: LiveStream) { self.stream = stream }

    func open(at cursor: SinkCursor?) throws(DeliveryError) {}
    func write(_ entry: DecidedEntry, from output: Int64) throws(DeliveryError) { stream.publish(entry, from: output) }
    func flush() throws(DeliveryError) {}
    func reopen() throws(DeliveryError) {}
    var position: [UInt8] { [] }
    func close() { stream.end() }
}
