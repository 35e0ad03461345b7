// SPDX-License-Identifier: Apache-2.0
import AlertFormats
public import AlertModel

/// Serves the API that Falco 0.44 removed: every subscriber gets every alert that passes while it is there.
///
/// Delivery: best effort, as Falco's own: no acknowledgement, no replay. What falls out of a slow subscriber's backlog is
/// counted. Alerts that came over gRPC leave byte for byte; those that came as JSON in the form Falco would have sent:
/// every value as text, null as `<NA>`. Summaries, incidents and storms are alerts of source `creance`; gaps stay here.
public final class FalcoGrpcSink: AlertSink {
    public static var typeName: String { "falco_grpc" }
    public static var deliveryClass: DeliveryClass { .bestEffort }
    static let retryAfter = Duration.seconds(1)

    /// What routes call it; nil: every output is its own.
    private let name: String?
    private let serve: () throws(FalcoOutputsServer.Refusal) -> FalcoOutputsServer
    private var server: FalcoOutputsServer?
    private var encoder = ResponseEncoder()
    private let served = FalcoGrpcTally()
    public var tally: (any SinkTally)? { served }

    /// `address`: `unix:///path`.
    public init(address: String) {
        name = nil
        serve = { () throws(FalcoOutputsServer.Refusal) in try FalcoOutputsServer(address: address, queue: .fanOut) }
    }

    /// `name`: what routes call it.
    public init(_ settings: FalcoGrpcSinkSettings, name: String) {
        self.name = name
        serve = { () throws(FalcoOutputsServer.Refusal) in try FalcoOutputsServer(settings) }
    }

    public func open(at cursor: SinkCursor?) throws(DeliveryError) {
        do {
            let started = try serve()
            server = started
            served.begin(started)
        } catch {
            throw .retry(after: Self.retryAfter, reason: "\(error)")
        }
    }

    public func write(_ entry: DecidedEntry, from output: Int64) throws(DeliveryError) {
        guard let server else { return }
        let routes = RouteSelection(entry.notes.routes, sink: name)
        if entry.notes.records.isEmpty, routes.isEverything { return writeAlerts(entry, from: output, to: server) }
        var number = entry.firstOutput
        for one in OutputWalk(entry) {
            defer { number += 1 }
            guard number >= output, routes.contains(Int(number - entry.firstOutput)) else { continue }
            switch (one, entry.content) {
            case (.alert(let index), .alerts(let batch)): publish(batch.alert(at: index), to: server)
            case (.record(let index), _):
                encoder.publish(RecordAlert(entry.notes.records[index].record), to: server)
            default: break
            }
        }
    }

    private func writeAlerts(_ entry: DecidedEntry, from output: Int64, to server: FalcoOutputsServer) {
        guard case .alerts(let batch) = entry.content else { return }
        var number = entry.firstOutput
        for index in 0 ..< batch.count where entry.isOutput(at: index) {
            if number >= output { publish(batch.alert(at: index), to: server) }
            number += 1
        }
    }

    private func publish(_ alert: AlertView, to server: FalcoOutputsServer) {
        if alert.encoding == .protobuf { server.publish(alert.raw) } else { encoder.publish(alert, to: server) }
    }

    public func flush() throws(DeliveryError) {}
    public func reopen() throws(DeliveryError) {}
    public var position: [UInt8] { [] }
    public func close() {
        served.end()
        server = nil
    }
}
