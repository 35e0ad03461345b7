// SPDX-License-Identifier: Apache-2.0
import AlertFormats
import AlertModel

/// PagerDuty's Events API v2: one event a request. Repeats of a group and all states of an incident or a storm have one
/// `dedup_key`; the close record of an incident or a storm resolves, everything else triggers. A group that went quiet
/// resolves nothing: somebody has yet to look at what it was.
struct PagerDutyDialect: HTTPDialect {
    struct Form: SpokenFormat {
        var name: String { "pagerduty" }

        func append(_ record: SpokenRecord, to buffer: inout OutputBuffer) {
            let isEnd = record.state == .close && (record.kind == .incident || record.kind == .storm)
            buffer.append("\"event_action\":\"")
            buffer.append(isEnd ? "resolve" : "trigger")
            buffer.append("\",\"dedup_key\":\"")
            buffer.append(verbatim: record.subject)
            buffer.append("\",\"client\":\"creance\",\"payload\":{\"summary\":")
            buffer.append(quoted: Self.summary(record).utf8Span.span)
            buffer.append(",\"severity\":\"")
            buffer.append(verbatim: Severity.four(record.priority))
            buffer.append("\",\"source\":")
            buffer.append(quotedVisible: record.hostname.isEmpty ? "creance" : record.hostname)
            buffer.append(",\"timestamp\":\"")
            buffer.append(record.last)
            buffer.append("\",\"component\":")
            buffer.append(quotedVisible: record.container.isEmpty ? record.source : record.container)
            buffer.append(",\"group\":")
            buffer.append(quotedVisible: record.namespace)
            buffer.append(",\"class\":")
            buffer.append(quotedVisible: record.rule)
            buffer.append(",\"custom_details\":{\"output\":")
            buffer.append(quotedVisible: record.output)
            buffer.append(",\"priority\":\"")
            buffer.append(verbatim: record.priority.name)
            buffer.append("\",\"kind\":\"")
            buffer.append(verbatim: record.kind.rawValue)
            buffer.append("\",\"id\":\"")
            buffer.append(verbatim: record.id)
            buffer.append("\",\"pod\":")
            buffer.append(quotedVisible: record.pod)
            buffer.append(",\"tags\":")
            buffer.append(quotedVisible: record.tags.joined(separator: ", "))
            buffer.append("}}}\n")
        }

        /// At most 1,024 characters, as PagerDuty wants it.
        private static func summary(_ record: SpokenRecord) -> String {
            let text = VisibleBytes("\(record.rule): \(record.output)".utf8).text
            return text.unicodeScalars.count <= 1_024
                ? text : String(String.UnicodeScalarView(text.unicodeScalars.prefix(1_023))) + "…"
        }
    }

    var format: any AlertFormat { Form() }
    /// The routing key stands in the body.
    var tokenScheme: String? { nil }
    func recordLimit(waiting: Int) -> Int { 1 }

    func append(
        _ batch: borrowing DeliveryBatch, _ indices: ArraySlice<Int>, token: String, to body: inout OutputBuffer
    ) {
        body.append("{\"routing_key\":")
        body.append(quoted: token.utf8Span.span)
        body.append(byte: 0x2C)
        batch.append(indices, separatedBy: 0x0A, to: &body)
    }
}
