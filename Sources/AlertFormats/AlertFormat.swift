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
}

extension AlertFormat {
    /// Appends the outputs of `entry` from number `output` on, until the buffer holds `limitBytes`, `limitRecords` were
    /// appended or the entry ends, and at least one. Returns the number of the first output that was not appended:
    /// `entry.endOutput` at the end.
    public func append(
        outputsOf entry: DecidedEntry, from output: Int64, limitBytes: Int, limitRecords: Int = .max,
        to buffer: inout OutputBuffer
    ) -> Int64 {
        guard output < entry.endOutput else { return output }
        switch entry.content {
        case .gap(let gap):
            append(gap, of: entry, to: &buffer)
            return entry.endOutput
        case .time: return entry.endOutput
        case .alerts(let batch):
            // Without fates every alert is an output, and the first one wanted is found without counting.
            let skipped = entry.fates.isEmpty ? min(Int(max(0, output - entry.firstOutput)), batch.count) : 0
            var number = entry.firstOutput + Int64(skipped)
            var room = limitRecords
            for index in skipped ..< batch.count where entry.isOutput(at: index) {
                if number >= output {
                    append(batch.alert(at: index), at: index, of: entry, to: &buffer)
                    room -= 1
                    if buffer.count >= limitBytes || room <= 0 { return number + 1 }
                }
                number += 1
            }
            return entry.endOutput
        }
    }
}

/// The formats there are.
public enum FormatKind: String, CaseIterable, Sendable {
    /// Falco's own JSON.
    case falco
    /// This project's JSON, with a schema.
    case creance
    /// A line for people.
    case text

    /// Those that are one JSON object in a line, for sinks that machines read.
    public static let json: [FormatKind] = [.falco, .creance]

    /// `colours`: ANSI colours, which only `text` has.
    public func format(colours: Bool = false) -> any AlertFormat {
        switch self {
        case .falco: FalcoFormat()
        case .creance: CreanceFormat()
        case .text: TextFormat(colours: colours)
        }
    }
}
