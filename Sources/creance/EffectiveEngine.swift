// SPDX-License-Identifier: Apache-2.0
import AlertEngine
import AlertModel
import ConfigTree
import Pipeline

/// The sections that decide about alerts, in the order of the reference, as lines of YAML at depth 0.
struct EffectiveEngine {
    let configuration: Configuration
    /// Makes a path readable from anywhere.
    let absolute: (String) -> String

    var lines: [String] {
        silences + enrichment + deduplication + correlation + inhibitions + storm + routes
    }

    private func quoted(_ text: String) -> String { JSONLine.quoted(text) }

    private func list(_ texts: [String]) -> String { "[" + texts.map(quoted).joined(separator: ", ") + "]" }

    private var silences: [String] {
        let silences = configuration.silence.settings.silences.map(\.silence)
        guard !silences.isEmpty else { return [] }
        return ["silence:"]
            + silences.map {
                "  - { when: \(quoted($0.when)), until: \($0.until), reason: \(quoted($0.reason)) }"
            }
    }

    private var enrichment: [String] {
        let (settings, sources) = (configuration.enrich.settings, configuration.enrich.sources)
        var lines = [
            "enrich:", "  backfill: \(settings.backfill)",
            "  backfill_memory: \(ConfigText.of(size: settings.backfillMemory))", "  attack: \(settings.attack)",
            "  add: \(list(added(settings.wanted)))",
        ]
        if let addresses = sources.addresses {
            lines.append("  geoip:")
            lines.append("    databases: \(list(addresses.databases.map(absolute)))")
            lines.append("    fields: \(list(addresses.fields))")
            if let age = addresses.maxAge { lines.append("    max_age: \(ConfigText.of(age))") }
        }
        if !sources.indicators.isEmpty { lines.append("  indicators:") }
        for one in sources.indicators {
            lines.append(
                "    - { name: \(one.name), file: \(quoted(absolute(one.file))), fields: \(list(one.fields)) }")
        }
        if !sources.lookups.isEmpty { lines.append("  tables:") }
        for one in sources.lookups {
            lines.append("    \(one.name):")
            lines.append("      file: \(quoted(absolute(one.file)))")
            lines.append("      key: \(quoted(one.key))")
            lines.append("      match: \(one.match.rawValue)")
            lines.append("      columns: \(list(one.columns))")
        }
        lines.append("  file_limit: \(ConfigText.of(size: sources.fileLimit))")
        return lines
    }

    private func added(_ wanted: WantedFields) -> [String] {
        switch wanted {
        case .all: [EnrichConfig.everything]
        case .only(let names): names.map(\.name).sorted()
        }
    }

    private var deduplication: [String] {
        let settings = configuration.deduplicate
        var lines = [
            "deduplicate:", "  enabled: \(settings.isEnabled)", "  quiet: \(ConfigText.of(settings.quiet))",
            "  max_open: \(ConfigText.of(settings.maxOpen))", "  variants: \(settings.variants)",
            "  memory: \(ConfigText.of(size: settings.memoryBytes))", "  fields: \(key(settings.parts))",
        ]
        if !settings.overrides.isEmpty { lines.append("  rules:") }
        for one in settings.overrides {
            lines.append("    - { when: \(quoted(one.condition.text)), fields: \(key(one.parts)) }")
        }
        return lines
    }

    private func key(_ parts: [KeyPart]?) -> String { list(parts?.map(\.name) ?? ["default"]) }

    private var correlation: [String] {
        let rules = configuration.correlate.rules.map { $0 == CorrelateConfig.builtin ? $0 : absolute($0) }
        let expansions = configuration.correlate.expansions.sorted { $0.key < $1.key }
        return ["correlate:", "  rules: \(list(rules))"]
            + (expansions.isEmpty ? [] : ["  expand:"])
            + expansions.map { "    \($0.key): { values: \(list($0.value)) }" }
            + ["  memory: \(ConfigText.of(size: configuration.correlate.settings.memoryBytes))"]
    }

    private var inhibitions: [String] {
        guard !configuration.inhibit.rules.isEmpty else { return [] }
        return ["inhibit:"]
            + configuration.inhibit.rules.map {
                "  - { when: \(quoted($0.when.text)), hold: \(quoted($0.hold.text)), equal: \(list($0.equal)), "
                    + "for: \(ConfigText.of($0.duration)) }"
            }
    }

    private var storm: [String] {
        guard let storm = configuration.storm else { return [] }
        func bucket(_ name: String, _ bucket: StormSettings.Bucket) -> String {
            "  \(name): { burst: \(bucket.burst), rate: \(ConfigRate(bucket.count, per: bucket.interval)) }"
        }
        return [
            "storm:", bucket("per_rule", storm.perRule), bucket("per_scope", storm.perScope),
            bucket("overall", storm.overall), "  quiet: \(ConfigText.of(storm.quiet))",
        ]
    }

    private var routes: [String] {
        guard let rules = configuration.route.settings.rules else { return [] }
        guard !rules.isEmpty else { return ["route: []"] }
        return ["route:"]
            + rules.map { rule in
                let when = rule.when.map { "when: \(quoted($0.text)), " } ?? ""
                return "  - { \(when)to: \(list(rule.to)), continue: \(rule.continues) }"
            }
    }
}
