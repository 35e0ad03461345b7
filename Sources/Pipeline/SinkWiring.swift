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
                batchWait: one.settings.batchWait, journalBell: journalBell, log: log, firstOutput: firstOutput,
                committedEnd: nextOutput,
                routedBacklog: backlog.isEmpty ? nil : try reader.routedCount(to: one.name, in: backlog),
                readJournal: { [reader] (output) throws(JournalError) in try reader.decided(fromOutput: output) })
            return WiredSink(lane: lane, make: maker(one, lane.stored), stored: stored)
        }
    }

    /// The removed Falco API, served again: a sink of the server's, for whoever is there.
    func makeServing(_ address: String) -> WiredSink {
        var log = log
        log[metadataKey: "sink"] = "serve_falco_grpc"
        let lane = SinkLane(
            name: "serve_falco_grpc", typeName: FalcoGrpcSink.typeName, keepsPlace: false, journalBell: journalBell,
            log: log,
            firstOutput: nextOutput, committedEnd: nextOutput,
            readJournal: { [reader] (output) throws(JournalError) in try reader.decided(fromOutput: output) })
        return WiredSink(lane: lane, make: { FalcoGrpcSink(address: address) }, stored: nil)
    }

    /// The same as a sink of its own, with routes: whoever is there gets what comes now.
    private func makeServing(_ settings: FalcoGrpcSinkSettings, name: String) -> WiredSink {
        var log = log
        log[metadataKey: "sink"] = "\(name)"
        let lane = SinkLane(
            name: name, typeName: FalcoGrpcSink.typeName, keepsPlace: false, route: name, journalBell: journalBell,
            log: log, firstOutput: nextOutput, committedEnd: nextOutput,
            readJournal: { [reader] (output) throws(JournalError) in try reader.decided(fromOutput: output) })
        return WiredSink(lane: lane, make: { FalcoGrpcSink(settings, name: name) }, stored: nil)
    }

    /// What leaves, for those who look on through the server.
    func makeLive() -> (stream: LiveStream, sink: WiredSink) {
        var log = log
        log[metadataKey: "sink"] = "\(LiveStreamSink.typeName)"
        let stream = LiveStream(
            endOutput: nextOutput,
            readJournal: { [reader] (output) throws(JournalError) in try reader.decided(fromOutput: output, limit: 16) }
        )
        let lane = SinkLane(
            name: LiveStreamSink.typeName, typeName: LiveStreamSink.typeName, keepsPlace: false,
            journalBell: journalBell, log: log, firstOutput: nextOutput, committedEnd: nextOutput,
            readJournal: { [reader] (output) throws(JournalError) in try reader.decided(fromOutput: output) })
        return (stream, WiredSink(lane: lane, make: { LiveStreamSink(stream) }, stored: nil))
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
