// SPDX-License-Identifier: Apache-2.0
import AlertFormats
import AlertModel
import ConfigTree
import Testing

@testable import AlertSinks

/// The sink against the cluster that librdkafka brings along for tests, in this process.
@Suite struct KafkaTests {
    private static let cluster = KafkaSinkSettings.Property(name: "test.mock.num.brokers", value: .plain("2"))

    private func settings(_ properties: [KafkaSinkSettings.Property] = [cluster]) -> KafkaSinkSettings {
        KafkaSinkSettings(
            brokers: ["127.0.0.1:1"], topic: "falco", format: .creance, timeout: .seconds(60), properties: properties)
    }

    private func sink(_ settings: KafkaSinkSettings, count: Int = 100) -> BatchedSink<KafkaCarrier> {
        BatchedSink(
            KafkaCarrier(settings) { throw SecretError.unset($0) }, format: settings.format.format(),
            limits: BatchLimits(count: count))
    }

    @Test func `every record is acknowledged before the batch is settled`() throws {
        let sink = sink(settings())
        let entries = Stream.entries(60, of: 7)
        try sink.open(at: nil)
        try sink.feed(entries)
        #expect(sink.counters.records == 440)
        #expect(sink.takeRefused().isEmpty)
        sink.close()
    }

    @Test func `what is too large is refused by itself, the rest arrives`() throws {
        let limit = KafkaSinkSettings.Property(name: "message.max.bytes", value: .plain("1000"))
        let sink = sink(settings([Self.cluster, limit]))
        let large = Stream.alerts(["small", String(repeating: "x", count: 1_200), "small"], place: 1, firstOutput: 1)
        try sink.open(at: nil)
        try sink.feed([large])
        let refused = sink.takeRefused()
        #expect(refused.map(\.output) == [2])
        #expect(refused.first?.reason == "Broker: Message size too large")
        #expect(sink.counters.records == 2)
        sink.close()
    }

    @Test func `a cluster that is not there holds the batch, with the reason`() throws {
        var settings = settings([])
        settings.timeout = .seconds(1)
        let sink = sink(settings)
        try sink.open(at: nil)
        try sink.write(Stream.alerts(["a", "b"], place: 1, firstOutput: 1), from: 1)
        let error = #expect(throws: DeliveryError.self) { try sink.flush() }
        guard case .retry(let pause, let reason) = error else { return }
        #expect(pause > .zero && reason.hasPrefix("topic falco: Local: Message timed out; "))
        #expect(reason.contains("Connection refused") && !reason.contains("after"))
        #expect(sink.counters.records == 0 && sink.counters.retries == 1)
        sink.close()
    }

    @Test func `a setting that librdkafka does not take ends the sink, and its value is not said`() {
        for (name, value, said) in [
            ("no.such", "pass", "librdkafka knows no property no.such"),
            ("socket.timeout.ms", "pass", "librdkafka refuses the value of socket.timeout.ms"),
        ] {
            let property = KafkaSinkSettings.Property(name: name, value: .plain(value))
            #expect(throws: DeliveryError.reject(reason: said)) { try sink(settings([property])).open(at: nil) }
        }
    }

    @Test func `a secret that cannot be read is tried again`() {
        var settings = settings()
        settings.sasl = .init(username: "creance", password: .environment(name: "KAFKA_PASSWORD"))
        #expect(
            throws: DeliveryError.retry(after: .seconds(1), reason: "${env:KAFKA_PASSWORD} is empty or not set")
        ) { try sink(settings).open(at: nil) }
    }

    @Test func `what the settings come to`() throws {
        var settings = settings([.init(name: "linger.ms", value: .plain("20"))])
        settings.brokers = ["a:1", "b:2"]
        settings.tls = .init(ca: "/ca.crt", certificate: "/own.crt", key: "/own.key")
        settings.sasl = .init(mechanism: .scramSHA256, username: "creance", password: .file(path: "/p"))
        settings.compression = .zstd
        let pairs = try KafkaProperties(settings) { _ in SecretText(bytes: [UInt8]("hidden".utf8)) }.pairs
        let values = Dictionary(uniqueKeysWithValues: pairs.map { ($0.name, $0.value) })
        #expect(values["bootstrap.servers"] == "a:1,b:2")
        #expect(values["enable.idempotence"] == "true" && values["acks"] == "all")
        #expect(values["security.protocol"] == "sasl_ssl")
        #expect(values["enable.ssl.certificate.verification"] == "true")
        #expect(values["ssl.endpoint.identification.algorithm"] == "https")
        #expect(values["ssl.ca.location"] == "/ca.crt" && values["ssl.key.location"] == "/own.key")
        #expect(values["sasl.mechanisms"] == "SCRAM-SHA-256" && values["sasl.password"] == "hidden")
        #expect(values["compression.type"] == "zstd" && values["message.timeout.ms"] == "60000")
        #expect(pairs.last?.name == "linger.ms" && pairs.last?.value == "20")
    }

    @Test func `which errors are a record's own`() {
        // Kafka's protocol: 10 MESSAGE_TOO_LARGE, 87 INVALID_RECORD, 3 UNKNOWN_TOPIC_OR_PARTITION,
        // 29 TOPIC_AUTHORIZATION_FAILED, 6 NOT_LEADER_OR_FOLLOWER, 19 NOT_ENOUGH_REPLICAS.
        #expect(KafkaProducer.Fate(0) == .delivered)
        for code: Int32 in [10, 87] {
            guard case .refused = KafkaProducer.Fate(code) else { Issue.record("\(code) is not refused"); continue }
        }
        for code: Int32 in [3, 29, 6, 19, -192, -195, -169] {
            guard case .failed = KafkaProducer.Fate(code) else { Issue.record("\(code) is not tried again"); continue }
        }
    }
}
