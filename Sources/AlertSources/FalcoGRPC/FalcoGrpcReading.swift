// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// Reading an open stream into batches.
extension FalcoGrpcLane {
    /// Reads until the stream ends. True when that was the clean leave (or its limit) and the lane is done.
    mutating func readStream() -> Bool {
        var isLeaving = false
        var hasHinted = false
        while true {
            if intake.isStopping, !isLeaving {
                isLeaving = true
                source.enter(.draining)
                stream.leave(limit: source.leaveLimit)
            }
            commitSettled()
            let reception = receive()
            switch reception.outcome {
            case .received, .full:
                if !isLeaving { source.enter(.reading) }
            case .timedOut:
                if !isLeaving { source.enter(.connected) }
                if !hasHinted, reception.unanswered > Self.silenceHint {
                    hasHinted = true
                    say(.info, Self.silenceText)
                }
            case .ended(let reason, let isOversize):
                hand(over: reception, mustGo: true)
                gaps.broke(isOversize ? .receiveLimit : .reconnected)
                say(.warning, reason)
                return false
            case .left(let reason, let isClean):
                hand(over: reception, mustGo: true)
                finish(isClean: isClean, reason)
                return true
            }
            hand(over: reception, mustGo: false)
            if isWindowClosed { awaitCommit() }
        }
    }

    static let silenceText = """
        no answer to the first request yet: normal while no rule fires, but also what Falco does with more subscribers \
        than ten times grpc.threadiness
        """

    private mutating func receive() -> OutputsStream.Reception {
        let first = batch.alertCount
        let patience = batch.isEmpty ? Self.stopPatience : max(.zero, batchDeadline - .now)
        let wait = isWindowClosed ? .zero : patience
        let reception = stream.receive(into: &batch, limits: limits, waiting: wait)
        totalBytes = reception.totalBytes
        isWindowClosed = reception.isWindowClosed
        if batch.alertCount > first { decoder.unwrap(&batch, from: first) }
        if let arrivals = reception.arrivals, let gap = gaps.arrived(first: arrivals.first, last: arrivals.last) {
            // The batch is empty when a gap is open: every stream's end hands it over.
            intake.submit(gap)
        }
        if batchBegan == nil, !batch.isEmpty { batchBegan = .now }
        return reception
    }

    private var batchDeadline: ContinuousClock.Instant { (batchBegan ?? .now) + Self.batchPatience }

    /// Submits the batch when it should go: it is full or old, the journal is idle, or the stream is over.
    private mutating func hand(over reception: OutputsStream.Reception, mustGo: Bool) {
        guard !batch.isEmpty else { return }
        var isFull = false
        if case .full = reception.outcome { isFull = true }
        let isJournalIdle = intake.settledNumber == intake.submittedNumber
        guard mustGo || isFull || isJournalIdle || isWindowClosed || ContinuousClock.now >= batchDeadline else {
            return
        }
        let number = intake.submit(exchange(&batch, with: intake.emptyBatch()), checkpoint: gaps.checkpoint())
        ledger.submitted(number, upTo: reception.totalBytes)
        batchBegan = nil
    }

    private mutating func commitSettled() {
        if ledger.settled(upTo: intake.settledNumber) { stream.commit(upTo: ledger.committedBytes) }
    }

    /// The window is closed: nothing can be read before something is stored.
    private mutating func awaitCommit() {
        let ticket = intake.bell.ticket
        commitSettled()
        guard !ledger.isEmpty, intake.settledNumber < intake.submittedNumber else { return }
        intake.bell.wait(for: ticket, timeout: Self.stopPatience)
    }

    /// The end after a leave. What a cut one may have lost has its record at once, for there may be no next start.
    private mutating func finish(isClean: Bool, _ reason: String) {
        if !isClean {
            gaps.broke(.drainLimit)
            say(.warning, reason)
            if let gap = gaps.close(at: source.now()) { intake.submit(gap) }
        }
        intake.submit(intake.emptyBatch(), checkpoint: gaps.checkpoint(isClean: true))
    }
}
