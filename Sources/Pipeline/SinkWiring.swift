// SPDX-License-Identifier: Apache-2.0
import AlertModel
import AlertSinks
import Journal
import LockFree
import Logging

/// A sink with the lane that feeds it.
struct WiredSink: Sendable {
    let lane: SinkLane
    /// Made on the lane's own thread: a sink belongs to it from its first breath.
    let make: @Sendable () -> any AlertSink
    let stored: SinkCursor?
}

/// Makes each configured sink with its lane, at the place where its cursor stands.
struct SinkWiring {
    let journalBell: WaitWord
    let cursors: [String: SinkCursor]
    /// The number the next output gets: where a sink without a cursor begins.
    let nextOutput: Int64
    let reader: JournalReader
    /// `journal.retain.size`.
    let historyBytes: Int
    let clock: WallClock
    let environment: [String: String]
    let log: Logger

    func make(_ configured: [ConfiguredSink]) throws -> [WiredSink] {
        try configured.map { one in
            var log = log
            log[metadataKey: "sink"] = "\(one.name)"
            if case .falcoGrpc(let settings) = one.settings { return makeServing(settings, name: one.name) }
            let stored = cursors[one.name]
            let firstOutput = stored?.nextOutput ?? nextOutput
            let backlog = firstOutput ..< Swift.max(firstOutput, nextOutput)
            let lane = SinkLane(
                name: one.name, typeName: one.settings.typeName, route: one.name,
                delivery: one.settings.delivery, historyBytes: historyBytes,
                journal: SinkJournal(reader, sink: one.name), journalBell: journalBell, clock: clock, log: log,
                firstOutput: firstOutput, committedEnd: nextOutput,
                routedBacklog: backlog.isEmpty
                    ? nil : try waiting(for: one.name, in: backlog, stored?.shed ?? ShedOutputs()))
            return WiredSink(lane: lane, make: maker(one, lane.stored), stored: stored)
        }
    }

    /// Outputs that are a sink's own and still to be sent.
    func waiting(for sink: String, in outputs: Range<Int64>, _ shed: ShedOutputs) throws -> Int {
        let routed = try reader.routedCount(to: sink, in: outputs)
        guard !shed.isEmpty else { return routed }
        var gone = 0
        var next = outputs.lowerBound
        while true {
            let all = try reader.backlog(of: sink, in: next ..< outputs.upperBound)
            let left = try reader.backlog(of: sink, in: next ..< outputs.upperBound, without: shed)
            guard let last = all.last, last.endOutput > next else { return routed - gone }
            gone += all.reduce(0) { $0 + $1.count } - left.reduce(0) { $0 + $1.count }
            next = last.endOutput
        }
    }

    /// The removed Falco API, served again: a sink of the server's, for whoever is there.
    func makeServing(_ address: String) -> WiredSink {
        let lane = passing("serve_falco_grpc", FalcoGrpcSink.typeName)
        return WiredSink(lane: lane, make: { FalcoGrpcSink(address: address) }, stored: nil)
    }

    /// The same as a sink of its own, with routes: whoever is there gets what comes now.
    private func makeServing(_ settings: FalcoGrpcSinkSettings, name: String) -> WiredSink {
        let lane = passing(name, FalcoGrpcSink.typeName, route: name)
        return WiredSink(lane: lane, make: { FalcoGrpcSink(settings, name: name) }, stored: nil)
    }

    /// What leaves, for those who look on through the server.
    func makeLive() -> (stream: LiveStream, sink: WiredSink) {
        let stream = LiveStream(
            endOutput: nextOutput,
            readJournal: { [reader] (output) throws(JournalError) in try reader.decided(fromOutput: output, limit: 16) }
        )
        let lane = passing(LiveStreamSink.typeName, LiveStreamSink.typeName)
        return (stream, WiredSink(lane: lane, make: { LiveStreamSink(stream) }, stored: nil))
    }

    /// The lane of a sink that keeps no place: it begins with what comes now.
    private func passing(_ name: String, _ typeName: String, route: String? = nil) -> SinkLane {
        var log = log
        log[metadataKey: "sink"] = "\(name)"
        return SinkLane(
            name: name, typeName: typeName, keepsPlace: false, route: route, delivery: .local,
            journal: SinkJournal(reader, sink: name), journalBell: journalBell, clock: clock, log: log,
            firstOutput: nextOutput, committedEnd: nextOutput)
    }

    private func maker(_ one: ConfiguredSink, _ stored: StoredCursor) -> @Sendable () -> any AlertSink {
        switch one.settings {
        case .falcoGrpc(let settings): { FalcoGrpcSink(settings, name: one.name) }
        case .file(let settings): { FileSink(settings, name: one.name, stored: stored) }
        case .kafka(let settings):
            { [environment] in KafkaSinkMaker.make(settings, name: one.name, environment: environment) }
        case .stdout(let settings):
            { [environment] in
                StdoutSink(settings, name: one.name, environment: environment)
            }
        case .http(let settings):
            { [environment] in HTTPSinkMaker.make(settings, name: one.name, environment: environment) }
        case .syslog(let settings):
            {
                BatchedSink(
                    SyslogCarrier(settings), name: one.name, format: settings.lineFormat,
                    limits: settings.delivery.batch)
            }
        }
    }
}
