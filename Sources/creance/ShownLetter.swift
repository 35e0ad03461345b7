// SPDX-License-Identifier: Apache-2.0
import AlertFormats
import AlertModel
import Foundation
import Journal
import Pipeline

/// A dead letter of either kind, ready to be shown.
enum ShownLetter {
    case input(DeadLetter)
    case delivery(RefusedLetter)

    private static let page = 500

    init?(_ id: LetterID, _ reader: JournalReader) throws {
        switch id {
        case .input(let number):
            guard let letter = try reader.deadLetter(number) else { return nil }
            self = .input(letter)
        case .delivery(let number):
            guard let letter = try reader.refused(number: number) else { return nil }
            self = .delivery(letter)
        }
    }

    static func inputs(
        _ reader: JournalReader, _ limit: Int, _ isWanted: (DeadLetter) -> Bool
    ) throws -> [ShownLetter] {
        var found: [ShownLetter] = []
        var before: Int64?
        while found.count < limit {
            let letters = try reader.deadLetters(before: before, limit: page)
            found += letters.filter(isWanted).map(ShownLetter.input)
            guard letters.count == page, let last = letters.last else { break }
            before = last.id
        }
        return found
    }

    static func deliveries(
        _ reader: JournalReader, sink: String?, _ limit: Int, _ isWanted: (RefusedLetter) -> Bool
    ) throws -> [ShownLetter] {
        var found: [ShownLetter] = []
        var before: Int64?
        while found.count < limit {
            let letters = try reader.refused(newestOf: sink, before: before, limit: page)
            found += letters.filter(isWanted).map(ShownLetter.delivery)
            guard letters.count == page, let last = letters.last else { break }
            before = last.number
        }
        return found
    }

    var id: LetterID {
        switch self {
        case .input(let letter): .input(letter.id)
        case .delivery(let letter): .delivery(letter.number)
        }
    }

    var time: EventTime {
        switch self {
        case .input(let letter): letter.arrival
        case .delivery(let letter): letter.at
        }
    }

    func line(_ style: Style) -> String {
        let head = "\(style.bold(id.description))  \(time.description.prefix(19))Z  "
        switch self {
        case .input(let letter):
            let beginning = SafeText.visible(letter.bytes.span.extracting(first: 60))
            return head + "from \(SafeText.visible(letter.source))  \(SafeText.visible(letter.reason))  "
                + "\(letter.receivedBytes) bytes  \(style.dim(beginning))"
        case .delivery(let letter):
            let times = letter.tries > 1 ? "  \(letter.tries) times" : ""
            return head + "to \(SafeText.visible(letter.sink))  \(SafeText.visible(letter.record))  "
                + "\(SafeText.visible(letter.reason))\(times)"
        }
    }

    /// What the letter holds: the beginning of the unit that was received, or the record in the `creance` format. nil: the
    /// record is no longer in the journal.
    func content(_ reader: JournalReader) throws -> [UInt8]? {
        switch self {
        case .input(let letter): return letter.bytes
        case .delivery(let letter):
            guard let entry = try reader.decided(holding: letter.output) else { return nil }
            var number = entry.firstOutput
            for output in OutputWalk(entry) {
                if number == letter.output {
                    var buffer = OutputBuffer()
                    CreanceFormat().append(output, of: entry, to: &buffer)
                    return [UInt8](_span: buffer.bytes.extracting(first: max(0, buffer.count - 1)))
                }
                number += 1
            }
            return nil
        }
    }

    func text(_ content: [UInt8]?, _ style: Style) -> String {
        let shown =
            content.map { SafeText.visible($0.span) }
            ?? style.yellow("the record is no longer in the journal: it cannot be sent again")
        return line(style) + "\n" + shown
    }

    func json(with content: [UInt8]?) -> JSONLine {
        var object = json()
        switch self {
        case .input:
            object.add("text", content.map { String(decoding: $0, as: UTF8.self) })
            object.add("base64", content.map { Data($0).base64EncodedString() })
        case .delivery:
            object.add("is_kept", content != nil)
            object.add("record", json: content.map { String(decoding: $0, as: UTF8.self) } ?? "null")
        }
        return object
    }

    func json() -> JSONLine {
        var object = JSONLine()
        object.add("id", id.description)
        switch self {
        case .input(let letter):
            object.add("kind", "input")
            object.add("source", letter.source)
            object.add("reason", letter.reason)
            object.add("time", letter.arrival.description)
            object.add("received_bytes", letter.receivedBytes)
        case .delivery(let letter):
            object.add("kind", "delivery")
            object.add("sink", letter.sink)
            object.add("reason", letter.reason)
            object.add("time", letter.at.description)
            object.add("record_id", letter.record)
            object.add("output", letter.output)
            object.add("tries", letter.tries)
        }
        return object
    }
}
