// SPDX-License-Identifier: Apache-2.0
import AlertSources
import HTTPTypes
import HummingbirdCore
import Inspection
import NIOCore

/// One complete response.
struct Answer: Sendable {
    let head: HTTPResponse
    let body: ResponseBody

    static func text(
        _ status: HTTPResponse.Status, _ text: String, type: String = "text/plain; charset=utf-8",
        also fields: HTTPFields = [:]
    ) -> Answer {
        var head = HTTPResponse(status: status, headerFields: fields)
        head.headerFields[.contentLength] = String(text.utf8.count)
        head.headerFields[.contentType] = type
        return Answer(head: head, body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }

    static let notFound = text(.notFound, "not found\n")

    static func report(_ report: HealthReport) -> Answer {
        .text(report.isHealthy ? .ok : .serviceUnavailable, report.json, type: "application/json")
    }

    static func wrongMethod(allow methods: String) -> Answer {
        .text(.methodNotAllowed, "method not allowed\n", also: [.allow: methods])
    }

    /// 200 says "stored", and nothing else does; Falco ignores every other answer.
    static func outcome(_ outcome: HTTPIngest.Outcome) -> Answer {
        switch outcome {
        case .stored: stored
        case .refused: refused
        case .unavailable: unavailable
        }
    }

    private static let stored = Answer(
        head: HTTPResponse(status: .ok, headerFields: [.contentLength: "0"]), body: ResponseBody())
    private static let refused = text(.serviceUnavailable, "the journal cannot write\n", also: [.retryAfter: "1"])
    private static let unavailable = text(.serviceUnavailable, "not ready\n", also: [.retryAfter: "1"])
}
