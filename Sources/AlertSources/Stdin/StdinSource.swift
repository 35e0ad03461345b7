// SPDX-License-Identifier: Apache-2.0
public import AlertModel
import Synchronization

/// Reads JSON lines from a pipe until its end: what Falco's `program_output` and `stdout_output` write.
///
/// Cannot be read again: what was read and not yet committed is lost in a crash (at most the ring's batches).
public final class StdinSource: AlertSource {
    public static let typeName = "stdin"

    /// After the stop, at most so many reads of what had arrived: a writer that never pauses must not hold up the drain.
    private static let lastReads = 64

    private let settings: StdinSourceSettings
    private let pipe: OpenPipe
    private let now: @Sendable () -> EventTime
    private let currentState = Mutex(SourceState.starting)

    /// Reads `descriptor`, which stays the caller's. `now` gives real time.
    public init(_ settings: StdinSourceSettings, descriptor: Int32 = 0, now: @escaping @Sendable () -> EventTime) {
        self.settings = settings
        pipe = OpenPipe(descriptor: descriptor)
        self.now = now
    }

    public var stopsAtEnd: Bool { settings.stopAtEnd }
    public var state: SourceState { currentState.withLock { $0 } }

    public func run(into intake: SourceIntake) throws {
        do {
            try read(into: intake)
            enter(.finished)
        } catch {
            enter(.failed)
            throw error
        }
    }

    private func enter(_ state: SourceState) { currentState.withLock { $0 = state } }

    private func read(into intake: SourceIntake) throws {
        var decoder = UnitDecoder(.lines, limitBytes: settings.receiveLimitBytes)
        var batch = intake.emptyBatch()
        var readsLeft = Self.lastReads
        var isAtEnd = false
        while !isAtEnd {
            // While a batch is begun nothing is waited for: it leaves as soon as the pipe is empty.
            guard pipe.isReadable(milliseconds: batch.isEmpty ? 50 : 0) else {
                if !batch.isEmpty {
                    intake.submit(batch)
                    batch = intake.emptyBatch()
                } else if intake.isStopping {
                    break
                }
                enter(.waiting)
                continue
            }
            enter(.reading)
            if intake.isStopping {
                readsLeft -= 1
                if readsLeft < 0 { break }
            }
            _ = unsafe try decoder.append { room in
                switch unsafe try pipe.read(into: room) {
                case .bytes(let count): return count
                case .none: return 0
                case .end:
                    isAtEnd = true
                    return 0
                }
            }
            while decoder.decode(into: &batch, arrival: now()) {
                intake.submit(batch)
                batch = intake.emptyBatch()
            }
        }
        enter(.draining)
        decoder.finish(into: &batch, arrival: now())
        if !batch.isEmpty { intake.submit(batch) }
    }
}
