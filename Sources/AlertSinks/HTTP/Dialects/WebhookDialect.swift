// SPDX-License-Identifier: Apache-2.0
import AlertFormats

/// Anything that takes records as they are: one a request, as an array, or as lines. With the `falco` format and one
/// record a request it is what Falco's own http_output sends, so that falcosidekick and Falco Talon can be receivers.
struct WebhookDialect: HTTPDialect {
    let format: any AlertFormat
    let body: WebhookBody
    let isJSON: Bool

    var contentType: String {
        if !isJSON { return "text/plain; charset=utf-8" }
        return body == .ndjson ? "application/x-ndjson" : "application/json"
    }

    func recordLimit(waiting: Int) -> Int { body == .single ? 1 : 10_000 }

    func append(
        _ batch: borrowing DeliveryBatch, _ indices: ArraySlice<Int>, token: String, to body: inout OutputBuffer
    ) {
        switch self.body {
        case .single: batch.append(indices, separatedBy: 0x0A, to: &body)
        case .ndjson:
            batch.append(indices, separatedBy: 0x0A, to: &body)
            body.append(byte: 0x0A)
        case .array:
            body.append(byte: 0x5B)
            batch.append(indices, separatedBy: 0x2C, to: &body)
            body.append(byte: 0x5D)
        }
    }
}
