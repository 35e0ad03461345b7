// SPDX-License-Identifier: Apache-2.0
import AlertModel
import AlertSources
import HTTPTypes
import HummingbirdCore
import NIOCore

/// Reads one ingest request's body into memory, within its limit and the budget of all.
struct BodyReader: ~Copyable {
    enum Body: Sendable {
        case buffer(ByteBuffer)
        case bytes([UInt8])
        /// Not readable as a whole: to be kept as a dead letter.
        case unreadable(RejectReason, prefix: [UInt8], receivedBytes: Int)
    }

    /// The connection ended inside the body.
    struct Cut: Error {}

    /// Bodies up to this size are read without a reservation: connections are limited, so their memory is.
    static let freeBytes = 64 << 10
    /// The most that deflate can make of a byte (zlib's documentation: 1032).
    private static let deflateRatio = 1040

    private let budget: BodyBudget
    private let limit: Int
    private var reserved = 0

    init(limit: Int, budget: BodyBudget) {
        self.limit = limit
        self.budget = budget
    }

    deinit { if reserved > 0 { budget.release(reserved) } }

    private mutating func reserveOnce(_ bytes: Int) async {
        guard reserved == 0, bytes > Self.freeBytes else { return }
        let bytes = min(bytes, budget.totalBytes)
        await budget.reserve(bytes)
        reserved = bytes
    }

    /// The whole body, decompressed. What it holds of the budget is given back when the reader dies.
    mutating func read(_ request: Request) async throws -> Body {
        let coding = ContentCoding(request.headers[.contentEncoding])
        let isCompressed = coding.form != nil
        let announced = request.headers[.contentLength].flatMap { Int($0) }
        if let announced {
            let kept = min(announced, limit)
            await reserveOnce(announced <= Self.freeBytes ? 0 : kept + (isCompressed ? inflatedLimit(kept) : 0))
        }
        var buffer = ByteBuffer()
        var received = 0
        var isMarkedWhole = false
        for try await chunk in request.body {
            if chunk.readableBytes == 0 {
                isMarkedWhole = true
                continue
            }
            received += chunk.readableBytes
            if received > limit {
                // The rest is read away, so that the sender gets its answer; the body's time-out bounds it.
                if buffer.readableBytes < Self.freeBytes { buffer.writeImmutableBuffer(chunk) }
            } else {
                if received > Self.freeBytes { await reserveOnce(isCompressed ? 2 * limit : limit) }
                if buffer.readableBytes == 0 { buffer = chunk } else { buffer.writeImmutableBuffer(chunk) }
            }
        }
        guard announced.map({ $0 == received }) ?? (isMarkedWhole || !request.hasBody) else { throw Cut() }
        if received > limit { return unreadable(.tooLarge, buffer, received) }
        guard let form = coding.form else {
            return coding == .identity ? .buffer(buffer) : unreadable(.unreadableBody, buffer, received)
        }
        await reserveOnce(inflatedLimit(received))
        let inflated = InflatedBody(buffer.readableBytesView, form: form, limitBytes: limit)
        guard let fault = inflated.fault else { return .bytes(inflated.bytes) }
        // Of a bomb the beginning of what came out, otherwise what was received: it can be looked into by hand.
        guard fault == .tooLarge else { return unreadable(fault, buffer, received) }
        return .unreadable(
            fault, prefix: Array(inflated.bytes.prefix(Self.freeBytes)), receivedBytes: inflated.bytes.count + 1)
    }

    private func inflatedLimit(_ compressed: Int) -> Int { min(limit, compressed * Self.deflateRatio) }

    private func unreadable(_ reason: RejectReason, _ buffer: ByteBuffer, _ received: Int) -> Body {
        .unreadable(reason, prefix: Array(buffer.readableBytesView.prefix(Self.freeBytes)), receivedBytes: received)
    }
}

/// What `Content-Encoding` says.
enum ContentCoding: Equatable {
    case identity, gzip, deflate
    /// Another one, or several on top of each other.
    case unknown

    init(_ header: String?) {
        switch header?.lowercased() {
        case nil, "", "identity": self = .identity
        case "gzip", "x-gzip": self = .gzip
        case "deflate": self = .deflate
        default: self = .unknown
        }
    }

    var form: InflatedBody.Form? {
        switch self {
        case .gzip: .gzip
        case .deflate: .deflate
        case .identity, .unknown: nil
        }
    }
}

extension Request {
    /// A chunked body is on its way. (Without it and without a length there is none: RFC 9112, 6.3.)
    var hasBody: Bool { headers[.transferEncoding] != nil }
}
