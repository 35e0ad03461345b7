// SPDX-License-Identifier: Apache-2.0
import AlertModel
import AlertSinks
import Journal

extension SinkFeeder {
    /// Sends the next dead letters that somebody wants sent again. Between two batches of the sink's own: it has nothing in
    /// its hands. The cursor stays where it is. False when the sink is at its end.
    func replay() -> Bool {
        guard let order = lane.order, !lane.isStopping else { return true }
        let letters: [RefusedLetter]
        do {
            letters = try nextLetters(of: order)
        } catch {
            lane.log.warning("dead letters cannot be read: \(error)")
            finish(order, ReplayOrder.Tally())
            return true
        }
        var tally = ReplayOrder.Tally()
        var sent: [RefusedLetter] = []
        for letter in letters {
            replayedThrough = Swift.max(replayedThrough, letter.number)
            // What cannot be read now stays what it is.
            guard sink.hasDeadLetters, let entry = try? lane.journal.entry(letter.output) else {
                tally.gone += 1
                continue
            }
            guard attempt({ () throws(DeliveryError) in try sink.writeAgain(entry, output: letter.output) }) else {
                return false
            }
            sent.append(letter)
        }
        guard attempt({ () throws(DeliveryError) in try sink.flush() }) else { return false }
        let refused = sink.takeRefused()
        let refusedOutputs = Set(refused.map(\.output))
        let arrived = sent.filter { !refusedOutputs.contains($0.output) }.map(\.number)
        tally.arrived = arrived.count
        tally.refused = refused.count
        if !sent.isEmpty {
            publish(cursor, refused: refused, replayed: arrived)
            // Whoever asked is told what is stored.
            _ = waitUntilStored(serial)
            lane.counters.replayed.add(arrived.count)
        }
        finish(order, tally, isDone: letters.count < ReplayOrder.step)
        return true
    }

    private func nextLetters(of order: ReplayOrder) throws(JournalError) -> [RefusedLetter] {
        switch order.wanted {
        case .letters(let letters):
            return Array(letters.lazy.filter { $0.number > self.replayedThrough }.prefix(ReplayOrder.step))
        case .through(let last): return try lane.journal.letters(replayedThrough, last)
        }
    }

    private func finish(_ order: ReplayOrder, _ tally: ReplayOrder.Tally, isDone: Bool = true) {
        var tally = tally
        tally.isDone = isDone
        if isDone {
            lane.finishOrder()
            replayedThrough = 0
        }
        order.add(tally)
    }
}
