// SPDX-License-Identifier: Apache-2.0
public import AlertModel

/// Turns records into bytes: one line for each, its line feed included.
///
/// Pure: the same record gives the same bytes at every time and on every machine; file sinks rely on it to know their own
/// lines again. Holds no state and may be used by several threads, each with a buffer of its own. Does not fail: every
/// record that can exist has a line.
public protocol AlertFormat: Sendable {
    /// The YAML name.
    var name: String { get }

    /// Appends the line of one alert, which stands at `index` in `entry`.
    func append(_ alert: borrowing AlertView, at index: Int, of entry: DecidedEntry, to buffer: inout OutputBuffer)

    /// Appends the line of the gap that `entry` is.
    func append(_ gap: Gap, of entry: DecidedEntry, to buffer: inout OutputBuffer)

    /// Appends the line of a record of the engine's own, made while `entry` was decided.
    func append(_ record: EngineRecord, of entry: DecidedEntry, to buffer: inout OutputBuffer)
}

/// How far one call of `append(outputsOf:…)` came.
public struct AppendedOutputs: Hashable, Sendable {
    /// The number of the first output that was not looked at: the entry's `endOutput` at its end.
    public let next: Int64
    /// Lines appended.
    public let count: Int
}

extension AlertFormat {
    /// Appends the outputs of `entry` from number `output` on, until the buffer holds `limitBytes`, `limitRecords` were
    /// appended or the entry ends, and at least one. Returns the number of the first output that was not appended:
    /// `entry.endOutput` at the end.
    public func append(
        outputsOf entry: DecidedEntry, from output: Int64, limitBytes: Int, limitRecords: Int = .max,
        to buffer: inout OutputBuffer
    ) -> Int64 {
        append(
            outputsOf: entry, from: output, for: nil, limitBytes: limitBytes, limitRecords: limitRecords, to: &buffer
        ).next
    }

    /// The same for one sink: what is not routed to it is passed over. `sink` nil: everything.
    public func append(
        outputsOf entry: DecidedEntry, from output: Int64, for sink: String?, limitBytes: Int,
        limitRecords: Int = .max, to buffer: inout OutputBuffer
    ) -> AppendedOutputs {
        guard output < entry.endOutput else { return AppendedOutputs(next: output, count: 0) }
        if entry.notes.records.isEmpty, sink == nil || entry.notes.routes.isEverything,
            case .alerts(let batch) = entry.content
        {
            return append(alertsOf: entry, batch, from: output, limitBytes, limitRecords, to: &buffer)
        }
        let selection = RouteSelection(entry.notes.routes, sink: sink)
        var number = entry.firstOutput
        var count = 0
        for one in OutputWalk(entry) {
            defer { number += 1 }
            guard number >= output, selection.contains(Int(number - entry.firstOutput)) else { continue }
            append(one, of: entry, to: &buffer)
            count += 1
            if buffer.count >= limitBytes || count >= limitRecords {
                return AppendedOutputs(next: number + 1, count: count)
            }
        }
        return AppendedOutputs(next: entry.endOutput, count: count)
    }

    /// Appends the line of one output of `entry`.
    public func append(_ output: EntryOutput, of entry: DecidedEntry, to buffer: inout OutputBuffer) {
        switch (output, entry.content) {
        case (.alert(let index), .alerts(let batch)):
            append(batch.alert(at: index), at: index, of: entry, to: &buffer)
        case (.gap, .gap(let gap)): append(gap, of: entry, to: &buffer)
        case (.record(let index), _): append(entry.notes.records[index].record, of: entry, to: &buffer)
        // The walk goes by the entry's content.
        default: preconditionFailure("an output that its entry does not have")
        }
    }

    /// The common case: alerts alone, all of them for this sink.
    private func append(
        alertsOf entry: DecidedEntry, _ batch: AlertBatch, from output: Int64, _ limitBytes: Int, _ limitRecords: Int,
        to buffer: inout OutputBuffer
    ) -> AppendedOutputs {
        // Without fates every alert is an output, and the first one wanted is found without counting.
        let skipped = entry.fates.isEmpty ? min(Int(max(0, output - entry.firstOutput)), batch.count) : 0
        var number = entry.firstOutput + Int64(skipped)
        var count = 0
        for index in skipped ..< batch.count where entry.isOutput(at: index) {
            if number >= output {
                append(batch.alert(at: index), at: index, of: entry, to: &buffer)
                count += 1
                if buffer.count >= limitBytes || count >= limitRecords {
                    return AppendedOutputs(next: number + 1, count: count)
                }
            }
            number += 1
        }
        return AppendedOutputs(next: entry.endOutput, count: count)
    }
}
