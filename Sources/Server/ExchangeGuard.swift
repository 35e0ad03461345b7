// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Ends exchanges that take too long, and tells a chunked body that is whole from one that was cut. One per connection,
/// on its event loop.
final class ExchangeGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private var clock: ExchangeClock
    private var timer: Scheduled<Void>?
    private var isChunked = false
    private var hasFailed = false
    private let counters: ServerCounters
    /// Called once, when the client closes its side; at once if it has.
    var onClose: (@Sendable () -> Void)? {
        didSet { if hasClosed { tellClose() } }
    }
    private var hasClosed = false

    init(limits: ServerLimits, counters: ServerCounters) {
        clock = ExchangeClock(bodyTimeout: limits.bodyTimeout, answerTimeout: limits.answerTimeout)
        self.counters = counters
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            isChunked = head.headerFields[.transferEncoding] != nil
            clock.beganReading(at: .now())
            startTimer(context)
        case .body:
            break
        case .end:
            clock.endedReading()
            // No decoder gives an empty part: this one says that the last chunk came. Without it, the end of the stream
            // would look like the end of the body.
            if isChunked { context.fireChannelRead(wrapInboundOut(.body(ByteBuffer()))) }
        }
        context.fireChannelRead(data)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        clock.changedWritability(isWritable: context.channel.isWritable, at: .now())
        startTimer(context)
        context.fireChannelWritabilityChanged()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if let reason = ServerCounters.CloseReason(error), !hasFailed {
            hasFailed = true
            counters.countClosed(reason)
        }
        context.fireErrorCaught(error)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelEvent, event == .inputClosed {
            hasClosed = true
            tellClose()
        }
        context.fireUserInboundEventTriggered(event)
    }

    func handlerRemoved(context: ChannelHandlerContext) { stopTimer() }

    func channelInactive(context: ChannelHandlerContext) {
        stopTimer()
        hasClosed = true
        tellClose()
        context.fireChannelInactive()
    }

    private func tellClose() {
        guard let told = onClose else { return }
        onClose = nil
        told()
    }

    private func stopTimer() {
        timer?.cancel()
        timer = nil
    }

    /// One timer at a time, set anew only when it fires: nothing per request.
    private func startTimer(_ context: ChannelHandlerContext) {
        guard timer == nil, let deadline = clock.deadline else { return }
        let this = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        timer = context.eventLoop.scheduleTask(deadline: deadline) {
            let (handler, context) = this.value
            handler.timer = nil
            if let reason = handler.clock.overdue(at: .now()) {
                handler.counters.countClosed(reason)
                context.close(promise: nil)
            } else {
                handler.startTimer(context)
            }
        }
    }
}

@available(*, unavailable)
extension ExchangeGuard: Sendable {}

/// When an exchange has taken too long. Pure.
struct ExchangeClock {
    private let bodyTimeout: TimeAmount
    private let answerTimeout: TimeAmount
    private var readingSince: NIODeadline?
    private var blockedSince: NIODeadline?

    init(bodyTimeout: Duration, answerTimeout: Duration) {
        self.bodyTimeout = TimeAmount(bodyTimeout)
        self.answerTimeout = TimeAmount(answerTimeout)
    }

    mutating func beganReading(at now: NIODeadline) { readingSince = now }
    mutating func endedReading() { readingSince = nil }

    /// Not writable: the client has not taken what was written before.
    mutating func changedWritability(isWritable: Bool, at now: NIODeadline) { blockedSince = isWritable ? nil : now }

    /// When to look next; nil when nothing runs.
    var deadline: NIODeadline? {
        switch (readingSince.map { $0 + bodyTimeout }, blockedSince.map { $0 + answerTimeout }) {
        case (let body?, let answer?): min(body, answer)
        case (let one, let other): one ?? other
        }
    }

    func overdue(at now: NIODeadline) -> ServerCounters.CloseReason? {
        if let since = readingSince, now >= since + bodyTimeout { return .slowBody }
        if let since = blockedSince, now >= since + answerTimeout { return .slowAnswer }
        return nil
    }
}
