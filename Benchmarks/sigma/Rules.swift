// SPDX-License-Identifier: Apache-2.0

/// A hundred detection rules of the kinds people have: Sigma's Linux rules, rules over Falco's rules, over audit logs.
enum Rules {
    static var text: String { all.enumerated().map { document($0, $1) }.joined(separator: "---\n") }

    private static func document(_ index: Int, _ rule: (logsource: String, detection: String)) -> String {
        "title: Rule \(index)\nname: rule_\(index)\nlogsource: {\(rule.logsource)}\ndetection:\n\(rule.detection)"
    }

    private static let process = "category: process_creation, product: linux"
    private static let file = "category: file_event, product: linux"
    private static let network = "category: network_connection, product: linux"
    private static let syscall = "product: falco, service: syscall"
    private static let audit = "product: falco, service: k8s_audit"

    private static var all: [(logsource: String, detection: String)] {
        tools + flags + files + connections + chains + audits + mixed
    }

    /// 30: a program and what its command line holds.
    private static var tools: [(String, String)] {
        [
            ("curl", "-o /tmp"), ("wget", "-O /tmp"), ("nc", " -e "), ("ncat", "--exec"), ("socat", "EXEC:"),
            ("python3", "import pty"), ("perl", "socket"), ("ruby", "TCPSocket"), ("php", "fsockopen"),
            ("base64", " -d"), ("xxd", " -r"), ("crontab", " -e"), ("at", "now +"), ("chmod", "+s"),
            ("chattr", "+i"), ("iptables", "-F"), ("ufw", "disable"), ("systemctl", "stop"), ("service", "stop"),
            ("useradd", "-o -u 0"), ("usermod", "-aG sudo"), ("passwd", "root"), ("ssh-keygen", "-f"),
            ("tcpdump", "-w"), ("nmap", "-sS"), ("masscan", "--rate"), ("gdb", "-p "), ("insmod", ".ko"),
            ("mount", "/dev/sd"), ("nsenter", "--target 1"),
        ].map { tool, text in
            (
                process,
                """
                  image:
                    Image|endswith: '/\(tool)'
                  line:
                    CommandLine|contains: '\(text)'
                  filter:
                    ParentImage|endswith: ['/dpkg', '/rpm']
                  condition: image and line and not filter

                """
            )
        }
    }

    /// 20: words of a command line alone, in lists.
    private static var flags: [(String, String)] {
        [
            ["kinsing", "xmrig", "minerd"], ["stratum+tcp", "stratum+ssl"], ["/dev/tcp/", "/dev/udp/"],
            ["authorized_keys", ".ssh/id_"], ["ld.so.preload", "LD_PRELOAD="], ["history -c", "HISTFILE=/dev/null"],
            ["/etc/shadow", "/etc/gshadow"], ["docker.sock", "containerd.sock"], ["cap_sys_admin", "capsh"],
            ["169.254.169.254", "metadata.google"], ["release_agent", "notify_on_release"],
            ["core_pattern", "binfmt_misc"],
            ["rm -rf /var/log", "truncate -s 0"], ["whoami", "uname -a"], ["find / -perm", "-perm -4000"],
            ["getent passwd", "cat /etc/passwd"], ["BEGIN RSA PRIVATE", "id_rsa"], ["AWS_SECRET", "AWS_ACCESS"],
            ["kubectl exec", "kubectl cp"], ["crictl exec", "ctr task"],
        ].map { words in
            let list = words.map { "'\($0)'" }.joined(separator: ", ")
            return (process, "  selection:\n    CommandLine|contains: [\(list)]\n  condition: selection\n")
        }
    }

    /// 15: files.
    private static var files: [(String, String)] {
        [
            "/etc/cron", "/etc/systemd/system", "/etc/sudoers", "/root/.ssh", "/var/spool/cron", "/usr/lib/systemd",
            "/etc/pam.d", "/etc/profile", "/etc/ld.so", "/boot/", "/lib/modules", "/etc/init.d", "/var/www/",
            "/dev/shm/", "/tmp/.",
        ].map { path in
            (
                file,
                """
                  selection:
                    TargetFilename|startswith: '\(path)'
                  filter:
                    Image|endswith: ['/apt', '/dpkg', '/yum', '/dnf']
                  condition: selection and not filter

                """
            )
        }
    }

    /// 10: connections.
    private static var connections: [(String, String)] {
        [4444, 1337, 3333, 5555, 6667, 9001, 9050, 14444, 45560, 31337].map { port in
            (
                network,
                """
                  selection:
                    DestinationPort: \(port)
                  local:
                    DestinationIp|cidr: ['10.0.0.0/8', '192.168.0.0/16', '127.0.0.0/8']
                  condition: selection and not local

                """
            )
        }
    }

    /// 12: one of Falco's rules, narrowed.
    private static var chains: [(String, String)] {
        [
            "Terminal shell in container", "Read sensitive file untrusted", "Write below etc",
            "Contact K8S API Server From Container", "Unexpected outbound connection", "Non sudo setuid",
            "Run shell untrusted", "Clear Log Activities", "System user interactive", "PTRACE attached to process",
            "Packet socket created in container", "Search Private Keys or Passwords",
        ].map { rule in
            (
                syscall,
                """
                  selection:
                    rule: '\(rule)'
                    priority|gte: notice
                  workload:
                    k8s.ns.name: [shop, payments, 'prod-*']
                  root:
                    user.name: root
                  condition: selection and (workload or root)

                """
            )
        }
    }

    /// 8: the Kubernetes audit log.
    private static var audits: [(String, String)] {
        [
            ("create", "clusterrolebindings"), ("create", "pods"), ("delete", "events"), ("get", "secrets"),
            ("list", "secrets"), ("patch", "daemonsets"), ("create", "serviceaccounts"), ("update", "configmaps"),
        ].map { verb, resource in
            (
                audit,
                """
                  selection:
                    ka.verb: \(verb)
                    ka.target.resource: \(resource)
                  system:
                    ka.user.name|startswith: 'system:'
                  condition: selection and not system

                """
            )
        }
    }

    /// 5: what is harder to look for.
    private static var mixed: [(String, String)] {
        [
            (
                syscall,
                "  sel:\n    proc.cmdline|re: '(curl|wget).{1,80}\\|\\s*(ba)?sh'\n    proc.name: [bash, sh]\n  condition: sel\n"
            ),
            (syscall, "  sel:\n    proc.cmdline: '*/tmp/*.sh*'\n  condition: sel\n"),
            (
                syscall,
                "  sel:\n    tags|contains: mitre_persistence\n    user.name: root\n    container.id|neq: host\n  condition: sel\n"
            ),
            (
                syscall,
                "  sel:\n    proc.cmdline|contains|all: [curl, '-s', http]\n    proc.pname|startswith: run\n  condition: sel\n"
            ),
            (
                syscall,
                "  sel:\n    proc.cmdline|base64offset|contains: 'http://'\n  one: {proc.tty|gt: 0}\n  condition: all of them\n"
            ),
        ]
    }
}
