// SPDX-License-Identifier: Apache-2.0
import AlertFormats

/// Puts an `http` sink together: the settings' dialect, its carrier, and the batches before it.
public enum HTTPSink {
    /// `name`: what routes call it; nil for a sink that gets every output.
    public static func make(
        _ settings: HTTPSinkSettings, name: String? = nil, exchange: any HTTPExchange,
        surroundings: HTTPSurroundings
    ) -> BatchedSink<HTTPCarrier> {
        let dialect = dialect(settings)
        return BatchedSink(
            HTTPCarrier(settings, dialect, exchange: exchange, surroundings: surroundings), name: name,
            format: dialect.format, limits: settings.delivery.batch)
    }

    static func dialect(_ settings: HTTPSinkSettings) -> any HTTPDialect {
        let kind = settings.format ?? .creance
        let options = settings.options
        switch settings.preset {
        case .webhook:
            return WebhookDialect(
                format: kind.format(), body: options.body, isJSON: FormatKind.json.contains(kind))
        case .elasticsearch, .opensearch:
            return BulkDialect(kind.format(), index: index(settings))
        case .splunkHEC:
            return SplunkDialect(kind, index: options.index, acknowledges: options.acknowledge)
        case .loki: return LokiDialect(kind.format(), hasMetadata: options.structuredMetadata)
        case .alertmanager: return AlertmanagerDialect()
        case .otlp: return OTLPDialect(format: OTLPFormat(.resourceLogs))
        case .slack: return SlackDialect(digest: options.digest, template: options.template)
        case .teams: return TeamsDialect(digest: options.digest, template: options.template)
        case .pagerduty: return PagerDutyDialect()
        }
    }

    /// `creance`, unless the URL names an index: `/INDEX/_bulk`.
    private static func index(_ settings: HTTPSinkSettings) -> String? {
        if let index = settings.options.index { return index }
        guard case .plain(let url) = settings.url, let address = try? HTTPAddress(url) else { return "creance" }
        return address.path.hasSuffix("/_bulk") && address.path != "/_bulk" ? nil : "creance"
    }
}
