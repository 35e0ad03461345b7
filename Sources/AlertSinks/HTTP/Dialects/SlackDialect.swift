// SPDX-License-Identifier: Apache-2.0
import AlertFormats
import AlertModel

/// A Slack incoming webhook: a message for each record, or one that lists the first ones when many wait.
///
/// Text from outside stands in blocks marked `verbatim`, where Slack makes no links or mentions of its own, and escaped.
struct SlackDialect: HTTPDialect {
    struct Form: SpokenFormat {
        var name: String { "slack" }

        /// The inside of a JSON string.
        func append(_ record: SpokenRecord, to buffer: inout OutputBuffer) {
            var lines = ["*\(record.priority.name)* · \(ChatText.slack(record.rule, limit: 200))"]
            if let state = record.state { lines[0] += " (\(record.kind.rawValue), \(state.name))" }
            lines.append(ChatText.slack(record.output))
            let place = [record.hostname, record.namespace, record.pod, record.container].filter { !$0.isEmpty }
            lines.append(
                (place.map { ChatText.slack($0, limit: 100) } + [record.last.description]).joined(separator: " · "))
            buffer.append(quoted: lines.joined(separator: "\n").utf8Span.span)
            buffer.append(byte: 0x0A)
        }
    }

    let digest: Int
    var template: String?
    var format: any AlertFormat { TemplateForm(template, .slack) ?? Form() }

    func recordLimit(waiting: Int) -> Int { waiting <= digest ? 1 : waiting }

    func append(
        _ batch: borrowing DeliveryBatch, _ indices: ArraySlice<Int>, token: String, to body: inout OutputBuffer
    ) {
        // What notifications and old clients show.
        body.append("{\"text\":")
        if indices.count == 1, let index = indices.first {
            body.append(batch.bytes.extracting(batch.items[index].bytes))
        } else {
            body.append(quoted: "\(indices.count) alerts".utf8Span.span)
        }
        body.append(",\"unfurl_links\":false,\"unfurl_media\":false,\"blocks\":[")
        for (count, index) in indices.prefix(digest).enumerated() {
            if count > 0 { body.append(byte: 0x2C) }
            body.append("{\"type\":\"section\",\"text\":{\"type\":\"mrkdwn\",\"verbatim\":true,\"text\":")
            body.append(batch.bytes.extracting(batch.items[index].bytes))
            body.append("}}")
        }
        if indices.count > digest {
            body.append(",{\"type\":\"section\",\"text\":{\"type\":\"plain_text\",\"emoji\":false,\"text\":\"and ")
            body.append(UInt64(indices.count - digest))
            body.append(" more\"}}")
        }
        body.append("]}")
    }
}
