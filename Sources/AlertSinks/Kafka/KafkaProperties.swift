// SPDX-License-Identifier: Apache-2.0
import AlertModel
import ConfigTree

/// The settings of librdkafka that a sink's configuration comes to, with the secrets in them. Never shown.
///
/// Names: librdkafka's CONFIGURATION.md.
struct KafkaProperties {
    private(set) var pairs: [(name: String, value: String)] = []

    init(_ settings: KafkaSinkSettings, fetch: (Secret) throws -> SecretText) throws {
        func text(_ secret: Secret) throws -> String { String(decoding: try fetch(secret).bytes, as: UTF8.self) }
        add("bootstrap.servers", settings.brokers.joined(separator: ","))
        add("client.id", settings.clientID)
        // All replicas in sync, and what is repeated is dropped by the broker.
        add("enable.idempotence", "true")
        add("acks", "all")
        add("compression.type", settings.compression.rawValue)
        add("message.timeout.ms", String(max(1, settings.timeout.wholeNanoseconds / 1_000_000)))
        // Whatever fits a batch fits the queue; how much may lie there is the batch's limit.
        add("queue.buffering.max.messages", String(max(1_000, settings.delivery.batch.count + 1)))
        add("queue.buffering.max.kbytes", String(max(1 << 16, settings.delivery.batch.bytes >> 9)))
        // As repeated records keep their order by key only while the partition of a key is the same in every client.
        add("partitioner", "murmur2_random")
        add("log_level", "4")
        addSecurity(settings)
        if let sasl = settings.sasl {
            add("sasl.mechanisms", sasl.mechanism.rawValue)
            add("sasl.username", sasl.username)
            if let password = sasl.password { add("sasl.password", try text(password)) }
        }
        for property in settings.properties {
            switch property.value {
            case .plain(let value): add(property.name, value)
            case .secret(let secret): add(property.name, try text(secret))
            }
        }
    }

    private mutating func addSecurity(_ settings: KafkaSinkSettings) {
        add("security.protocol", (settings.sasl == nil ? "" : "sasl_") + (settings.tls == nil ? "plaintext" : "ssl"))
        guard let tls = settings.tls else { return }
        add("enable.ssl.certificate.verification", "true")
        add("ssl.endpoint.identification.algorithm", "https")
        if let ca = tls.ca { add("ssl.ca.location", ca) }
        if let certificate = tls.certificate { add("ssl.certificate.location", certificate) }
        if let key = tls.key { add("ssl.key.location", key) }
    }

    private mutating func add(_ name: String, _ value: String) { pairs.append((name, value)) }
}
