// SPDX-License-Identifier: Apache-2.0
import AlertModel
import CFalcoOutputs

/// The life of one subscription, on its thread: dial, read, wait, dial again; at the stop, leave.
///
/// A batch leaves as soon as the journal has nothing else of this source to do, at the latest after `batchPatience`; while
/// the journal is busy it fills.
struct FalcoGrpcLane: ~Copyable {
    /// How long a stop may go unnoticed while nothing arrives.
    static let stopPatience = Duration.milliseconds(100)
    static let batchPatience = Duration.milliseconds(5)
    static let dialTimeout = Duration.seconds(10)
    /// How often a new socket file is looked for while nobody answers.
    static let lookForSocket = Duration.milliseconds(50)
    /// After so long without any answer the log says what that may mean.
    static let silenceHint = Duration.seconds(60)

    let source: FalcoGrpcSource
    let intake: SourceIntake
    let stream: OutputsStream
    let limits: cfalco_limits
    let decoder = AlertDecoder()
    var generator = SystemRandomNumberGenerator()
    var backoff = ReconnectBackoff()
    var gaps: GapWatch
    var ledger = CommitLedger()
    var batch: AlertBatchBuilder
    var batchBegan: ContinuousClock.Instant?
    var totalBytes: UInt64 = 0
    /// The last `receive` stopped at the window: the next one is not to wait.
    var isWindowClosed = false
    private var isMarked = false
    private var lastSaid = ""

    init(_ source: FalcoGrpcSource, _ intake: SourceIntake) throws(FalcoGrpcSourceError) {
        self.source = source
        self.intake = intake
        stream = try OutputsStream(source.settings)
        let stored = intake.storedCheckpoint.flatMap(SubscriptionCheckpoint.init)
        gaps = GapWatch(source: intake.name, stored: stored, now: source.now())
        batch = intake.emptyBatch()
        // A quarter of the window, so that reading goes on while other batches are being stored.
        let bytes = min(1 << 20, max(16 << 10, source.settings.inFlightBytes / 4))
        limits = cfalco_limits(max_records: 1024, max_bytes: UInt32(bytes))
    }

    mutating func run() {
        while !intake.isStopping {
            source.enter(.connecting)
            let socket = socketPath.flatMap { SocketFile(path: $0) }
            guard connect() else {
                if !intake.isStopping { pause(backoff.waitAfterFailure(using: &generator), since: socket) }
                continue
            }
            let began = ContinuousClock.now
            let bytesBefore = totalBytes
            let hasLeft = readStream()
            if hasLeft { return }
            let wait = backoff.waitAfterSession(
                of: .now - began, hadAlerts: totalBytes > bytesBefore, using: &generator)
            pause(wait, since: socketPath.flatMap { SocketFile(path: $0) })
        }
        stopWithoutStream()
    }

    /// Dials and waits for the stream. Before Falco can hand out anything, the journal knows that a crash would leave a
    /// gap.
    private mutating func connect() -> Bool {
        guard isMarked || markUnclean() else { return false }
        stream.dial(timeout: Self.dialTimeout)
        while !intake.isStopping {
            switch stream.dialled(waiting: Self.stopPatience) {
            case .connecting: continue
            case .failed(let reason):
                say(.warning, reason)
                return false
            case .connected:
                source.sessions.add(1)
                source.enter(.connected)
                let version = stream.version.map { "Falco \($0)" } ?? "a peer that does not tell its version"
                say(.info, "subscribed to \(version) at \(source.settings.address)")
                return true
            }
        }
        return false
    }

    /// Stores that the subscription is open, once. False when the stop came first.
    private mutating func markUnclean() -> Bool {
        let number = intake.submit(intake.emptyBatch(), checkpoint: gaps.checkpoint())
        while !intake.waitUntilSettled(number, timeout: Self.stopPatience) {
            if intake.isStopping { return false }
        }
        isMarked = true
        return true
    }

    private var socketPath: String? {
        guard source.settings.address.hasPrefix("unix:") else { return nil }
        let path = source.settings.address.dropFirst(5)
        return String(path.hasPrefix("//") ? path.dropFirst(2) : path)
    }

    /// Waits before the next attempt; no longer than until another file stands where the socket was.
    private mutating func pause(_ wait: Duration, since file: SocketFile?) {
        guard wait > .zero else { return }
        source.enter(.waiting)
        let deadline = ContinuousClock.now + wait
        while !intake.isStopping, ContinuousClock.now < deadline {
            if let path = socketPath {
                let present = SocketFile(path: path)
                if present != nil, present != file { return }
            }
            let ticket = intake.bell.ticket
            if intake.isStopping { return }
            intake.bell.wait(for: ticket, timeout: min(Self.lookForSocket, deadline - .now), spins: 0)
        }
    }

    /// Stopped between streams. A gap that is still open stays open for the next start.
    private func stopWithoutStream() {
        source.enter(.draining)
        intake.submit(intake.emptyBatch(), checkpoint: gaps.checkpoint(isClean: true))
    }

    /// Repeated news are told once.
    mutating func say(_ severity: FalcoGrpcSource.Notice.Severity, _ text: String) {
        guard text != lastSaid else { return }
        lastSaid = text
        source.say(FalcoGrpcSource.Notice(severity: severity, text: text))
    }
}
