// SPDX-License-Identifier: Apache-2.0
public import AlertEngine
public import AlertModel
public import ConfigTree
import FalcoRules

/// The `silence` list.
public struct SilenceConfig: Sendable, Equatable {
    public var settings: SilenceSettings
    /// Where each `until` stands, for what only the present can tell.
    private var ends: [End]

    private struct End: Sendable {
        let until: EventTime
        let place: ConfigPlace?
        let key: String
    }

    private struct Item {
        let silence: SilenceSettings.Configured
        let end: End
        let place: ConfigPlace?
        let path: String
    }

    /// No silence.
    public init() {
        settings = SilenceSettings()
        ends = []
    }

    /// Reads the key `silence` of the root.
    public init(root section: inout ConfigSection) {
        let items = section.sections(
            "silence",
            help: "Alerts that are kept and counted and do not leave, until a time. More at run time: creance silence."
        ) { Self.item(&$0) }.compactMap(\.self)
        settings = SilenceSettings(items.map(\.silence))
        ends = items.map(\.end)
        for (index, item) in items.enumerated() {
            guard let twin = items[..<index].first(where: { $0.silence.silence.id == item.silence.silence.id }) else {
                continue
            }
            section.report(
                ConfigProblem(.warning, at: item.place, key: item.path, "says the same as \(twin.path)"))
        }
    }

    private static func item(_ section: inout ConfigSection) -> Item? {
        let when = section.requiredAlertCondition("when", help: "Which alerts.")
        let until = section.required(
            "until", .time, standIn: ConfigTime(nanoseconds: 0), example: "2027-01-01T00:00:00Z",
            help: "When it ends by itself, in the engine's present: the latest arrival.")
        let reason = section.required(
            "reason", .text(upTo: Silence.Limit.reason), standIn: "", example: "\"planned upgrade\"",
            help: "Shown where somebody asks why an alert did not come.")
        guard let when, section.has("until"), !reason.isEmpty else { return nil }
        let end = EventTime(nanoseconds: until.nanoseconds)
        return Item(
            silence: SilenceSettings.Configured(when, until: end, reason: reason),
            end: End(until: end, place: section.place(of: "until"), key: "\(section.path).until"), place: section.place,
            path: section.path)
    }

    /// What a present makes wrong: silences that are over. For the commands that have a clock.
    public func problems(at now: EventTime) -> [ConfigProblem] {
        ends.filter { $0.until <= now }.map {
            ConfigProblem(.warning, at: $0.place, key: $0.key, "is past: this silence does nothing any more")
        }
    }

    public static func == (left: SilenceConfig, right: SilenceConfig) -> Bool { left.settings == right.settings }
}
