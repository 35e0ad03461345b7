// SPDX-License-Identifier: Apache-2.0
import AlertFormats
import AlertModel
import FalcoRules

/// What a subscriber asks for: `?when=CONDITION&format=creance`, and where it stood.
struct StreamRequest: Sendable {
    var format: any AlertFormat = CreanceFormat()
    var when: Condition?
    /// The event that the subscriber saw last.
    var after: StreamPlace?

    /// Of a query; the rest is the server's limit of a header.
    private static let conditionBytes = 8_192

    init(query: String, lastEventID: String?) throws(LiveStream.Refusal) {
        for part in query.split(separator: "&") {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let value = try Self.decoded(pair.count > 1 ? pair[1] : "")
            switch pair[0] {
            case "when":
                guard value.utf8.count <= Self.conditionBytes else { throw .wrong("when is longer than 8 KiB") }
                do throws(ConditionError) { when = try Condition(value) } catch {
                    throw .wrong("when: column \(error.offset + 1): \(error.what)")
                }
            case "format":
                guard let kind = FormatKind(rawValue: value) else {
                    let names = FormatKind.allCases.map(\.rawValue).joined(separator: ", ")
                    throw .wrong("format is one of \(names)")
                }
                format = kind.format()
            case "last_event_id": after = try Self.place(value)
            default: throw .wrong("the query knows when, format and last_event_id")
            }
        }
        if let lastEventID, !lastEventID.isEmpty { after = try Self.place(lastEventID) }
    }

    private static func place(_ text: String) throws(LiveStream.Refusal) -> StreamPlace {
        guard let place = StreamPlace(text) else { throw .wrong("Last-Event-ID is none of ours") }
        return place
    }

    /// As forms have it: a plus is a space, and what follows a percent sign is a byte.
    private static func decoded(_ text: Substring) throws(LiveStream.Refusal) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+"): bytes.append(0x20)
            case UInt8(ascii: "%"):
                guard rest.count >= 2, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
                else {
                    throw .wrong("a percent sign is followed by two hexadecimal digits")
                }
                bytes.append(value)
                rest = rest.dropFirst(2)
            default: bytes.append(byte)
            }
        }
        guard let decoded = String(validating: bytes, as: UTF8.self) else { throw .wrong("the query is not UTF-8") }
        return decoded
    }

    func wants(_ output: EntryOutput, of entry: DecidedEntry) -> Bool {
        guard let when else { return true }
        switch (output, entry.content) {
        case (.alert(let index), .alerts(let batch)):
            let alert = batch.alert(at: index)
            guard entry.notes.added.alertCount > 0 else { return when.matches(AlertFacts(alert)) }
            return when.matches(AlertFacts(alert, entry.notes.added, at: index))
        case (.gap, .gap(let gap)): return when.matches(gap)
        case (.record(let index), _): return when.matches(entry.notes.records[index].record)
        default: return false
        }
    }
}

/// The `id` of an event: the epoch of the process start it was accepted under, and the number of its output.
///
/// A number alone could come back after a power loss that took the journal's end.
struct StreamPlace: Hashable, Sendable {
    let epoch: UInt64
    let output: Int64

    init(epoch: UInt64, output: Int64) {
        self.epoch = epoch
        self.output = output
    }

    /// `9be0c4d2a1f08e37.1024`
    init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].utf8.count == 16, parts[0].utf8.allSatisfy({ $0 != 43 && $0 != 45 }),
            let epoch = UInt64(parts[0], radix: 16), let output = Int64(parts[1]), output >= 0, output < .max
        else { return nil }
        self.init(epoch: epoch, output: output)
    }
}
