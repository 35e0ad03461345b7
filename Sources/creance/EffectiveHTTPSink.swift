// SPDX-License-Identifier: Apache-2.0
import AlertSinks
import ConfigTree

/// The keys of an `http` sink as they are in force; secrets stay the references they are.
struct EffectiveHTTPSink {
    let settings: HTTPSinkSettings
    /// Of paths that start at the configuration's folder.
    let absolute: (String) -> String
    /// Of secrets, whose paths start there, too.
    let reference: (Secret) -> String

    /// `key: value` as YAML.
    var lines: [String] {
        var lines = ["url: \(text(settings.url))", "preset: \(settings.preset.rawValue)"]
        if let format = settings.format { lines.append("format: \(format.rawValue)") }
        if let token = settings.token { lines.append("token: \(quoted(reference(token)))") }
        if let username = settings.username { lines.append("username: \(quoted(username))") }
        if let password = settings.password { lines.append("password: \(quoted(reference(password)))") }
        if !settings.headers.isEmpty {
            let pairs = settings.headers.map { "\(quoted($0.name)): \(text($0.value))" }
            lines.append("headers: { \(pairs.joined(separator: ", ")) }")
        }
        lines.append("gzip: \(settings.isPacked)")
        let connection = settings.connection
        lines.append(
            "timeout: { connect: \(ConfigText.of(connection.connect)), answer: \(ConfigText.of(connection.answer)) }")
        let files = [
            ("ca", connection.tls.ca), ("certificate", connection.tls.certificate), ("key", connection.tls.key),
        ]
        let tls = files.compactMap { name, path in path.map { "\(name): \(quoted(absolute($0)))" } }
        if !tls.isEmpty { lines.append("tls: { \(tls.joined(separator: ", ")) }") }
        if let proxy = connection.proxy { lines.append("proxy: \(quoted(proxy.description))") }
        return lines + own + delivery
    }

    /// What only some presets have.
    private var own: [String] {
        let options = settings.options
        switch settings.preset {
        case .webhook: return ["body: \(options.body.rawValue)"]
        case .elasticsearch, .opensearch: return options.index.map { ["index: \(quoted($0))"] } ?? []
        case .splunkHEC:
            return (options.index.map { ["index: \(quoted($0))"] } ?? []) + [
                "acknowledge: \(options.acknowledge)",
                "acknowledge_within: \(ConfigText.of(options.acknowledgeWithin))",
            ]
        case .loki: return ["structured_metadata: \(options.structuredMetadata)"]
        case .slack, .teams:
            return ["digest: \(options.digest)"] + (options.template.map { ["template: \(quoted($0))"] } ?? [])
        case .alertmanager, .otlp, .pagerduty: return []
        }
    }

    private var delivery: [String] {
        let (batch, retry, backlog) = (settings.delivery.batch, settings.delivery.retry, settings.delivery.backlog)
        return [
            "batch: { count: \(batch.count), size: \(ConfigText.of(size: batch.bytes)), "
                + "wait: \(ConfigText.of(batch.wait)) }",
            "retry: { first: \(ConfigText.of(retry.first)), longest: \(ConfigText.of(retry.longest)), "
                + "give_up: \(ConfigText.of(retry.giveUp ?? .zero)) }",
            "backlog: { size: \(ConfigText.of(size: backlog.bytes)), age: \(ConfigText.of(backlog.age)) }",
        ]
    }

    private func text(_ text: ReferencedText) -> String {
        switch text {
        case .plain(let text): quoted(text)
        case .secret(let secret): quoted(reference(secret))
        }
    }

    private func quoted(_ text: String) -> String { EffectiveConfiguration.quoted(text) }
}
