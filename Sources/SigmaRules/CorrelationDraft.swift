// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// A correlation rule as written: what it refers to is not looked up yet.
struct CorrelationDraft {
    typealias Mention = (text: String, place: RulePlace)

    var head: RuleHead
    /// The `correlation` section.
    var section: RuleNode.Pair
    /// The `x-creance` section.
    var settings: RuleNode?
    /// A Sigma type, or one of `x-creance`.
    var type: String
    var typePlace: RulePlace
    var rules: [Mention]
    var groupBy: [Mention]
    var aliases: [(name: String, place: RulePlace, fields: [RuleNode.Pair])]
    var timespan: Duration
    var generates: Bool
    var window: WindowKind
    var emit: EmitMode
    var groupsNulls: Bool
    var until: Mention?

    static let sigmaTypes = [
        "event_count", "value_count", "temporal", "temporal_ordered", "value_sum", "value_avg", "value_percentile",
        "value_median",
    ]
    static let ownTypes = ["new_value", "absence", "risk"]
}

/// Durations of rules: `number + letter`, as Sigma writes them.
enum TimeSpan {
    static let longest = Duration.seconds(366 * 86_400)
    private static let units: [(letter: Character, seconds: Int64)] = [
        ("s", 1), ("m", 60), ("h", 3_600), ("d", 86_400), ("w", 7 * 86_400),
    ]

    /// nil when it is no duration; the problem is noted.
    static func read(
        _ pair: RuleNode.Pair, allowingZero: Bool = false, _ problems: inout ProblemList
    ) -> Duration? {
        let form = "a number and one of the letters s, m, h, d and w, such as 90m"
        guard let text = pair.value.text, let letter = text.last else {
            problems.error(pair.value.place, "`\(pair.key)` is \(form)")
            return nil
        }
        let digits = text.dropLast()
        if allowingZero, text == "0" { return .zero }
        guard let unit = units.first(where: { $0.letter == letter }), let number = Int64(digits), number >= 0,
            digits.first != "+"
        else {
            problems.error(pair.value.place, "\(quoted(text)) is no time span: \(form)", suggestion: meant(text))
            return nil
        }
        let (seconds, overflow) = number.multipliedReportingOverflow(by: unit.seconds)
        let span = Duration.seconds(overflow ? .max : seconds)
        guard span <= longest, number > 0 || allowingZero else {
            problems.error(pair.value.place, "`\(pair.key)` must be more than nothing and at most 366d")
            return nil
        }
        return span
    }

    /// `1M` as days, `1h30m` in one unit.
    private static func meant(_ text: String) -> String? {
        if let number = Int64(text) { return "\(number)s" }
        if text.hasSuffix("M"), let months = Int64(text.dropLast()), months < 13 { return "\(months * 30)d" }
        if text.hasSuffix("y"), text.dropLast() == "1" { return "365d" }
        var total: Int64 = 0
        var digits = ""
        for character in text {
            if character.isNumber {
                digits.append(character)
            } else {
                guard let unit = units.first(where: { $0.letter == character }), let number = Int64(digits),
                    number < 10_000
                else { return nil }
                total += number * unit.seconds
                digits = ""
            }
        }
        guard digits.isEmpty, total > 0 else { return nil }
        return total % 3_600 == 0 ? "\(total / 3_600)h" : total % 60 == 0 ? "\(total / 60)m" : "\(total)s"
    }
}
