// SPDX-License-Identifier: Apache-2.0
import AlertFormats
import AlertModel

/// A Teams workflow's webhook: an adaptive card for each record, or one that lists the first ones when many wait.
///
/// Text from outside stands in text runs, which know no markdown: no mention, link or format can come of it.
struct TeamsDialect: HTTPDialect {
    struct Form: SpokenFormat {
        var name: String { "teams" }

        /// The elements of a card, with commas between them.
        func append(_ record: SpokenRecord, to buffer: inout OutputBuffer) {
            // Title, text and place: blocks of runs.
            buffer.append(Self.block)
            buffer.append(",\"weight\":\"bolder\",\"color\":\"")
            buffer.append(verbatim: Self.colour(record.priority))
            buffer.append("\",\"text\":\"")
            buffer.append(verbatim: record.priority.name)
            buffer.append(" \"},{\"type\":\"TextRun\",\"weight\":\"bolder\",\"text\":")
            let state = record.state.map { " (\(record.kind.rawValue), \($0.name))" } ?? ""
            buffer.append(quoted: (ChatText.run(record.rule, limit: 200) + state).utf8Span.span)
            buffer.append("}]},")
            buffer.append(Self.block)
            buffer.append(",\"fontType\":\"monospace\",\"text\":")
            buffer.append(quoted: ChatText.run(record.output).utf8Span.span)
            buffer.append("}]},")
            buffer.append(Self.block)
            buffer.append(",\"isSubtle\":true,\"text\":")
            let place = [record.hostname, record.namespace, record.pod, record.container].filter { !$0.isEmpty }
            let line = (place.map { ChatText.run($0, limit: 100) } + [record.last.description]).joined(separator: " · ")
            buffer.append(quoted: line.utf8Span.span)
            buffer.append("}]}\n")
        }

        private static let block: StaticString = "{\"type\":\"RichTextBlock\",\"inlines\":[{\"type\":\"TextRun\""

        private static func colour(_ priority: Priority) -> String {
            switch priority {
            case .emergency, .alert, .critical, .error: "attention"
            case .warning: "warning"
            case .notice, .informational, .debug: "default"
            }
        }
    }

    let digest: Int
    var template: String?
    var format: any AlertFormat { TemplateForm(template, .teams) ?? Form() }

    func recordLimit(waiting: Int) -> Int { waiting <= digest ? 1 : waiting }

    func append(
        _ batch: borrowing DeliveryBatch, _ indices: ArraySlice<Int>, token: String, to body: inout OutputBuffer
    ) {
        body.append("{\"type\":\"message\",\"attachments\":[{\"contentUrl\":null,\"contentType\":\"")
        body.append("application/vnd.microsoft.card.adaptive\",\"content\":{\"$schema\":\"")
        body.append("http://adaptivecards.io/schemas/adaptive-card.json\",")
        body.append("\"type\":\"AdaptiveCard\",\"version\":\"1.4\",\"msteams\":{\"width\":\"Full\"},\"body\":[")
        batch.append(indices.prefix(digest), separatedBy: 0x2C, to: &body)
        if indices.count > digest {
            body.append(",{\"type\":\"TextBlock\",\"text\":\"and ")
            body.append(UInt64(indices.count - digest))
            body.append(" more\"}")
        }
        body.append("]}}]}")
    }
}
