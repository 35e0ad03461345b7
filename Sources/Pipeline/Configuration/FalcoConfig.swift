// SPDX-License-Identifier: Apache-2.0
public import ConfigTree

/// The `falco` section: the Falco that is installed here, for the `falco_*` tools, `creance rules` and the gate.
public struct FalcoConfig: Sendable, Equatable {
    /// Absent: no Falco is run, and the rule tools answer from Creance's own reader.
    public var executable: String?
    /// Rules files and folders of them, in the order in which Falco loads them. Tools may name files of these folders.
    public var rules: [String]
    /// How long one run of Falco may take.
    public var timeLimit: Duration
    /// Bytes that one run may write to standard output.
    public var outputLimitBytes: Int
    /// How long `falco_start_monitoring` may let a Falco run.
    public var monitoringLimit: Duration

    public static let help =
        "The Falco of this machine: rules for `creance rules` and the gate, an executable for the falco_* tools."

    public init(_ section: inout ConfigSection) {
        executable = section.optional(
            "executable", .path, whenAbsent: "none is run; the rule tools answer from Creance's own reader of rules",
            help: "Falco's program, run with an array of arguments, never through a shell.")
        rules = section.list(
            "rules", of: .path, default: [],
            help:
                "Rules files, and folders as Falco lays them out (falco_rules.yaml, falco_rules.local.yaml, rules.d) or "
                + "with .yaml files, in the order of loading. The falco_* tools reach files of these folders by name; "
                + "a configuration of Falco may lie there, too.")
        timeLimit = section.duration(
            "time_limit", default: .seconds(20), in: .seconds(1) ... .seconds(300),
            help: "One run of the executable is ended after this long.")
        outputLimitBytes = section.size(
            "output_limit", default: 8 << 20, in: 64 << 10 ... 256 << 20,
            help: "One run that writes more than this is ended.")
        monitoringLimit = section.duration(
            "monitoring_limit", default: .seconds(900), in: .seconds(10) ... .seconds(86_400),
            help: "The longest that falco_start_monitoring may let the executable run.")
        if rules.count > 64 { section.report(.error, "rules", "\(rules.count) of them", allowed: "up to 64") }
        for (index, path) in rules.enumerated() where rules[..<index].contains(path) {
            section.report(.warning, "rules", "names \(path) twice: its rules would be loaded twice")
        }
    }
}
