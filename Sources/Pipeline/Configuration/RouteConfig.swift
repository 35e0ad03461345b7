// SPDX-License-Identifier: Apache-2.0
public import AlertEngine
public import ConfigTree
import FalcoRules

/// The `route` list.
public struct RouteConfig: Sendable, Equatable {
    public var settings: RouteSettings
    private var places: [Place]

    private struct Place: Sendable {
        let to: ConfigPlace?
        let path: String
    }

    /// No list: everything goes to every sink.
    public init() {
        settings = RouteSettings()
        places = []
    }

    /// Reads the key `route` of the root.
    public init(root section: inout ConfigSection) {
        let items = section.sections(
            "route",
            help:
                "Which sinks get what: the first match decides. Without the list everything goes to every sink; with it, "
                + "what nothing matches goes nowhere."
        ) { Self.rule(&$0) }
        settings = RouteSettings(rules: section.has("route") ? items.map(\.rule) : nil)
        places = items.map(\.place)
        if items.count > RouteSettings.Limit.rules {
            section.report(.error, "route", "\(items.count) of them", allowed: "up to \(RouteSettings.Limit.rules)")
        }
        reportUnreachable(&section)
    }

    private static func rule(_ section: inout ConfigSection) -> (rule: RouteSettings.Rule, place: Place) {
        let when = section.optionalCondition(
            "when", whenAbsent: "everything", help: "Alerts, and by `kind` incidents, summaries, storms and gaps.")
        let to = section.list(
            "to", of: .text(upTo: 64), default: [], help: "Names of sinks; [] for none. Required.")
        if !section.has("to") { section.report(.error, "to", "is required", allowed: "a list of sinks, as [archive]") }
        let continues = section.bool("continue", default: false, help: "Look at the rules behind this one as well.")
        return (
            RouteSettings.Rule(when: when, to: to, continues: continues),
            Place(to: section.place(of: "to"), path: section.path)
        )
    }

    private func reportUnreachable(_ section: inout ConfigSection) {
        guard let rules = settings.rules, let last = rules.firstIndex(where: { $0.when == nil && !$0.continues }),
            last + 1 < rules.count
        else { return }
        section.report(
            ConfigProblem(
                .warning, at: places[last + 1].to, key: places[last + 1].path,
                "is never reached: \(places[last].path) takes everything"))
    }

    /// What only the sinks can tell: names that are none, sinks that get nothing, and more sets than can be known.
    public func problems(sinks: [String]) -> [ConfigProblem] {
        guard let rules = settings.rules else { return [] }
        var problems: [ConfigProblem] = []
        for (rule, place) in zip(rules, places) {
            for name in rule.to where !sinks.contains(name) {
                let meant = Spelling.closest(to: name, among: sinks)
                problems.append(
                    ConfigProblem(
                        .error, at: place.to, key: "\(place.path).to", "there is no sink \(name)",
                        allowed: meant == nil ? sinks.joined(separator: ", ") : nil, suggestion: meant))
            }
        }
        let idle = sinks.filter { name in !rules.contains { $0.to.contains(name) } }
        if let place = places.first, !idle.isEmpty {
            problems.append(
                ConfigProblem(
                    .warning, at: place.to, key: "route",
                    "sends nothing to \(idle.joined(separator: ", "))"))
        }
        do throws(Router.Refusal) {
            _ = try Router(settings, sinks: sinks)
        } catch {
            problems.append(ConfigProblem(.error, at: places.first?.to, key: "route", error.description))
        }
        return problems
    }

    public static func == (left: RouteConfig, right: RouteConfig) -> Bool { left.settings == right.settings }
}
