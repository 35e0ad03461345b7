// SPDX-License-Identifier: Apache-2.0
public import AlertFormats

/// What stands at the other end: decides how records are put into requests and how answers are read.
public enum HTTPPreset: String, CaseIterable, Sendable {
    /// Anything that takes JSON.
    case webhook
    case elasticsearch, opensearch
    case splunkHEC = "splunk_hec"
    case loki
    case alertmanager
    /// OpenTelemetry's logs over HTTP.
    case otlp
    case slack, teams
    case pagerduty

    /// The format when none is configured; nil when the preset's form of a record is the only one.
    public var standardFormat: FormatKind? {
        switch self {
        case .webhook: .falco
        case .elasticsearch, .opensearch: .ecs
        case .splunkHEC, .loki: .creance
        case .otlp: .otlp
        case .alertmanager, .slack, .teams, .pagerduty: nil
        }
    }

    /// The formats that a preset takes.
    public var formats: [FormatKind] {
        switch self {
        case .webhook, .loki, .splunkHEC: FormatKind.lines
        // Documents are JSON objects.
        case .elasticsearch, .opensearch: FormatKind.json.filter { $0 != .otlp }
        case .otlp: [.otlp]
        case .alertmanager, .slack, .teams, .pagerduty: []
        }
    }

    /// Is the body packed when the configuration says nothing? The chat and paging services do not say that they unpack.
    public var packs: Bool {
        switch self {
        case .elasticsearch, .opensearch, .splunkHEC, .loki, .otlp: true
        case .webhook, .alertmanager, .slack, .teams, .pagerduty: false
        }
    }

    /// Where such a receiver takes records, for a URL that names only the receiver.
    public var standardPath: String {
        switch self {
        case .webhook, .slack, .teams: "/"
        case .elasticsearch, .opensearch: "/_bulk"
        case .splunkHEC: "/services/collector/event"
        case .loki: "/loki/api/v1/push"
        case .alertmanager: "/api/v2/alerts"
        case .otlp: "/v1/logs"
        case .pagerduty: "/v2/enqueue"
        }
    }
}
