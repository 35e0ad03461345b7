// SPDX-License-Identifier: Apache-2.0
import AlertModel
public import AlertSources
import ConfigTree
import Foundation
import LockFree
import Logging

/// An HTTP source and where the server mounts it.
public struct HTTPMount: Sendable {
    public let path: String
    /// When there is one, the path is `/` and the secret.
    public let secret: String?
    public let ingest: HTTPIngest
}

/// Makes each configured source with its intake.
struct SourceWiring {
    let pool: BatchPool
    let journalBell: WaitWord
    let checkpoints: [String: [UInt8]]
    let clock: WallClock
    let log: Logger

    func make(_ configured: [ConfiguredSource], drain: Duration) throws -> (lanes: [SourceLane], mounts: [HTTPMount]) {
        var lanes: [SourceLane] = []
        var mounts: [HTTPMount] = []
        let now: @Sendable () -> EventTime = { [clock] in clock.now() }
        for one in configured {
            var log = log
            log[metadataKey: "source"] = "\(one.name)"
            switch one.settings {
            case .falcoHTTP(let settings):
                mounts.append(
                    HTTPMount(
                        path: settings.path, secret: try fetch(settings.secret, of: one.name),
                        ingest: HTTPIngest(
                            name: one.name, settings: settings.ingest, pool: pool, journalBell: journalBell,
                            now: now)))
            case .falcoGrpc(let settings):
                let source = FalcoGrpcSource(settings, drainLimit: drain, now: now) { [log] notice in
                    log.log(level: notice.severity == .warning ? .warning : .info, "\(notice.text)")
                }
                lanes.append(lane(one.name, source))
            case .file(let settings): lanes.append(lane(one.name, FileSource(settings, now: now)))
            case .stdin(let settings): lanes.append(lane(one.name, StdinSource(settings, now: now)))
            }
        }
        return (lanes, mounts)
    }

    private func lane(_ name: String, _ source: some AlertSource) -> SourceLane {
        let intake = SourceIntake(name: name, pool: pool, journalBell: journalBell, storedCheckpoint: checkpoints[name])
        return SourceLane(name: name, source: source, intake: intake, log: log)
    }

    private func fetch(_ secret: Secret?, of source: String) throws -> String? {
        guard let secret else { return nil }
        do {
            let text = try secret.fetch(
                file: { path in [UInt8](try Data(contentsOf: URL(fileURLWithPath: path))) },
                environment: { ProcessInfo.processInfo.environment[$0] })
            return String(decoding: text.bytes, as: UTF8.self)
        } catch {
            throw PipelineError("sources.\(source).secret: \(error)")
        }
    }
}
