// SPDX-License-Identifier: Apache-2.0
public import AlertFormats
public import ConfigTree

/// A topic of a Kafka cluster, how it is reached and what it gets.
public struct KafkaSinkSettings: Sendable, Hashable {
    /// What decides the partition: records of one key stay in order.
    public enum Key: String, CaseIterable, Sendable {
        /// The group of repeats, the incident or the storm.
        case group
        /// Any partition.
        case none
    }

    public enum Compression: String, CaseIterable, Sendable { case none, gzip, snappy, lz4, zstd }

    /// A name and a password for the brokers.
    public struct SASL: Hashable, Sendable {
        public enum Mechanism: String, CaseIterable, Sendable {
            case scramSHA512 = "SCRAM-SHA-512"
            case scramSHA256 = "SCRAM-SHA-256"
            case plain = "PLAIN"
        }

        public var mechanism: Mechanism
        public var username: String
        public var password: Secret?

        public init(mechanism: Mechanism = .scramSHA512, username: String, password: Secret?) {
            self.mechanism = mechanism
            self.username = username
            self.password = password
        }
    }

    /// A setting of librdkafka's own.
    public struct Property: Hashable, Sendable {
        public var name: String
        public var value: ReferencedText

        public init(name: String, value: ReferencedText) {
            self.name = name
            self.value = value
        }
    }

    /// `host:port`, at least one; the others of the cluster are found through it.
    public var brokers: [String]
    public var topic: String
    public var format: FormatKind
    public var key: Key
    public var compression: Compression
    /// nil: in the clear.
    public var tls: ClientTLSFiles?
    public var sasl: SASL?
    public var clientID: String
    /// For a message, from when it is handed over to the cluster's acknowledgement.
    public var timeout: Duration
    /// Applied last.
    public var properties: [Property]
    public var delivery: DeliveryKeys

    public init(
        brokers: [String], topic: String, format: FormatKind = .falco, key: Key = .group,
        compression: Compression = .none, tls: ClientTLSFiles? = nil, sasl: SASL? = nil, clientID: String = "creance",
        timeout: Duration = .seconds(10), properties: [Property] = [], delivery: DeliveryKeys = DeliveryKeys()
    ) {
        self.brokers = brokers
        self.topic = topic
        self.format = format
        self.key = key
        self.compression = compression
        self.tls = tls
        self.sasl = sasl
        self.clientID = clientID
        self.timeout = timeout
        self.properties = properties
        self.delivery = delivery
    }
}
