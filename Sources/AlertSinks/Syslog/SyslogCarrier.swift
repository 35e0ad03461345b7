// SPDX-License-Identifier: Apache-2.0

/// Carries syslog messages over UDP (RFC 5426), TCP (RFC 6587), TLS (RFC 5425) or a unix socket.
///
/// Syslog has no acknowledgement: a message counts as delivered when the kernel has it. Over connections, the last
/// `resend` bytes are kept and sent again when one breaks, and the kernel is allowed to hold no more than that. Over UDP
/// nothing is sent again. All calls come from the sink's lane; each ends within a few times `timeout`.
public final class SyslogCarrier: BatchCarrier {
    public static var typeName: String { "syslog" }
    public static var deliveryClass: DeliveryClass { .bestEffort }
    /// Bytes that are handed to the kernel at once.
    private static let chunkBytes = 64 << 10
    /// The least pause after a failure; the lane's own comes on top.
    private static let pause = Duration.milliseconds(100)

    public let counters = SyslogCounters()
    public var tally: (any SinkTally)? { counters }
    private let settings: SyslogSinkSettings
    private let target: SyslogTarget
    private var connection: SyslogConnection?
    private var fileStamp: UInt64 = 0
    private var tail: SentTail
    /// The tail's frames may not have arrived: they come first on the next connection.
    private var isTailDoubtful = false
    /// Frames on their way into the connection. While a receiver takes nothing they stay, and the next call goes on with them.
    private var chunk: [UInt8] = []
    private var chunkSent = 0
    /// Whose frames are in `chunk` and not yet sent whole, with the places where they begin and end.
    private var framed: [Framed] = []
    /// Since when the receiver has taken nothing.
    private var stalledSince: ContinuousClock.Instant?

    private struct Framed {
        let item: Int
        let output: Int64
        let bytes: Range<Int>
    }

    public init(_ settings: SyslogSinkSettings) {
        self.settings = settings
        let isUDP = settings.address.transport == .udp
        tail = SentTail(limitBytes: isUDP ? 0 : settings.resendBytes)
        // The kernel counts its own overhead in, and doubles what it is told.
        target = SyslogTarget(
            address: settings.address, tls: settings.tls,
            sendBufferBytes: isUDP || settings.resendBytes == 0 ? 0 : max(settings.resendBytes / 4, 4_096))
    }

    public func open() throws(DeliveryError) { _ = try connected() }

    public func send(_ batch: inout DeliveryBatch) throws(DeliveryError) {
        let connection = try connected()
        if connection.isDatagram {
            try sendDatagrams(&batch, connection)
        } else {
            try sendStream(&batch, connection)
        }
    }

    /// New certificates that cannot be used are an error; the connection in use stays until they can.
    public func reopen() throws(DeliveryError) {
        if let problem = target.fileProblem() { throw .retry(after: Self.pause, reason: describe(problem)) }
        leave()
        _ = try connected()
    }

    /// What the receiver may not have read is given one more chance.
    public func close() {
        leave()
        if !tail.isEmpty, isTailDoubtful, let last = try? connected() {
            _ = last.finish(within: min(settings.timeout, .seconds(2)))
        }
        connection = nil
    }

    // MARK: The connection

    /// The connection in use, or a new one that has got what the one before may have swallowed.
    private func connected() throws(DeliveryError) -> SyslogConnection {
        if connection != nil { renewAfterChange() }
        if let connection {
            if connection.failure() == nil { return connection }
            drop()
        }
        fileStamp = target.fileStamp
        do throws(SyslogConnection.Failure) {
            let fresh = try SyslogConnection(to: target, within: settings.timeout)
            counters.add(1, to: .connections)
            connection = fresh
            if isTailDoubtful { try resend(over: fresh) }
            return fresh
        } catch {
            throw .retry(after: Self.pause, reason: describe(error.reason))
        }
    }

    /// Certificates that were replaced are used from the next batch on, as soon as they can be.
    private func renewAfterChange() {
        guard settings.address.transport == .tls else { return }
        let stamp = target.fileStamp
        guard stamp != fileStamp else { return }
        fileStamp = stamp
        if target.fileProblem() == nil { leave() }
    }

    private func resend(over connection: SyslogConnection) throws(SyslogConnection.Failure) {
        do throws(SyslogConnection.Failure) {
            try tail.forEach { (frame) throws(SyslogConnection.Failure) in
                switch connection.send(frame, within: settings.timeout).result {
                case .whole: counters.add(1, to: .resent)
                case .slow(let reason), .broken(let reason), .nobody(let reason), .tooLong(let reason):
                    throw SyslogConnection.Failure(reason: reason)
                }
            }
        } catch {
            self.connection = nil
            throw error
        }
        isTailDoubtful = false
    }

