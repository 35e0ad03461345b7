// SPDX-License-Identifier: Apache-2.0
public import AlertEngine
public import ConfigTree
import FalcoRules

extension InhibitSettings {
    /// Reads the key `inhibit` of the root.
    public init(root section: inout ConfigSection) {
        let rules = section.sections(
            "inhibit",
            help: "While something is open, alerts that it explains are kept and counted, not released later."
        ) { Self.rule(&$0) }.compactMap(\.self)
        self.init(rules: rules)
        if rules.count > Limit.rules {
            section.report(.error, "inhibit", "\(rules.count) of them", allowed: "up to \(Limit.rules)")
        }
    }

    private static func rule(_ section: inout ConfigSection) -> Rule? {
        let when = section.requiredCondition(
            "when", help: "What holds others: an incident while it is open, or an alert for some time.")
        let hold = section.requiredAlertCondition(
            "hold", help: "Which alerts are held. Never those that match `when`.")
        let equal = section.list(
            "equal", of: .text(upTo: 256), default: [],
            help:
                "Fields that must have the same value on both sides; with none, everything that `hold` matches is held."
        )
        for name in equal {
            guard let fault = FieldCheck.fault(name) else { continue }
            section.report(.error, "equal", fault.what, allowed: fault.allowed, suggestion: fault.suggestion)
        }
        FieldCheck.remark(on: equal, "equal", &section)
        if equal.count > Limit.fields {
            section.report(.error, "equal", "\(equal.count) fields", allowed: "up to \(Limit.fields)")
        }
        if Set(equal).count < equal.count { section.report(.warning, "equal", "names a field twice") }
        let duration = section.duration(
            "for", default: .seconds(300), in: .seconds(1) ... .seconds(86_400),
            help: "How long an alert that matches `when` holds others, from its own time. Incidents hold while open.")
        guard let when, let hold else { return nil }
        return Rule(when: when, hold: hold, equal: equal, duration: duration)
    }
}
