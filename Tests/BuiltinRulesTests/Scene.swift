// SPDX-License-Identifier: Apache-2.0
import AlertEngine
import AlertModel
import BuiltinRules
import SigmaRules

/// The whole engine with the built-in rules: alerts and seconds go in, incidents come out.
struct Scene {
    /// 2026-01-01T00:00:00Z, second 0 of every scene.
    static let start: Int64 = 1_767_225_600_000_000_000
    static let rules = SigmaRuleSet.read(BuiltinRules.files.map { RuleFile(name: $0.name, bytes: $0.bytes) })

    private var engine: AlertEngine
    private var place: Int64 = 1
    private(set) var incidents: [IncidentRecord] = []

    init(rules: SigmaRuleSet? = Scene.rules.rules) {
        engine = AlertEngine(
            EngineSettings(
                identity: IdentitySettings(), deduplicate: DeduplicateSettings(), rules: rules ?? SigmaRuleSet()))
    }

    /// Titles of the incidents that opened, in order.
    var opened: [String] { incidents.filter { $0.state == .open }.map(\.ruleTitle) }
    var closed: [String] { incidents.filter { $0.state == .close }.map(\.ruleTitle) }

    /// An alert of a time in seconds, which comes at once unless an arrival is given.
    mutating func see(_ alert: FalcoAlert, at seconds: Double, arrival: Double? = nil) {
        let batch = batch([(alert, Self.time(seconds))], arrival: Self.time(arrival ?? seconds))
        process(.alerts(batch), count: 1)
    }

    mutating func tick(at seconds: Double) { process(.tick(EventTime(nanoseconds: Self.time(seconds))), count: 1) }

    private mutating func process(_ content: JournalEntry.Content, count: Int64) {
        let decision = engine.process(JournalEntry(place: place, epoch: 1, source: "node", content: content))
        place += count
        for placed in decision.notes.records {
            if case .incident(let incident) = placed.record { incidents.append(incident) }
        }
    }

    private static func time(_ seconds: Double) -> Int64 { start + Int64(seconds * 1e9) }
}