    /// Ends the connection in order; what the receiver then has not read is doubtful.
    private func leave() {
        guard let connection else { return }
        // Half a message cannot be followed by a goodbye.
        guard framed.isEmpty else { return drop() }
        if connection.isDatagram || connection.finish(within: min(settings.timeout, .seconds(2))) {
            tail.removeAll()
        } else {
            isTailDoubtful = !tail.isEmpty
        }
        self.connection = nil
    }

    private func drop() {
        connection = nil
        clearChunk()
        isTailDoubtful = !tail.isEmpty
        counters.add(1, to: .broken)
    }

    private func describe(_ reason: String) -> String { "\(settings.address): \(reason)" }

    private func failed(_ reason: String) -> DeliveryError {
        drop()
        return .retry(after: Self.pause, reason: describe(reason))
    }

    // MARK: Streams

    private func sendStream(_ batch: inout DeliveryBatch, _ connection: SyslogConnection) throws(DeliveryError) {
        if !framed.isEmpty { try sendChunk(&batch, connection) }
        for item in batch.waiting {
            frame(item, of: batch)
            if chunk.count >= Self.chunkBytes { try sendChunk(&batch, connection) }
        }
        if !framed.isEmpty { try sendChunk(&batch, connection) }
    }

    private func frame(_ item: Int, of batch: borrowing DeliveryBatch) {
        let bytes = batch.bytes.extracting(batch.items[item].bytes)
        let start = chunk.count
        if settings.framing == .octetCounting {
            chunk.append(contentsOf: String(bytes.count).utf8)
            chunk.append(0x20)
        }
        for place in bytes.indices { chunk.append(bytes[place]) }
        if settings.framing == .newline { chunk.append(0x0A) }
        framed.append(Framed(item: item, output: batch.items[item].output, bytes: start ..< chunk.count))
    }

    private func sendChunk(_ batch: inout DeliveryBatch, _ connection: SyslogConnection) throws(DeliveryError) {
        let (result, written) = connection.send(chunk.span.extracting(chunkSent...), within: settings.timeout)
        chunkSent += written
        let whole = framed.prefix { $0.bytes.upperBound <= chunkSent }
        for one in whole {
            tail.add(chunk.span.extracting(one.bytes))
            // The batch is another one when this one was given up meanwhile.
            if batch.items.indices.contains(one.item), batch.items[one.item].output == one.output {
                batch.accept(one.item)
            }
        }
        framed.removeFirst(whole.count)
        switch result {
        case .whole: clearChunk()
        case .slow(let reason): throw slow(reason, hasMoved: written > 0)
        case .broken(let reason), .nobody(let reason), .tooLong(let reason): throw failed(reason)
        }
    }

    /// A receiver that stands still keeps its connection for a while: a new one would only take from us what it does not
    /// read either, and repeat what it may still read.
    private func slow(_ reason: String, hasMoved: Bool) -> DeliveryError {
        let now = ContinuousClock.now
        if hasMoved || stalledSince == nil { stalledSince = now }
        guard let since = stalledSince, now - since < settings.timeout * 6 else { return failed(reason) }
        return .retry(after: Self.pause, reason: describe(reason))
    }

    private func clearChunk() {
        chunk.removeAll(keepingCapacity: chunk.capacity <= 1 << 20)
        framed.removeAll(keepingCapacity: true)
        chunkSent = 0
        stalledSince = nil
    }

    // MARK: Datagrams

    private func sendDatagrams(_ batch: inout DeliveryBatch, _ connection: SyslogConnection) throws(DeliveryError) {
        // The one before is settled when the next one leaves: the kernel tells of a datagram that found nobody only then.
        var previous: Int?
        for item in batch.waiting {
            switch sendDatagram(item, of: batch, connection) {
            case .whole:
                if let previous { batch.accept(previous) }
                previous = item
            case .tooLong(let reason): batch.refuse(item, reason)
            case .nobody(let reason):
                // Of an earlier batch, and not to be had again.
                if previous == nil, settings.address.transport == .udp { counters.add(1, to: .lost) }
                throw failed(reason)
            case .slow(let reason), .broken(let reason):
                if let previous { batch.accept(previous) }
                throw failed(reason)
            }
        }
        if let previous { batch.accept(previous) }
    }

    private func sendDatagram(
        _ item: Int, of batch: borrowing DeliveryBatch, _ connection: SyslogConnection
    ) -> SyslogConnection.Sent {
        let whole = batch.bytes.extracting(batch.items[item].bytes)
        let message = whole.extracting(first: messageLength(whole))
        let result = connection.send(message, within: settings.timeout).result
        guard result == .whole else { return result }
        tail.add(message)
        if message.count < whole.count { counters.add(1, to: .shortened) }
        return .whole
    }

    /// All of a message, or as much of it as `max_message` allows without cutting a character.
    private func messageLength(_ message: Span<UInt8>) -> Int {
        let limit = settings.messageLimitBytes
        guard settings.address.transport == .udp, message.count > limit else { return message.count }
        var length = limit
        while length > limit - 4, message[length] & 0xC0 == 0x80 { length -= 1 }
        return length
    }
}
