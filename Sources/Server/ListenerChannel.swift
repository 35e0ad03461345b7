// SPDX-License-Identifier: Apache-2.0
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTPTypes
import NIOSSL

/// The pipeline of one accepted connection: TLS when the listener has it, then HTTP/1.1 with its limits.
struct ListenerChannel: ServerChildChannel {
    private let http: HTTP1Channel
    private let identity: TLSIdentity?
    private let counters: ServerCounters

    init(
        limits: ServerLimits, identity: TLSIdentity?, counters: ServerCounters,
        responder: @escaping HTTPChannelHandler.Responder
    ) {
        http = HTTP1Channel(
            responder: responder,
            configuration: HTTP1Channel.Configuration(
                additionalChannelHandlers: [ExchangeGuard(limits: limits, counters: counters)],
                idleTimeout: TimeAmount(limits.idleTimeout),
                httpDecoderConfiguration: HTTP1Channel.Configuration.DecoderConfiguration(
                    maxHeaderFieldSize: limits.headerLimitBytes, maxHeaderListSize: limits.headerLimitBytes,
                    maxHeaderFieldCount: limits.headerCountLimit)))
        self.identity = identity
        self.counters = counters
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<HTTP1Channel.Value> {
        counters.countConnections(1)
        channel.closeFuture.whenComplete { [counters] _ in counters.countConnections(-1) }
        guard let identity else { return http.setup(channel: channel, logger: logger) }
        return channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: identity.context))
        }.flatMap { http.setup(channel: channel, logger: logger) }
    }

    func handle(value: HTTP1Channel.Value, logger: Logger) async { await http.handle(value: value, logger: logger) }
}
