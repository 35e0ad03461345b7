// SPDX-License-Identifier: Apache-2.0
import AlertSinks
import ConfigTree

/// The keys of a `kafka` sink as they are in force; secrets stay the references they are.
struct EffectiveKafkaSink {
    let settings: KafkaSinkSettings
    /// Of paths that start at the configuration's folder.
    let absolute: (String) -> String
    /// Of secrets, whose paths start there, too.
    let reference: (Secret) -> String

    /// `key: value` as YAML.
    var lines: [String] {
        let brokers = settings.brokers.map(JSONLine.quoted).joined(separator: ", ")
        var lines = [
            "brokers: [\(brokers)]", "topic: \(JSONLine.quoted(settings.topic))", "format: \(settings.format.rawValue)",
            "key: \(settings.key.rawValue)", "compression: \(settings.compression.rawValue)",
        ]
        if let tls = settings.tls {
            let files = [("ca", tls.ca), ("certificate", tls.certificate), ("key", tls.key)]
            let pairs = files.compactMap { name, path in path.map { "\(name): \(JSONLine.quoted(absolute($0)))" } }
            lines.append("tls: { \(pairs.joined(separator: ", ")) }")
        }
        if let sasl = settings.sasl {
            var keys = "mechanism: \(sasl.mechanism.rawValue), username: \(JSONLine.quoted(sasl.username))"
            if let password = sasl.password { keys += ", password: \(JSONLine.quoted(reference(password)))" }
            lines.append("sasl: { \(keys) }")
        }
        lines.append("client_id: \(JSONLine.quoted(settings.clientID))")
        lines.append("timeout: \(ConfigText.of(settings.timeout))")
        if !settings.properties.isEmpty {
            let pairs = settings.properties.map { "\(JSONLine.quoted($0.name)): \(text($0.value))" }
            lines.append("properties: { \(pairs.joined(separator: ", ")) }")
        }
        return lines
    }

    private func text(_ value: ReferencedText) -> String {
        switch value {
        case .plain(let text): JSONLine.quoted(text)
        case .secret(let secret): JSONLine.quoted(reference(secret))
        }
    }
}
