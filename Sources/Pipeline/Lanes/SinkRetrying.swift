// SPDX-License-Identifier: Apache-2.0
import AlertModel
import AlertSinks

extension SinkFeeder {
    /// Repeats `call` until it succeeds; false when the sink is at its end or the drain limit is over.
    ///
    /// - Parameter givingUp: the sink has records in its hands, which may be given up.
    func attempt(givingUp: Bool = true, _ call: () throws(DeliveryError) -> Void) -> Bool {
        var backOff = BackOff(lane.delivery.retry)
        var hasFailed = false
        var gaveUp = false
        callBegan = .now
        while true {
            do {
                try call()
                if hasFailed, lane.note(.delivering) != .delivering, !gaveUp {
                    lane.log.notice("delivers again")
                }
                return true
            } catch {
                lane.counters.failures.add(1)
                hasFailed = true
                switch error {
                case .reject(let reason):
                    lane.note(.failed(reason: reason))
                    lane.log.error("gives up: \(reason)")
                    return false
                case .retry(let asked, let reason):
                    let pause = backOff.pause(after: .now, asked: asked, chance: lane.chance())
                    if givingUp, sink.hasDeadLetters, backOff.isOver(at: .now) {
                        lane.log.error("gives up a batch, which is among the dead letters: \(reason)")
                        lane.counters.givenUp.add(1)
                        sink.giveUp("given up: \(reason)")
                        // What ends now is the batch, not what is wrong with the destination.
                        gaveUp = true
                        backOff = BackOff(lane.delivery.retry)
                        continue
                    }
                    guard wait(pause, reason) else { return false }
                }
            }
        }
    }

    /// The pause between two tries; false when the drain limit is over. It ends early for a stop and for a reopening: both
    /// are a reason to try at once.
    private func wait(_ pause: Duration, _ reason: String) -> Bool {
        let end = ContinuousClock.now + pause
        let wasStopping = lane.isStopping
        let before = lane.note(.retrying(reason: reason, next: lane.clock.now().advanced(by: pause)))
        if case .retrying(reason, _) = before {
        } else {
            lane.log.warning("cannot deliver and tries again: \(reason)")
        }
        while true {
            let ticket = lane.bell.ticket
            if isCut() { return false }
            if lane.isStopping, !wasStopping { return true }
            if lane.takeReopening() {
                mustReopen = true
                return true
            }
            guard lookBehind() else { return false }
            let left = end - .now
            guard left > .zero else { return true }
            lane.bell.wait(for: ticket, timeout: Swift.min(left, .seconds(1)))
        }
    }

    /// A call that takes long, whether it fails or hangs, lets go of the entries in the ring, and what waits stays within
    /// its bounds. False when the drain limit is over.
    private func lookBehind() -> Bool {
        guard ContinuousClock.now - callBegan >= lane.pacing.patience else { return true }
        while let offer = lane.nextOffer() { noteOldest(offer) }
        return checkBacklog()
    }

    /// In the middle of a call: what the sink is being handed stays, as between two tries. False when the drain limit is
    /// over: then the call has to end.
    func lookWhileWaiting() -> Bool { !isCut() && lookBehind() }

    /// Of a sink that has nothing in its hands yet.
    private func noteOldest(_ offer: DecidedEntry) {
        if lane.counters.oldest.value == 0 { lane.counters.oldest.set(Int(offer.arrival.nanoseconds)) }
    }
}

extension DecidedEntry {
    /// When the first of it arrived, about.
    var arrival: EventTime {
        switch content {
        case .alerts(let batch): batch.count > 0 ? batch.alert(at: 0).arrivalTime : EventTime(nanoseconds: 0)
        case .gap(let gap): gap.to
        case .time(let time): time
        }
    }
}
