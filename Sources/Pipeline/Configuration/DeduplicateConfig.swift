// SPDX-License-Identifier: Apache-2.0
public import AlertEngine
import AlertModel
public import ConfigTree

extension DeduplicateSettings {
    /// The `deduplicate` section.
    public init(_ section: inout ConfigSection) {
        self.init()
        isEnabled = section.bool(
            "enabled", default: isEnabled,
            help:
                "Repeats are counted instead of passed on. The same alert over two transports is one alert in any case."
        )
        quiet = section.duration(
            "quiet", default: quiet, in: .seconds(1) ... .seconds(86_400),
            help: "A group ends when no repeat comes for this long; the next alert of its kind leaves at once again.")
        maxOpen = section.duration(
            "max_open", default: maxOpen, in: .seconds(1) ... .seconds(86_400),
            help: "A group ends after this long in any case.")
        variants = section.integer(
            "variants", default: variants, in: 1 ... 1_000,
            help:
                "How many variants of a group leave (other command line, file or ancestors); Critical and above always do."
        )
        memoryBytes = section.size(
            "memory", default: memoryBytes, in: 1 << 20 ... 64 << 30,
            help: "For groups, keys and samples. When it is full, alerts pass without a group, and are counted.")
        parts = section.key("fields", help: "What makes alerts the same: a list of fields, or `default`.")
        overrides = section.sections("rules", help: "Other fields for some alerts; the first that matches.") {
            section in
            let condition = section.requiredAlertCondition("when", help: "Which alerts.")
            let parts = section.key("fields", help: "What makes these alerts the same, or `default`.")
            return condition.map { KeyOverride($0, parts: parts) }
        }.compactMap(\.self)
    }
}

extension ConfigSection {
    /// The members of a key; nil for the default key.
    fileprivate mutating func key(_ key: String, help: String) -> [KeyPart]? {
        let names = list(key, of: .keyPart, default: ["default"], help: help)
        if names == ["default"] { return nil }
        if names.contains("default") {
            report(.error, key, "`default` stands alone", allowed: "`default`, or a list of fields")
            return nil
        }
        if names.isEmpty {
            // What was wrong with single fields has been said.
            report(.error, key, "no fields", allowed: "`default`, or a list of fields")
            return nil
        }
        FieldCheck.remark(on: names, key, &self)
        if names.count > 32 { report(.error, key, "\(names.count) fields", allowed: "up to 32") }
        return names.prefix(32).map { KeyPart($0) }
    }
}

extension ConfigValue where Value == String {
    /// A member of a key: not what is another at every alert.
    fileprivate static var keyPart: Self {
        .init(
            "field", allowed: "rule, priority, source, hostname, tags, or an output field",
            read: { text, _, _ throws(ConfigFault) in
                guard !text.isEmpty, text.utf8.count <= 256 else { throw ConfigFault("no name of a field") }
                if ["output", "message", "time", "uuid", "evt.num", "evt.time", "evt.rawtime"].contains(text) {
                    throw ConfigFault("`\(text)` is another at every alert: no two would be the same")
                }
                if text != "default", let fault = FieldCheck.fault(text) { throw fault }
                return text
            }, write: { $0 })
    }
}
