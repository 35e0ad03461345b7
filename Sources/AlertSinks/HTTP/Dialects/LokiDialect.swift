// SPDX-License-Identifier: Apache-2.0
import AlertFormats
import AlertModel

/// Loki's push API: lines in streams, which few labels name: `job`, `source`, `priority`, all of few values. Rule, host and
/// id stand in the line, and beside it when structured metadata is wanted.
///
/// What Loki calls out of order or too far behind it refuses with 400, after it kept the rest of the request: the halves are
/// sent again, and it drops what it has (same labels, time and line).
struct LokiDialect: HTTPDialect {
    /// In front of a line: `{labels}`, a carriage return, the rest of the entry up to the line's place, and its metadata.
    ///
    ///     {"job":"creance",…} CR "1779999999000000000" CR {"id":"…",…} LF line
    struct Entry: EnvelopeFormat {
        let inner: any AlertFormat
        let hasMetadata: Bool

        func appendHead(_ facts: borrowing EnvelopeFacts, to buffer: inout OutputBuffer) {
            buffer.append("{\"job\":\"creance\",\"priority\":\"")
            buffer.append(facts.priority)
            buffer.append("\",\"source\":")
            buffer.append(quoted: facts.source)
            buffer.append("}\r\"")
            buffer.append(facts.time.nanoseconds)
            buffer.append("\"\r")
            guard hasMetadata else { return }
            buffer.append("{\"id\":\"")
            buffer.append(facts.id)
            buffer.append("\",\"rule\":")
            buffer.append(quoted: facts.rule)
            buffer.append(",\"hostname\":")
            buffer.append(quoted: facts.hostname)
            buffer.append(byte: 0x7D)
        }
    }

    let format: any AlertFormat

    init(_ inner: any AlertFormat, hasMetadata: Bool) { format = Entry(inner: inner, hasMetadata: hasMetadata) }

    func append(
        _ batch: borrowing DeliveryBatch, _ indices: ArraySlice<Int>, token: String, to body: inout OutputBuffer
    ) {
        let entries = indices.map { Parts(batch, $0) }
        var streams: [(labels: Range<Int>, entries: [Int])] = []
        for (place, entry) in entries.enumerated() {
            let known = streams.firstIndex { Self.areEqual(batch, $0.labels, entry.labels) }
            if let known { streams[known].entries.append(place) } else { streams.append((entry.labels, [place])) }
        }
        body.append("{\"streams\":[")
        for (number, stream) in streams.enumerated() {
            body.append(number == 0 ? "{\"stream\":" : ",{\"stream\":")
            body.append(batch.bytes.extracting(stream.labels))
            body.append(",\"values\":[")
            for (count, place) in stream.entries.enumerated() {
                let entry = entries[place]
                body.append(count == 0 ? "[" : ",[")
                body.append(batch.bytes.extracting(entry.time))
                body.append(byte: 0x2C)
                body.append(quoted: batch.bytes.extracting(entry.line))
                if !entry.metadata.isEmpty {
                    body.append(byte: 0x2C)
                    body.append(batch.bytes.extracting(entry.metadata))
                }
                body.append(byte: 0x5D)
            }
            body.append("]}")
        }
        body.append("]}")
    }

    /// Where the parts of one record are in the batch's bytes.
    private struct Parts {
        let labels: Range<Int>
        let time: Range<Int>
        let metadata: Range<Int>
        let line: Range<Int>

        init(_ batch: borrowing DeliveryBatch, _ index: Int) {
            let range = batch.items[index].bytes
            let head = batch.lineEnd(index, from: range.lowerBound)
            // JSON holds no carriage return as it is.
            var first = range.lowerBound
            while first < head, batch.bytes[first] != 0x0D { first += 1 }
            var second = min(first + 1, head)
            while second < head, batch.bytes[second] != 0x0D { second += 1 }
            labels = range.lowerBound ..< first
            time = min(first + 1, second) ..< second
            metadata = min(second + 1, head) ..< head
            line = min(head + 1, range.upperBound) ..< range.upperBound
        }
    }

    private static func areEqual(_ batch: borrowing DeliveryBatch, _ one: Range<Int>, _ other: Range<Int>) -> Bool {
        guard one.count == other.count else { return false }
        for offset in 0 ..< one.count
        where batch.bytes[one.lowerBound + offset] != batch.bytes[other.lowerBound + offset] { return false }
        return true
    }
}
