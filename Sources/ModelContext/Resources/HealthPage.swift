// SPDX-License-Identifier: Apache-2.0
import MCPProtocol

/// How the running daemon is, part by part.
enum HealthPage {
    /// Details and failures may quote what a peer said, and stand apart for that.
    static func json(_ system: any MonitoredSystem) -> JSONObject {
        let rendering = AlertRendering(detail: .normal)
        let health = system.health
        let gaps = system.conservation
        var details = JSONObject()
        var failures = JSONObject()
        // A part that is called after an alert's host has a number here, and its name among the texts of others.
        let names = health.components.enumerated().map { number, component in
            component.isNamedByAlerts ? "part \(number + 1)" : Label.of(component.name)
        }
        for (name, component) in zip(names, health.components) {
            let texts = [component.isNamedByAlerts ? component.name : nil, component.detail].compactMap(\.self)
            if !texts.isEmpty { details[name] = rendering.untrusted(texts.joined(separator: ": ")) }
        }
        for source in system.sources {
            if let failure = source.failure { failures[Label.of(source.name)] = rendering.untrusted(failure) }
        }
        return [
            "ok": .bool(health.isHealthy),
            "components": .array(
                zip(names, health.components).map { name, component in
                    [
                        "name": .string(name), "ok": .bool(component.isHealthy),
                        "state": .string(Label.of(component.state)),
                    ]
                }),
            "sources": .array(
                system.sources.map { source in
                    [
                        "name": .string(Label.of(source.name)), "type": .string(Label.of(source.type)),
                        "state": .string(Label.of(source.state)), "reconnects": .integer(Int64(source.reconnects)),
                        "received": .integer(Int64(source.received)), "refused": .integer(Int64(source.refused)),
                        "dead_letters": .integer(Int64(source.deadLetters)),
                    ]
                }),
            "conservation_gaps": [
                "intake": .integer(Int64(gaps.intake)), "fate": .integer(Int64(gaps.fate)),
                "sink": .integer(Int64(gaps.sink)),
            ],
            "untrusted": ["details": .object(details), "failures": .object(failures)],
        ]
    }
}
