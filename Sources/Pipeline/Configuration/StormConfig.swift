// SPDX-License-Identifier: Apache-2.0
public import AlertEngine
public import ConfigTree

extension StormSettings {
    /// The `storm` section, where there is one.
    public init(_ section: inout ConfigSection) {
        self.init()
        perRule = Bucket(&section, "per_rule", default: perRule, help: "For each rule of Falco.")
        perScope = Bucket(
            &section, "per_scope", default: perScope, help: "For each container, and each host outside them.")
        overall = Bucket(&section, "overall", default: overall, help: "For all alerts together.")
        quiet = section.duration(
            "quiet", default: quiet, in: .seconds(1) ... .seconds(3_600),
            help: "A storm is over when nothing was held for this long.")
    }

    /// The help of the section.
    public static var help: String {
        "Holds alerts back where more come than can be read; Critical and above always pass. Off without this section."
    }
}

extension StormSettings.Bucket {
    fileprivate init(
        _ section: inout ConfigSection, _ key: String, default standard: StormSettings.Bucket, help: String
    ) {
        self = section.section(key, help: help) { section in
            let burst = section.integer(
                "burst", default: standard.burst, in: 1 ... Self.largest, help: "Alerts that may come at once.")
            let rate = section.rate(
                "rate", default: ConfigRate(standard.count, per: standard.interval), help: "Alerts that may follow.")
            guard (1 ... Self.largest).contains(rate.count) else {
                section.report(.error, "rate", "\(rate) is out of range", allowed: "1 … \(Self.largest) per s, m or h")
                return standard
            }
            return StormSettings.Bucket(burst: burst, count: rate.count, per: rate.interval)
        }
    }
}
