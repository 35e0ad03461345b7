// SPDX-License-Identifier: Apache-2.0
import AlertFormats
import Foundation

/// OpenTelemetry's logs over HTTP in JSON (OTLP 1.x): `{"resourceLogs":[…]}`, one of them a record.
///
/// `partialSuccess` says how many records were rejected and not which, and such a request must not be sent again: all of
/// its records go to the dead letters, for a person to decide about.
struct OTLPDialect: HTTPDialect {
    let format: any AlertFormat

    func append(
        _ batch: borrowing DeliveryBatch, _ indices: ArraySlice<Int>, token: String, to body: inout OutputBuffer
    ) {
        body.append("{\"resourceLogs\":[")
        batch.append(indices, separatedBy: 0x2C, to: &body)
        body.append("]}")
    }

    func read(_ answer: HTTPAnswer, count: Int, _ status: StatusReading) -> AnswerReading {
        let reading = status.read(answer)
        guard reading == .accepted, let said = try? JSONDecoder().decode(Answer.self, from: Data(answer.body)),
            let partial = said.partialSuccess, let rejected = partial.rejectedLogRecords?.value, rejected > 0
        else { return reading }
        let reason = AnswerText.quote([UInt8]((partial.errorMessage ?? "").utf8))
        guard rejected < count else { return .refusedAll("rejected\(reason)") }
        return .refusedAll("the receiver rejected \(rejected) of \(count) records and does not say which\(reason)")
    }

    private struct Answer: Decodable { let partialSuccess: Partial? }

    private struct Partial: Decodable {
        let rejectedLogRecords: Number?
        let errorMessage: String?
    }

    /// ProtoJSON writes 64-bit integers as text; readers take both.
    private struct Number: Decodable {
        let value: Int

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let number = try? container.decode(Int.self) {
                value = number
            } else {
                value = Int(try container.decode(String.self)) ?? 0
            }
        }
    }
}
