// SPDX-License-Identifier: Apache-2.0
import AlertFormats
import AlertModel
import Foundation

/// Splunk's HTTP Event Collector: objects one after another, each with time, host, source, sourcetype, index and the record
/// under `event`; the record's id stands under `fields`, indexed.
struct SplunkDialect: HTTPDialect {
    struct Wrapper: EnvelopeFormat {
        let inner: any AlertFormat
        let sourceType: String
        let index: String?

        func appendHead(_ facts: borrowing EnvelopeFacts, to buffer: inout OutputBuffer) {
            buffer.append("{\"time\":")
            buffer.append(unixSeconds: facts.time)
            if facts.hostname.count > 0 {
                buffer.append(",\"host\":")
                buffer.append(quoted: facts.hostname)
            }
            buffer.append(",\"source\":\"creance\",\"sourcetype\":")
            buffer.append(quoted: sourceType.utf8Span.span)
            if let index {
                buffer.append(",\"index\":")
                buffer.append(quoted: index.utf8Span.span)
            }
            buffer.append(",\"fields\":{\"creance_id\":\"")
            buffer.append(facts.id)
            buffer.append("\"},\"event\":")
        }
    }

    let format: any AlertFormat
    /// The inner lines are JSON objects; any other is sent as a text.
    let isJSON: Bool
    let acknowledges: Bool

    init(_ kind: FormatKind, index: String?, acknowledges: Bool) {
        format = Wrapper(inner: kind.format(), sourceType: "creance:\(kind.rawValue)", index: index)
        isJSON = FormatKind.json.contains(kind)
        self.acknowledges = acknowledges
    }

    var tokenScheme: String? { "Splunk" }

    func append(
        _ batch: borrowing DeliveryBatch, _ indices: ArraySlice<Int>, token: String, to body: inout OutputBuffer
    ) {
        for index in indices {
            let range = batch.items[index].bytes
            let end = batch.lineEnd(index, from: range.lowerBound)
            body.append(batch.bytes.extracting(range.lowerBound ..< end))
            let line = batch.bytes.extracting(min(end + 1, range.upperBound) ..< range.upperBound)
            if isJSON { body.append(line) } else { body.append(quoted: line) }
            body.append("}\n")
        }
    }

    /// 400 with code 6, 12, 13 or 15 is about a record; 7 (index), 10, 11 and 14 (channel, acknowledgement) are about the
    /// configuration (Splunk, "Troubleshoot HTTP Event Collector").
    func read(_ answer: HTTPAnswer, count: Int, _ status: StatusReading) -> AnswerReading {
        let said = try? JSONDecoder().decode(Answer.self, from: Data(answer.body))
        if answer.status == 400, let code = said?.code, [7, 10, 11, 14].contains(code) {
            return status.later(
                answer, "refuses the configuration (400)\(AnswerText.quote([UInt8]((said?.text ?? "").utf8)))")
        }
        let reading = status.read(answer)
        guard acknowledges, reading == .accepted else { return reading }
        guard let number = said?.ackId else {
            return status.later(answer, "gives no ackId: its token does not acknowledge")
        }
        return .pending(number)
    }

    private struct Answer: Decodable {
        let text: String?
        let code: Int?
        let ackId: Int64?
    }
}

/// Asking Splunk whether the indexers have what was posted: POST `/services/collector/ack` with `{"acks":[N]}`, answered
/// `{"acks":{"N":true}}`. True is said once; the number is then forgotten.
struct SplunkAcknowledgement {
    let number: Int64

    /// The path beside the one that records are posted to.
    static func path(besides path: String) -> String {
        guard let range = path.range(of: "/services/collector") else { return "/services/collector/ack" }
        return path[..<range.upperBound] + "/ack"
    }

    func append(to body: inout OutputBuffer) {
        body.append("{\"acks\":[")
        body.append(number)
        body.append("]}")
    }

    /// `.pending` again while it is not there.
    func read(_ answer: HTTPAnswer, _ status: StatusReading) -> AnswerReading {
        switch status.read(answer) {
        case .accepted:
            guard let said = try? JSONDecoder().decode(Answer.self, from: Data(answer.body)) else {
                return status.later(answer, "answers with what is no acknowledgement")
            }
            return said.acks[String(number)] == true ? .accepted : .pending(number)
        // Whatever is wrong with asking says nothing about the records.
        case .refused(let reason), .refusedAll(let reason), .tooLarge(let reason):
            return status.later(answer, "does not say whether it has them: \(reason)")
        case let other: return other
        }
    }

    private struct Answer: Decodable { let acks: [String: Bool] }
}
