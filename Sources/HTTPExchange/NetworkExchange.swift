// SPDX-License-Identifier: Apache-2.0
public import AlertSinks
import AsyncHTTPClient
import LockFree
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

/// The `http` sink's way to the network: one client with its connections, kept alive between requests.
///
/// The sink's lane owns it and waits in `post` for the answer, no longer than the two time limits together. The client's
/// event loops are the process's own and end with it.
public final class NetworkExchange: HTTPExchange {
    private let settings: HTTPConnectionSettings
    private var client: HTTPClient?
    private var look: () -> Bool = { true }
    /// Between two looks.
    static let pause = Duration.seconds(1)

    public init(_ settings: HTTPConnectionSettings) { self.settings = settings }

    deinit { close() }

    public func open() throws(ExchangeFailure) {
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: .init(connect: .nanoseconds(settings.connect.wholeNanosecondsClamped)), decompression: .disabled)
        configuration.httpVersion = .http1Only
        // One request at a time. A connection that cannot be made is the lane's business, which waits longer each time.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 1
        configuration.connectionPool.idleTimeout = .seconds(60)
        configuration.tlsConfiguration = try TLSFromFiles.read(settings.tls)
        if let proxy = settings.proxy { configuration.proxy = .server(host: proxy.host, port: proxy.port) }
        let opened = HTTPClient(eventLoopGroup: MultiThreadedEventLoopGroup.singleton, configuration: configuration)
        close()
        client = opened
    }

    public func post(_ request: HTTPRequest, body: Span<UInt8>) throws(ExchangeFailure) -> HTTPAnswer {
        if client == nil { try open() }
        guard let client else { throw ExchangeFailure("there is no client") }
        var headers = HTTPHeaders(request.headers)
        var bytes: ByteBuffer
        if request.isPacked, let packed = RequestBody.packed(body) {
            headers.replaceOrAdd(name: "Content-Encoding", value: "gzip")
            bytes = packed
        } else {
            bytes = RequestBody.plain(body)
        }
        do {
            let one = try HTTPClient.Request(
                url: request.address.url, method: .POST, headers: headers, body: .byteBuffer(bytes))
            let limit = settings.connect + settings.answer
            let deadline = NIODeadline.now() + .nanoseconds(limit.wholeNanosecondsClamped)
            let task = client.execute(request: one, delegate: AnswerCollector(), deadline: deadline)
            lookUntilDone(task)
            return try task.wait()
        } catch let cut as AnswerCollector.Cut {
            return cut.answer
        } catch {
            throw FailureText.of(error, settings)
        }
    }

    public func whileWaiting(do look: @escaping () -> Bool) { self.look = look }

    /// Returns when the answer is there or will not come: the deadline sees to it, or that nobody waits any more.
    private func lookUntilDone(_ task: HTTPClient.Task<HTTPAnswer>) {
        let bell = WaitWord()
        let flag = DoneFlag()
        task.futureResult.whenComplete { _ in
            // Release pairs with the acquire below.
            flag.isDone.store(true, ordering: .releasing)
            bell.signal()
        }
        while true {
            let ticket = bell.ticket
            if flag.isDone.load(ordering: .acquiring) { return }
            if !bell.wait(for: ticket, timeout: Self.pause), !look() { task.cancel() }
        }
    }

    private final class DoneFlag: Sendable { let isDone = Atomic<Bool>(false) }

    public func close() {
        guard let client else { return }
        self.client = nil
        try? client.syncShutdown()
    }
}

extension Duration {
    /// For NIO's amounts of time; nothing configured comes near the end of the range.
    var wholeNanosecondsClamped: Int64 {
        let (seconds, attoseconds) = components
        return Int64(Swift.min(Swift.max(seconds, 0), 86_400)) * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
