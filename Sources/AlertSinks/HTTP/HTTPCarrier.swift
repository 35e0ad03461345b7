// SPDX-License-Identifier: Apache-2.0
import AlertFormats
public import AlertModel
public import ConfigTree

/// What the carrier needs of the world beside the network.
public struct HTTPSurroundings {
    /// Fetches a secret from where it is kept.
    let secret: (Secret) throws -> SecretText
    let now: () -> EventTime
    /// Waits, on the lane's thread.
    let pause: (Duration) -> Void
    /// Names this client to receivers that acknowledge: a UUID.
    let channel: String

    public init(
        secret: @escaping (Secret) throws -> SecretText, now: @escaping () -> EventTime,
        pause: @escaping (Duration) -> Void, channel: String
    ) {
        self.secret = secret
        self.now = now
        self.pause = pause
        self.channel = channel
    }
}

/// Posts batches to one receiver.
///
/// Delivery: at least once: what has no answer is sent again under the same ids, and receivers that know ids
/// (Elasticsearch, OpenSearch, Alertmanager, PagerDuty) keep it once.
public final class HTTPCarrier: BatchCarrier {
    public static var typeName: String { "http" }
    public static var deliveryClass: DeliveryClass { .atLeastOnce }

    private let settings: HTTPSinkSettings
    private let dialect: any HTTPDialect
    private let exchange: any HTTPExchange
    private let surroundings: HTTPSurroundings
    /// Nil until secrets were fetched; again when they may have changed.
    private var target: HTTPTarget?
    private var isOpen = false
    private var body = OutputBuffer(capacity: 1 << 20)
    /// What the receiver takes at once, as far as its answers (413) have told.
    private var sizeLimit = Int.max
    private var look: () -> Bool = { true }

    init(
        _ settings: HTTPSinkSettings, _ dialect: any HTTPDialect, exchange: any HTTPExchange,
        surroundings: HTTPSurroundings
    ) {
        self.settings = settings
        self.dialect = dialect
        self.exchange = exchange
        self.surroundings = surroundings
    }

    // Certificates and secrets that are missing now may come: the first batch says what is wrong.
    public func open() throws(DeliveryError) {}

    public func reopen() throws(DeliveryError) {
        target = nil
        isOpen = false
        sizeLimit = .max
    }

    public func close() { exchange.close() }

    public func whileWaiting(do look: @escaping () -> Bool) {
        self.look = look
        exchange.whileWaiting(do: look)
    }

    public func send(_ batch: inout DeliveryBatch) throws(DeliveryError) {
        let waiting = batch.waiting
        guard !waiting.isEmpty else { return }
        let target = try ready()
        var deferred: DeliveryError?
        // The next piece is at the end.
        var pieces = Self.pieces(waiting[...], of: min(dialect.recordLimit(waiting: waiting.count), sizeLimit))
        while let piece = pieces.popLast() {
            let reading = try ask(target, batch, piece)
            switch reading {
            case .accepted, .pending:
                for index in piece { batch.accept(index) }
                if sizeLimit < .max { sizeLimit += 1 }
            case .items(let readings):
                if let later = settle(&batch, piece, readings) { deferred = later }
            case .refused(let reason): Self.split(piece, &pieces) { batch.refuse($0, reason) }
            case .refusedAll(let reason): for index in piece { batch.refuse(index, reason) }
            case .tooLarge(let reason):
                sizeLimit = max(1, piece.count / 2)
                Self.split(piece, &pieces) { batch.refuse($0, reason) }
            case .later(let after, let reason): throw .retry(after: after, reason: reason)
            }
        }
        if let deferred { throw deferred }
    }

    /// Posts one piece and says what came of it, the acknowledgement included.
    private func ask(
        _ target: HTTPTarget, _ batch: borrowing DeliveryBatch, _ piece: ArraySlice<Int>
    ) throws(DeliveryError) -> AnswerReading {
        body.removeAll()
        dialect.append(batch, piece, token: target.token, to: &body)
        let answer = try post(target, target.request)
        let reading = dialect.read(answer, count: piece.count, StatusReading(now: surroundings.now()))
        guard case .pending(let number) = reading else { return reading }
        return try awaitAcknowledgement(target, number)
    }

    private func post(_ target: HTTPTarget, _ request: HTTPRequest) throws(DeliveryError) -> HTTPAnswer {
        do {
            var answer = try exchange.post(request, body: body.bytes)
            answer.body = target.redacted(answer.body)
            // A token may have been replaced since.
            if answer.status == 401 || answer.status == 403 { self.target = nil }
            return answer
        } catch {
            if error.isTLS { isOpen = false }
            throw .retry(after: .zero, reason: "\(target.name): \(error.reason)")
        }
    }

    /// Asks until the receiver has the records for good.
    private func awaitAcknowledgement(_ target: HTTPTarget, _ number: Int64) throws(DeliveryError) -> AnswerReading {
        let dialect = SplunkAcknowledgement(number: number)
        var waited = Duration.zero
        var pause = Duration.milliseconds(100)
        while waited < settings.options.acknowledgeWithin {
            surroundings.pause(pause)
            guard look() else {
                throw .retry(after: .zero, reason: "\(target.name): stopped before it had acknowledged")
            }
            waited += pause
            pause = min(pause + pause, .seconds(5))
            body.removeAll()
            dialect.append(to: &body)
            let answer = try post(target, target.acknowledgement)
            switch dialect.read(answer, StatusReading(now: surroundings.now())) {
            case .pending: continue
            case let other: return other
            }
        }
        throw .retry(
            after: .zero, reason: "\(target.name): not acknowledged within \(settings.options.acknowledgeWithin)")
    }

    /// Notes what was said about each record; the error to throw when some have to be sent again.
    private func settle(
        _ batch: inout DeliveryBatch, _ piece: ArraySlice<Int>, _ readings: [ItemReading]
    ) -> DeliveryError? {
        var count = 0
        var said = ""
        for (index, reading) in zip(piece, readings) {
            switch reading {
            case .accepted: batch.accept(index)
            case .refused(let reason): batch.refuse(index, reason)
            case .later(let reason):
                if count == 0 { said = reason }
                count += 1
            }
        }
        guard count > 0 else { return nil }
        return .retry(after: .zero, reason: "the receiver puts \(count) of \(piece.count) records off: \(said)")
    }

    /// Address, headers and secrets as they are now, and a client that has read its certificates.
    private func ready() throws(DeliveryError) -> HTTPTarget {
        do {
            let target = try self.target ?? HTTPTarget(settings, dialect, surroundings)
            self.target = target
            if !isOpen { try exchange.open() }
            isOpen = true
            return target
        } catch {
            let reason = (error as? ExchangeFailure)?.reason ?? "\(error)"
            throw .retry(after: .zero, reason: reason)
        }
    }

    /// The first piece at the end.
    private static func pieces(_ waiting: ArraySlice<Int>, of limit: Int) -> [ArraySlice<Int>] {
        stride(from: waiting.startIndex, to: waiting.endIndex, by: max(1, limit)).map { start in
            waiting[start ..< min(waiting.endIndex, start + min(max(1, limit), waiting.count))]
        }.reversed()
    }

    /// Both halves are tried again, the first one first; `refuse` gets what cannot be halved.
    private static func split(_ piece: ArraySlice<Int>, _ pieces: inout [ArraySlice<Int>], refuse: (Int) -> Void) {
        guard piece.count > 1 else { return piece.forEach(refuse) }
        let middle = piece.startIndex + piece.count / 2
        pieces.append(piece[middle...])
        pieces.append(piece[..<middle])
    }
}
