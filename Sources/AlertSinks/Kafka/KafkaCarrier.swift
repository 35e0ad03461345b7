// SPDX-License-Identifier: Apache-2.0
public import ConfigTree

/// Sends records to a topic: value = the record, key = its group or subject, header `id` = its id.
///
/// Delivery: at least once. The producer is idempotent (KIP-98), so that what librdkafka repeats while this process lives is
/// there once; after a crash what lay behind the stored cursor comes again under the same ids. A batch is settled when the
/// replicas in sync have every record of it.
public final class KafkaCarrier: BatchCarrier {
    public static var typeName: String { "kafka" }
    public static var deliveryClass: DeliveryClass { .atLeastOnce }
    /// Before a producer that found its settings or the cluster's wrong tries again.
    static let pause = Duration.seconds(1)
    /// Beyond librdkafka's own limit for a message, before its report is given up.
    static let grace = Duration.seconds(5)

    private let settings: KafkaSinkSettings
    private let fetch: (Secret) throws -> SecretText
    private var producer: KafkaProducer?
    private var look: () -> Bool = { true }
    /// Nobody waits for the batch under way any more.
    private var isAbandoned = false

    /// `fetch`: reads a secret; asked again whenever a producer is made.
    public init(_ settings: KafkaSinkSettings, fetch: @escaping (Secret) throws -> SecretText) {
        self.settings = settings
        self.fetch = fetch
    }

    public func open() throws(DeliveryError) { producer = try makeProducer() }

    private func makeProducer() throws(DeliveryError) -> KafkaProducer {
        let pairs: [(name: String, value: String)]
        do {
            pairs = try KafkaProperties(settings, fetch: fetch).pairs
        } catch {
            throw .retry(after: Self.pause, reason: "\(error)")
        }
        return try KafkaProducer(pairs, topic: settings.topic)
    }

    public func send(_ batch: inout DeliveryBatch) throws(DeliveryError) {
        let producer = try currentProducer()
        var failures = KafkaFailures()
        isAbandoned = false
        let deadline = ContinuousClock.now + settings.timeout + Self.grace
        for index in batch.waiting {
            while let refusal = produce(index, of: batch, producer) {
                guard refusal.isFull, !isAbandoned, ContinuousClock.now < deadline else {
                    settle(index, refusal.fate, &batch, &failures)
                    break
                }
                take(from: producer, waiting: 100, &batch, &failures)
            }
            take(from: producer, waiting: 0, &batch, &failures)
        }
        var isPurged = false
        while producer.outstanding > 0 {
            take(from: producer, waiting: 100, &batch, &failures)
            guard isAbandoned || ContinuousClock.now >= deadline else { continue }
            // Reports that do not even come for a purge: another producer will have to do.
            if isPurged {
                self.producer = nil
                failures.add("no report of \(producer.outstanding) records", count: producer.outstanding)
                break
            }
            producer.purge()
            isPurged = true
        }
        guard let reason = failures.reason(topic: settings.topic, trouble: producer.takeTrouble()) else { return }
        throw .retry(after: Self.pause, reason: reason)
    }

    private func currentProducer() throws(DeliveryError) -> KafkaProducer {
        if let producer, !producer.isFatal { return producer }
        producer = nil
        let made = try makeProducer()
        producer = made
        return made
    }

    private func produce(
        _ index: Int, of batch: borrowing DeliveryBatch, _ producer: KafkaProducer
    ) -> (fate: KafkaProducer.Fate, isFull: Bool)? {
        let item = batch.items[index]
        return producer.produce(
            batch.bytes.extracting(item.bytes), key: settings.key == .group ? item.subject?.description : nil,
            id: item.id.description, token: index)
    }

    private func take(
        from producer: KafkaProducer, waiting milliseconds: Int32, _ batch: inout DeliveryBatch,
        _ failures: inout KafkaFailures
    ) {
        producer.poll(milliseconds: milliseconds)
        if milliseconds > 0, !look() { isAbandoned = true }
        while let report = producer.next() { settle(report.token, report.fate, &batch, &failures) }
    }

    private func settle(
        _ index: Int, _ fate: KafkaProducer.Fate, _ batch: inout DeliveryBatch, _ failures: inout KafkaFailures
    ) {
        guard batch.items.indices.contains(index) else { return }
        switch fate {
        case .delivered: batch.accept(index)
        case .refused(let reason): batch.refuse(index, reason)
        case .failed(let reason): failures.add(reason)
        }
    }

    /// Certificates and passwords are read again. The batches before this are settled: nothing is under way.
    public func reopen() throws(DeliveryError) {
        let made = try makeProducer()
        producer = made
    }

    public func close() { producer = nil }

    public func whileWaiting(do look: @escaping () -> Bool) { self.look = look }
}

/// Why records of one batch have to be sent again, in a form that stays the same while the reason does.
struct KafkaFailures {
    private var first: String?

    mutating func add(_ reason: String, count: Int = 1) { if first == nil { first = reason } }

    /// Nil when there was none. `trouble`: what librdkafka last said of a broker.
    func reason(topic: String, trouble: String?) -> String? {
        first.map { "topic \(topic): \($0)" + (trouble.map { "; \($0)" } ?? "") }
    }
}
