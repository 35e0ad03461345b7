// SPDX-License-Identifier: Apache-2.0
public import AlertFormats
public import ConfigTree

/// How the receiver is reached.
public struct HTTPConnectionSettings: Sendable, Hashable {
    /// For a connection, its TLS included.
    public var connect: Duration
    /// For sending the request and reading the whole answer.
    public var answer: Duration
    public var tls: ClientTLSFiles
    /// Host and port of an HTTP proxy; none is used otherwise, whatever the environment says.
    public var proxy: HTTPAddress?

    public init(
        connect: Duration = .seconds(5), answer: Duration = .seconds(30), tls: ClientTLSFiles = ClientTLSFiles(),
        proxy: HTTPAddress? = nil
    ) {
        self.connect = connect
        self.answer = answer
        self.tls = tls
        self.proxy = proxy
    }
}

/// How records stand in the body of a plain webhook.
public enum WebhookBody: String, CaseIterable, Sendable {
    /// One record is one request: what Falco's own http_output sends.
    case single
    /// A JSON array of records.
    case array
    /// A record a line.
    case ndjson
}

/// Where records are posted to, and how.
public struct HTTPSinkSettings: Sendable, Hashable {
    /// What the receivers' kinds have of their own.
    public struct Options: Sendable, Hashable {
        public var body = WebhookBody.single
        /// Elasticsearch's index or data stream, or Splunk's index.
        public var index: String?
        /// Splunk: wait until the indexer says that it has the records.
        public var acknowledge = false
        /// Splunk: the limit for that.
        public var acknowledgeWithin = Duration.seconds(60)
        /// Loki: the record's id, rule and host beside each line.
        public var structuredMetadata = false
        /// Slack, Teams: more records than this at once become one message.
        public var digest = 5
        /// Slack, Teams: a `MessageTemplate` for each record; nil: the sink's own words.
        public var template: String?

        public init() {}
    }

    public var url: ReferencedText
    public var preset: HTTPPreset
    /// Nil for a preset that has its own form.
    public var format: FormatKind?
    public var token: Secret?
    /// In order of their names.
    public var headers: [Header]
    public var username: String?
    public var password: Secret?
    public var isPacked: Bool
    public var connection: HTTPConnectionSettings
    public var options: Options
    public var delivery: DeliveryKeys

    public struct Header: Sendable, Hashable {
        public var name: String
        public var value: ReferencedText

        public init(name: String, value: ReferencedText) {
            self.name = name
            self.value = value
        }
    }

    public init(
        url: ReferencedText, preset: HTTPPreset = .webhook, format: FormatKind? = nil, token: Secret? = nil,
        headers: [Header] = [], username: String? = nil, password: Secret? = nil, isPacked: Bool? = nil,
        connection: HTTPConnectionSettings = HTTPConnectionSettings(), options: Options = Options(),
        delivery: DeliveryKeys = HTTPSinkSettings.standardDelivery
    ) {
        self.url = url
        self.preset = preset
        self.format = format ?? preset.standardFormat
        self.token = token
        self.headers = headers
        self.username = username
        self.password = password
        self.isPacked = isPacked ?? preset.packs
        self.connection = connection
        self.options = options
        self.delivery = delivery
    }

    /// A request costs a round trip: records gather for a second, or until a thousand or a mebibyte of them are there.
    public static let standardDelivery = DeliveryKeys(
        batch: BatchLimits(count: 1_000, bytes: 1 << 20, wait: .seconds(1)))
}
