// SPDX-License-Identifier: Apache-2.0
internal import AlertModel

/// The event sources that rules may be for, and the fields that they have.
public struct RuleSources: Sendable {
    /// Sources of plugins, such as `k8s_audit`. What fields they have is not known: every name is let through there.
    public var plugins: Set<String>
    /// Fields of plugins that add to `syscall`, beside those of the container plugin.
    public var fields: Set<String>

    public init(plugins: Set<String> = [], fields: Set<String> = []) {
        self.plugins = plugins
        self.fields = fields
    }

    public func knows(_ source: String) -> Bool { source == "syscall" || plugins.contains(source) }

    /// Fields that newer Falcos still accept and warn about, with the reason they give.
    static let deprecated: [(field: String, reason: String)] =
        [
            (
                "evt.dir",
                "due to the drop of enter events, 'evt.dir = <' always evaluates to true, and 'evt.dir = >' always "
                    + "evaluates to false. The rule expression can be simplified by removing the condition on 'evt.dir'"
            )
        ]
        + ["evt.latency", "evt.latency.s", "evt.latency.ns", "evt.latency.human", "evt.wait_latency"].map {
            ($0, "'\($0)' field is not available due to the drop of enter events.")
        }

    /// Of the container plugin, beside those that Falco's own list has.
    private static let container: Set<String> = [
        "container.cni.json", "container.duration", "container.healthcheck", "container.host_ipc",
        "container.host_network", "container.host_pid", "container.label", "container.labels",
        "container.liveness_probe", "container.mount", "container.mount.dest", "container.mount.mode",
        "container.mount.propagation", "container.mount.rdwr", "container.mount.source", "container.readiness_probe",
        "k8s.ns.labels", "k8s.pod.cni.json", "k8s.pod.full_sandbox_id", "k8s.pod.label",
        "proc.is_container_healthcheck", "proc.is_container_liveness_probe", "proc.is_container_readiness_probe",
    ]

    /// Is there a field with this name, without its argument?
    func hasField(_ name: String, in source: String) -> Bool {
        if source != "syscall" { return true }
        return FieldName(name).id != 0 || fields.contains(name) || Self.container.contains(name)
            || Self.deprecated.contains { $0.field == name } || hasArgumentName(name)
    }

    /// `evt.arg.flags`, `evt.rawarg.fd`: what stands behind the second dot is an argument of the call.
    private func hasArgumentName(_ name: String) -> Bool {
        for prefix in ["evt.arg.", "evt.rawarg."] where name.hasPrefix(prefix) {
            return name.utf8.count > prefix.utf8.count
        }
        return false
    }

    func meant(by name: String) -> String? { FieldName.meant(by: name) }
}
