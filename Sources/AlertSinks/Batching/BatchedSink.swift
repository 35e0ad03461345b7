// SPDX-License-Identifier: Apache-2.0
public import AlertFormats
public import AlertModel

/// A sink that gathers encoded records into batches and has a carrier send them.
///
/// The cursor moves when a batch is settled: every record of it accepted, or refused and named by `takeRefused`.
public final class BatchedSink<Carrier: BatchCarrier>: AlertSink {
    public static var typeName: String { Carrier.typeName }
    public static var deliveryClass: DeliveryClass { Carrier.deliveryClass }

    public let counters = DeliveryCounters()
    private let carrier: Carrier
    /// What routes call it; nil: every output is its own.
    private let name: String?
    private let format: any AlertFormat
    private let limits: BatchLimits
    private var batch: DeliveryBatch
    /// The first output not yet taken.
    private var nextOutput = Int64.min
    private var refused: [RefusedOutput] = []
    /// The batch was sent before and not taken.
    private var hasFailed = false

    /// `name`: what routes call it; nil for a sink that gets every output. `format`'s records are cut out of their line
    /// feeds; what stands between them is the carrier's.
    public init(_ carrier: Carrier, name: String? = nil, format: any AlertFormat, limits: BatchLimits) {
        self.carrier = carrier
        self.name = name
        self.format = format
        self.limits = limits
        batch = DeliveryBatch(capacity: min(limits.bytes, 1 << 20) + (64 << 10))
    }

    public func open(at cursor: SinkCursor?) throws(DeliveryError) {
        if let cursor { nextOutput = max(nextOutput, cursor.nextOutput) }
        try carrier.open()
    }

    public func write(_ entry: DecidedEntry, from output: Int64) throws(DeliveryError) {
        if isFull { try flush() }
        nextOutput = max(nextOutput, output, entry.firstOutput)
        guard nextOutput < entry.endOutput else { return }
        let selection = RouteSelection(entry.notes.routes, sink: name)
        var number = entry.firstOutput
        for one in OutputWalk(entry) {
            defer { number += 1 }
            guard number >= nextOutput else { continue }
            // Taken before the batch leaves: the lane's second call goes on behind it.
            nextOutput = number + 1
            guard selection.contains(Int(number - entry.firstOutput)) else { continue }
            take(one, number, of: entry)
            if isFull { try flush() }
        }
        nextOutput = entry.endOutput
    }

    public func writeAgain(_ entry: DecidedEntry, output: Int64) throws(DeliveryError) {
        if isFull { try flush() }
        var number = entry.firstOutput
        for one in OutputWalk(entry) {
            if number == output { return take(one, number, of: entry) }
            number += 1
        }
    }

    private var isFull: Bool { batch.items.count >= limits.count || batch.byteCount >= limits.bytes }

    private func take(_ output: EntryOutput, _ number: Int64, of entry: DecidedEntry) {
        let start = batch.buffer.count
        format.append(output, of: entry, to: &batch.buffer)
        if batch.buffer.count > start, batch.buffer.bytes[batch.buffer.count - 1] == 0x0A {
            batch.buffer.truncate(to: batch.buffer.count - 1)
        }
        batch.items.append(
            DeliveryBatch.Item(
                bytes: start ..< batch.buffer.count, output: number, id: entry.id(of: output),
                subject: entry.subject(of: output)))
    }

    public func flush() throws(DeliveryError) {
        guard !batch.isEmpty else { return }
        do {
            try carrier.send(&batch)
        } catch {
            counters.add(1, to: .retries)
            hasFailed = true
            throw error
        }
        settle()
    }

    /// Gives up what waits: the dead letters get it.
    public func giveUp(_ reason: String) {
        batch.refuseAll(reason)
        settle()
    }

    private func settle() {
        for item in batch.items {
            if case .refused(let reason) = item.state {
                refused.append(RefusedOutput(output: item.output, id: item.id, reason: reason))
            } else {
                counters.add(1, to: .records)
                counters.add(item.bytes.count, to: .bytes)
            }
        }
        batch.removeAll()
        hasFailed = false
    }

    public var hasDeadLetters: Bool { true }

    public func takeRefused() -> [RefusedOutput] {
        defer { refused.removeAll() }
        return refused
    }

    public func reopen() throws(DeliveryError) { try carrier.reopen() }

    public var position: [UInt8] { carrier.position }

    public var tally: (any SinkTally)? { carrier.tally }

    public func whileWaiting(do look: @escaping () -> Bool) { carrier.whileWaiting(do: look) }

    public func close() {
        // A destination that was away a moment ago must not hold the end up: its records wait behind the cursor.
        if !hasFailed { try? flush() }
        carrier.close()
    }
}
