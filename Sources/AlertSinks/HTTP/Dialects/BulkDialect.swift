// SPDX-License-Identifier: Apache-2.0
import AlertFormats
import AlertModel
import Foundation

/// Elasticsearch's and OpenSearch's `_bulk`: one `create` for each record, under the record's own id, so that a repeat is
/// known and dropped.
///
///     {"create":{"_index":"creance","_id":"…"}}
///     {…}
///
/// Each record has its own status in the answer: 201 is kept; 409 was there already; 429 and 5xx are sent again alone; 401,
/// 403 (a block on a full disk is one) and 404 are about the index, and wait; any other 4xx is refused with its reason.
struct BulkDialect: HTTPDialect {
    struct Action: EnvelopeFormat {
        let inner: any AlertFormat
        /// `{"create":{"_index":"creance","_id":"`; the index is the URL's when there is none.
        let start: [UInt8]

        init(_ inner: any AlertFormat, index: String?) {
            self.inner = inner
            var buffer = OutputBuffer(capacity: 512)
            buffer.append("{\"create\":{")
            if let index {
                buffer.append("\"_index\":")
                buffer.append(quoted: index.utf8Span.span)
                buffer.append(byte: 0x2C)
            }
            buffer.append("\"_id\":\"")
            start = [UInt8](copying: buffer.bytes)
        }

        func appendHead(_ facts: borrowing EnvelopeFacts, to buffer: inout OutputBuffer) {
            buffer.append(start.span)
            buffer.append(facts.id)
            buffer.append("\"}}")
        }
    }

    let format: any AlertFormat

    init(_ inner: any AlertFormat, index: String?) { format = Action(inner, index: index) }

    var contentType: String { "application/x-ndjson" }
    var tokenScheme: String? { "ApiKey" }

    func append(
        _ batch: borrowing DeliveryBatch, _ indices: ArraySlice<Int>, token: String, to body: inout OutputBuffer
    ) {
        batch.append(indices, separatedBy: 0x0A, to: &body)
        body.append(byte: 0x0A)
    }

    func read(_ answer: HTTPAnswer, count: Int, _ status: StatusReading) -> AnswerReading {
        guard (200 ..< 300).contains(answer.status) else { return status.read(answer) }
        // More was said than is read: fewer records have a shorter answer, and repeats are known by their ids.
        guard !answer.isCut else { return .tooLarge("the answer about the record is too long") }
        guard let said = try? JSONDecoder().decode(Answer.self, from: Data(answer.body)), said.items.count == count
        else { return status.later(answer, "answers \(answer.status) with what is no answer of _bulk") }
        return .items(said.items.map { $0.result.reading })
    }

    private struct Answer: Decodable {
        let items: [Item]
    }

    private struct Item: Decodable {
        let result: Result

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Key.self)
            guard let key = container.allKeys.first, container.allKeys.count == 1 else {
                throw DecodingError.dataCorrupted(.init(codingPath: [], debugDescription: "not one action"))
            }
            result = try container.decode(Result.self, forKey: key)
        }

        struct Key: CodingKey {
            let stringValue: String
            var intValue: Int? { nil }
            init?(stringValue: String) { self.stringValue = stringValue }
            init?(intValue: Int) { nil }
        }
    }

    private struct Result: Decodable {
        let status: Int
        let error: Fault?

        var reading: ItemReading {
            let said = error?.text ?? ""
            switch status {
            case 200 ..< 300, 409: return .accepted
            case 401, 403, 404, 408, 429: return .later("\(status)\(said)")
            case 400 ..< 500: return .refused("refused with \(status)\(said)")
            default: return .later("\(status)\(said)")
            }
        }
    }

    /// An object in Elasticsearch's own errors, a text in those of some that stand in front of it.
    private struct Fault: Decodable {
        let text: String

        init(from decoder: any Decoder) throws {
            if let plain = try? decoder.singleValueContainer().decode(String.self) {
                text = AnswerText.quote([UInt8](plain.utf8))
                return
            }
            let fields = try decoder.singleValueContainer().decode(Fields.self)
            let cause = fields.caused_by?.reason.map { ": \($0)" } ?? ""
            text = AnswerText.quote([UInt8]("\(fields.type ?? "error"): \(fields.reason ?? "")\(cause)".utf8))
        }

        struct Cause: Decodable { let reason: String? }
        struct Fields: Decodable {
            let type: String?
            let reason: String?
            let caused_by: Cause?
        }
    }
}
