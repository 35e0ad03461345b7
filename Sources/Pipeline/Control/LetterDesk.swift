// SPDX-License-Identifier: Apache-2.0
import Journal

/// Answers requests about dead letters: has sinks send them again, and drops them.
///
/// The control socket's thread; it may wait for `patience`.
struct LetterDesk: Sendable {
    /// How long an answer waits for what is sent again to arrive. What takes longer goes on without it.
    static let patience = Duration.seconds(5)
    /// Ids in one request.
    static let idLimit = 1_000

    let sinks: [SinkLane]
    let reader: JournalReader
    let writer: JournalWriter

    private struct Refused: Error {
        let answer: ControlAnswer

        init(_ trouble: ControlAnswer.Trouble, _ error: String) { answer = ControlAnswer(trouble, error) }
    }

    func replay(_ request: ControlRequest) -> ControlAnswer {
        do { return try sendAgain(request) } catch { return Self.answer(error) }
    }

    func drop(_ request: ControlRequest) -> ControlAnswer {
        do {
            var outcome = LetterOutcome()
            for selection in try selections(request) { outcome.dropped += try writer.drop(selection) }
            guard outcome.dropped > 0 || request.ids == nil else {
                throw Refused(.unknown, "there is no dead letter of that id (any more)")
            }
            return ControlAnswer(outcome)
        } catch { return Self.answer(error) }
    }

    private static func answer(_ error: any Error) -> ControlAnswer {
        switch error {
        case let refused as Refused: refused.answer
        default: ControlAnswer(.unavailable, "\(error)")
        }
    }

    /// The ids of a request, each known to be one; nil when it names none.
    private func ids(_ request: ControlRequest) throws -> [LetterID]? {
        guard let texts = request.ids else { return nil }
        guard !texts.isEmpty, texts.count <= Self.idLimit else {
            throw Refused(.invalid, "1 to \(Self.idLimit) ids at once")
        }
        return try texts.map { text in
            guard let id = LetterID(text) else {
                throw Refused(
                    .invalid, "a dead letter's id is i or d and a number; `creance dead-letters list` has them")
            }
            return id
        }
    }

    private func selections(_ request: ControlRequest) throws -> [LetterSelection] {
        if let ids = try ids(request) {
            let inputs = ids.compactMap { if case .input(let number) = $0 { number } else { nil } }
            let deliveries = ids.compactMap { if case .delivery(let number) = $0 { number } else { nil } }
            return [.input(inputs), .delivery(deliveries)]
        }
        if let sink = request.sink { return [.allDelivery(sink: sink)] }
        switch request.kind {
        case "input": return [.allInput]
        case "delivery": return [.allDelivery(sink: nil)]
        case nil where request.all == true: return [.allInput, .allDelivery(sink: nil)]
        case nil: throw Refused(.invalid, "which ones: ids, a sink, a kind, or all")
        default: throw Refused(.invalid, "the kind is input or delivery")
        }
    }

    private func sendAgain(_ request: ControlRequest) throws -> ControlAnswer {
        let orders = try orders(request)
        var outcome = LetterOutcome()
        var remarks: [String] = []
        for order in orders {
            guard order.lane.replay(order.order) else {
                throw Refused(
                    .unavailable, "sink \(order.lane.name) takes no more: \(order.lane.failure ?? "too many wait")")
            }
        }
        let deadline = ContinuousClock.now + Self.patience
        for order in orders {
            let tally = order.order.wait(deadline - .now)
            outcome.replayed += tally.arrived
            outcome.refused += tally.refused
            outcome.gone += tally.gone
            let left = tally.isDone ? 0 : max(0, order.count - tally.arrived - tally.refused - tally.gone)
            outcome.waiting += left
            if left > 0, let reason = order.lane.failure { remarks.append("sink \(order.lane.name) waits: \(reason)") }
        }
        return ControlAnswer(outcome, remarks: remarks)
    }

    private func orders(_ request: ControlRequest) throws -> [(lane: SinkLane, order: ReplayOrder, count: Int)] {
        if let ids = try ids(request) {
            let letters = try ids.map { id in
                guard case .delivery(let number) = id else {
                    throw Refused(
                        .invalid, "\(id) is input that was no alert: it cannot be sent to anybody; send it in anew")
                }
                guard let letter = try reader.refused(number: number) else {
                    throw Refused(.unknown, "there is no dead letter \(id) (any more)")
                }
                return letter
            }
            return try Dictionary(grouping: letters, by: \.sink).sorted { $0.key < $1.key }.map { sink, letters in
                (try lane(sink), ReplayOrder(.letters(letters.sorted { $0.number < $1.number })), letters.count)
            }
        }
        guard request.kind != "input" else {
            throw Refused(.invalid, "input that was no alert cannot be sent to anybody; send it in anew")
        }
        let names: [String]
        if let sink = request.sink {
            names = [sink]
        } else if request.all == true || request.kind == "delivery" {
            names = sinks.filter(\.keepsPlace).map(\.name)
        } else {
            throw Refused(.invalid, "which ones: ids, a sink, or all")
        }
        let totals = try reader.status().refused
        return try names.compactMap { name in
            let lane = try lane(name)
            guard let count = totals[name]?.kept, count > 0,
                let newest = try reader.refused(newestOf: name, limit: 1).first
            else { return nil }
            return (lane, ReplayOrder(.through(newest.number)), count)
        }
    }

    private func lane(_ name: String) throws -> SinkLane {
        guard let lane = sinks.first(where: { $0.name == name && $0.keepsPlace }) else {
            throw Refused(.unknown, "sink \(name) is not configured; its dead letters can only be dropped")
        }
        return lane
    }
}
