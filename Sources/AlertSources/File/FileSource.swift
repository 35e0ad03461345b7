// SPDX-License-Identifier: Apache-2.0
public import AlertModel
import Synchronization

/// Reads alerts from a file: a log that Falco appends to, followed through rotation, or a recording, once.
///
/// No alert is read twice or passed over when the process is killed: the place is journaled with the alerts before it.
public final class FileSource: AlertSource {
    public static let typeName = "file"

    private let settings: FileSourceSettings
    private let now: @Sendable () -> EventTime
    private let currentState = Mutex(SourceState.starting)

    /// `now` gives real time.
    public init(_ settings: FileSourceSettings, now: @escaping @Sendable () -> EventTime) {
        self.settings = settings
        self.now = now
    }

    public var state: SourceState { currentState.withLock { $0 } }

    public func run(into intake: SourceIntake) throws {
        do {
            if settings.follow { try follow(into: intake) } else { try readOnce(into: intake) }
            enter(.finished)
        } catch {
            enter(.failed)
            throw error
        }
    }

    private func enter(_ state: SourceState) { currentState.withLock { $0 = state } }

    /// Looks every 5 ms in the second after the last alert, else every 50 ms: three calls each time, which is
    /// 0.1 % of a core when idle, on any file system.
    private func follow(into intake: SourceIntake) throws {
        let follower = FileFollower(settings, into: intake)
        var lastWork = ContinuousClock.now
        while !intake.isStopping {
            let ticket = intake.bell.ticket
            let hasWorked = try follower.poll(now: now())
            enter(follower.isReading ? .reading : .waiting)
            if hasWorked {
                lastWork = .now
            } else {
                let isBusy = ContinuousClock.now - lastWork < .seconds(1)
                intake.bell.wait(for: ticket, timeout: isBusy ? .milliseconds(5) : .milliseconds(50), spins: 0)
            }
        }
    }

    private func readOnce(into intake: SourceIntake) throws {
        var reader = try AlertFileReader(path: settings.path, limitBytes: settings.receiveLimitBytes)
        if let bytes = intake.storedCheckpoint, let place = FileCheckpoint(bytes),
            place.identity == reader.status.identity,
            place.modified == reader.status.modified
        {
            if place.isFinished { return }
            try reader.skip(place.offset)
        }
        enter(.reading)
        var isMore = true
        while isMore, !intake.isStopping {
            let arrival = now()
            var batch = intake.emptyBatch()
            isMore = try reader.fill(&batch, arrival: arrival)
            var place = FileCheckpoint(
                identity: reader.status.identity, offset: reader.doneBytes, modified: reader.status.modified,
                arrival: arrival)
            place.isFinished = !isMore
            intake.submit(batch, checkpoint: place.bytes)
        }
    }
}
