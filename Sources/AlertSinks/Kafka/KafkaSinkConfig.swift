// SPDX-License-Identifier: Apache-2.0
import AlertFormats
public import ConfigTree

extension KafkaSinkSettings {
    public init(_ section: inout ConfigSection) {
        let brokers = section.list(
            "brokers", of: .broker, default: [],
            help: "Where to begin, as kafka.example:9092; the others of the cluster are found from there. At least one."
        )
        if brokers.isEmpty, !section.has("brokers") {
            section.report(.error, "brokers", "is required", allowed: "HOST:PORT, or a list of them")
        }
        let topic = section.required("topic", .topic, standIn: "", example: "falco", help: "Every record goes there.")
        let format = section.choice(
            "format", default: FormatKind.falco, among: FormatKind.lines, later: FormatKind.later,
            help: "What a message's value is.")
        let key = section.choice(
            "key", default: Key.group,
            help: "group: repeats of a group, and the records of an incident or storm, go to one partition, in order. "
                + "none: any partition.")
        let compression = section.choice("compression", default: Compression.none, help: "Of batches on the wire.")
        let tls = section.optionalSection(
            "tls", help: "Brokers' certificates and names are always verified; {}: as the system does."
        ) {
            ClientTLSFiles(
                ca: $0.optional(
                    "ca", .path, whenAbsent: "the system's",
                    help: "Who may have signed the brokers' certificates. PEM."),
                certificate: $0.optional("certificate", .path, help: "Our certificate, for brokers that ask. PEM."),
                key: $0.optional("key", .path, help: "Its key, not encrypted. PEM."))
        }
        let sasl = section.optionalSection("sasl", help: "How the brokers know us.") {
            SASL(
                mechanism: $0.choice(
                    "mechanism", default: .scramSHA512, help: "PLAIN shows the password to the broker."),
                username: $0.required(
                    "username", .text(upTo: 256), standIn: "", example: "creance", help: "Who we are."),
                password: Self.password(&$0))
        }
        let clientID = section.value(
            "client_id", .clientID, default: "creance", help: "In the brokers' logs and quotas.")
        let timeout = section.duration(
            "timeout", default: .seconds(10), in: .seconds(1) ... .seconds(300),
            help: "From handing a message over to the acknowledgement of all replicas in sync.")
        let properties = Self.properties(&section)
        let delivery = DeliveryKeys(&section)
        self.init(
            brokers: brokers, topic: topic, format: format, key: key, compression: compression, tls: tls, sasl: sasl,
            clientID: clientID, timeout: timeout, properties: properties, delivery: delivery)
        check(&section)
    }

    /// What the sink sets itself, and what its promises rest on.
    private static let own: Set<String> = [
        "bootstrap.servers", "metadata.broker.list", "client.id", "enable.idempotence", "acks", "request.required.acks",
        "compression.type", "compression.codec", "security.protocol", "sasl.mechanism", "sasl.mechanisms",
        "sasl.username", "sasl.password", "ssl.ca.location", "ssl.certificate.location", "ssl.key.location",
        "message.timeout.ms",
        "delivery.timeout.ms", "enable.ssl.certificate.verification", "ssl.endpoint.identification.algorithm",
        "log.queue", "log_level", "transactional.id", "plugin.library.paths",
    ]

    private static func password(_ section: inout ConfigSection) -> Secret? {
        let password = section.secret("password", help: "Required. By reference.")
        if !section.has("password") { section.report(.error, "password", "is required", allowed: "a reference") }
        return password
    }

    private static func properties(_ section: inout ConfigSection) -> [Property] {
        let pairs = section.texts(
            "properties", name: "linger.ms", help: "Settings of librdkafka's own, as its CONFIGURATION.md names them.")
        return pairs.compactMap { pair in
            guard !own.contains(pair.name) else {
                section.report(.error, "properties", "\(pair.name) is the sink's own")
                return nil
            }
            guard (1 ... 100).contains(pair.name.utf8.count), pair.name.utf8.allSatisfy(isTopic) else {
                section.report(.error, "properties", "has a name that is none of librdkafka's")
                return nil
            }
            let isSecret = ["password", "secret", ".pem"].contains(where: pair.name.contains)
            if case .plain = pair.value, isSecret {
                section.report(
                    .error, "properties", "\(pair.name) is a secret, which is given by reference, never written here",
                    allowed: "${file:PATH} or ${env:NAME}")
                return nil
            }
            return Property(name: pair.name, value: pair.value)
        }
    }

    private func check(_ section: inout ConfigSection) {
        if let tls, (tls.certificate == nil) != (tls.key == nil) {
            section.report(.error, "tls", "certificate and key belong together")
        }
        if sasl != nil, tls == nil {
            section.report(.warning, "sasl", "goes over the network in the clear without tls")
        }
    }
}

extension ConfigValue where Value == String {
    /// A name or address, and a port.
    fileprivate static var broker: Self {
        .init(
            "broker", allowed: "HOST:PORT",
            read: { text, _, _ throws(ConfigFault) in
                let fault = ConfigFault(
                    "is no broker", allowed: "HOST:PORT, as kafka.example:9092 or [2001:db8::1]:9092")
                guard text.utf8.count <= 300, let colon = text.lastIndex(of: ":"), colon != text.startIndex,
                    let port = UInt16(text[text.index(after: colon)...]), port > 0,
                    text.utf8.allSatisfy({ (0x21 ... 0x7E).contains($0) && !",/\"'".utf8.contains($0) })
                else { throw fault }
                return text
            }, write: { "\"\($0)\"" })
    }

    /// Apache Kafka's org.apache.kafka.common.internals.Topic: up to 249 of these, and neither `.` nor `..`.
    fileprivate static var topic: Self {
        .init(
            "topic", allowed: "up to 249 of a-z, A-Z, 0-9, ., _ and -",
            read: { text, _, _ throws(ConfigFault) in
                guard (1 ... 249).contains(text.utf8.count), text != ".", text != "..", text.utf8.allSatisfy(isTopic)
                else {
                    throw ConfigFault("is no name of a topic", allowed: "up to 249 of a-z, A-Z, 0-9, ., _ and -")
                }
                return text
            }, write: { $0 })
    }

    fileprivate static var clientID: Self {
        .init(
            "string", allowed: "up to 100 of a-z, A-Z, 0-9, ., _ and -",
            read: { text, _, _ throws(ConfigFault) in
                guard (1 ... 100).contains(text.utf8.count), text.utf8.allSatisfy(isTopic) else {
                    throw ConfigFault("is no client id", allowed: "up to 100 of a-z, A-Z, 0-9, ., _ and -")
                }
                return text
            }, write: { $0 })
    }
}

private func isTopic(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a") ... UInt8(ascii: "z"), UInt8(ascii: "A") ... UInt8(ascii: "Z"), 48 ... 57: true
    default: ".-_".utf8.contains(byte)
    }
}
