// SPDX-License-Identifier: Apache-2.0

/// One request of the `http` sink; its body goes beside it.
public struct HTTPRequest: Sendable {
    public var address: HTTPAddress
    /// Names and values as they go out, with everything secret: never shown.
    public var headers: [(name: String, value: String)]
    /// Send the body packed with gzip.
    public var isPacked: Bool

    public init(_ address: HTTPAddress, headers: [(name: String, value: String)], isPacked: Bool) {
        self.address = address
        self.headers = headers
        self.isPacked = isPacked
    }
}

/// What a receiver answered. All of it comes from outside.
public struct HTTPAnswer: Sendable {
    public var status: Int
    /// The header `Retry-After`.
    public var retryAfter: String?
    /// Its beginning, up to `limitBytes`.
    public var body: [UInt8]
    /// There was more of the body; it was not read.
    public var isCut: Bool

    /// Bytes of an answer that are read.
    public static let limitBytes = 1 << 20

    public init(status: Int, retryAfter: String? = nil, body: [UInt8] = [], isCut: Bool = false) {
        self.status = status
        self.retryAfter = retryAfter
        self.body = body
        self.isCut = isCut
    }
}

/// Why there was no answer, in words that hold nothing secret and nothing that was received.
public struct ExchangeFailure: Error, Hashable, Sendable {
    public let reason: String
    /// The connection could not be made safe: certificates may have to be read again.
    public let isTLS: Bool

    public init(_ reason: String, isTLS: Bool = false) {
        self.reason = reason
        self.isTLS = isTLS
    }
}

/// Carries requests and brings answers: the door to the network. One thread at a time.
public protocol HTTPExchange: AnyObject {
    /// Reads certificates and gets ready; called again, it does so anew. Until it returns the old ones are in force.
    func open() throws(ExchangeFailure)

    /// POSTs `body`. Ends within the time limits of the settings; follows no redirect.
    func post(_ request: HTTPRequest, body: Span<UInt8>) throws(ExchangeFailure) -> HTTPAnswer

    /// `AlertSink.whileWaiting`: done about once a second while `post` waits for the answer.
    func whileWaiting(do look: @escaping () -> Bool)

    /// Ends every connection.
    func close()
}

extension HTTPExchange {
    public func whileWaiting(do look: @escaping () -> Bool) {}
}
