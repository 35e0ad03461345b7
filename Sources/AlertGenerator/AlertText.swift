// SPDX-License-Identifier: Apache-2.0

/// Fills in the fields and the output line of one alert.
enum AlertText {
    /// What distinguishes one alert of a rule from the next: repeats have the same.
    struct Details: Sendable {
        /// Empty for rules that are not about a process.
        var command = ""
        var file = ""
    }

    static func details(_ rule: GeneratedRule, _ random: inout SplitMix) -> Details {
        switch rule.subject {
        case .process(let commands), .connection(let commands):
            return Details(command: random.pick(commands))
        case .file(let names, let program):
            let file = random.pick(names)
            return Details(command: "\(program) \(file)", file: file)
        case .audit, .cloud: return Details()
        }
    }

    static func alert(
        _ rule: GeneratedRule, _ workload: Cluster.Workload, _ time: Int64, _ details: Details, _ random: inout SplitMix
    ) -> GeneratedAlert {
        var fields: [(name: String, value: GeneratedValue)]
        switch rule.subject {
        case .process:
            fields = process(workload, details.command, type: "execve", &random)
            fields.append(("proc.tty", .integer(random.onceIn(2) ? 34816 : 0)))
        case .file:
            fields = process(workload, details.command, type: "openat", &random)
            fields.append(("fd.name", .text(details.file)))
            fields.append(("evt.is_open_write", .bool(!details.command.hasPrefix("cat "))))
        case .connection:
            fields = process(workload, details.command, type: "connect", &random)
            fields += connection(workload, &random)
        case .audit(let verb, let resource):
            fields = audit(workload, verb, resource, &random)
        case .cloud(let event, let service):
            fields = cloud(event, service, &random)
        }
        fields.sort { $0.name < $1.name }
        var text = ""
        text.reserveCapacity(640)
        text += rule.lead
        for (index, field) in fields.enumerated() {
            text += index == 0 ? " (" : " "
            text += field.name
            text += "="
            text += field.value.printed
        }
        text += ")"
        return GeneratedAlert(
            time: time, priority: rule.priority, rule: rule.name, source: rule.source, hostname: workload.host,
            tags: rule.tags,
            text: text, fields: fields)
    }

    private static func process(
        _ workload: Cluster.Workload, _ command: String, type: String, _ random: inout SplitMix
    ) -> [(name: String, value: GeneratedValue)] {
        let inContainer = workload.container != "host"
        let path = command.utf8.prefix { $0 != UInt8(ascii: " ") }
        let name = path.split(separator: UInt8(ascii: "/")).last.flatMap { String($0) } ?? workload.process
        let isAbsolute = path.first == UInt8(ascii: "/")
        return [
            ("container.id", .text(workload.container)),
            ("container.image.repository", inContainer ? .text(workload.image) : .missing),
            ("container.name", .text(workload.containerName)),
            ("evt.type", .text(type)),
            ("k8s.ns.name", inContainer ? .text(workload.namespace) : .missing),
            // Falco often does not know the pod yet when a container is young.
            ("k8s.pod.name", inContainer && !random.onceIn(20) ? .text(workload.pod) : .missing),
            ("proc.cmdline", .text(command)),
            ("proc.exepath", .text(isAbsolute ? String(path) ?? name : "/usr/bin/\(name)")),
            ("proc.name", .text(name)),
            ("proc.pid", .integer(workload.firstPID + Int64(random.below(5_000)))),
            ("proc.pname", .text(workload.process)),
            ("user.name", .text(workload.user)),
            ("user.uid", .integer(workload.userID)),
        ]
    }

    private static func connection(_ workload: Cluster.Workload, _ random: inout SplitMix) -> [(
        name: String, value: GeneratedValue
    )] {
        let client = "10.244.\(random.below(256)).\(1 + random.below(250))"
        let clientPort = 32_768 + random.below(28_000)
        return [
            ("fd.name", .text("\(client):\(clientPort)->\(workload.server):\(workload.serverPort)")),
            ("fd.sip", .text(workload.server)),
            ("fd.sport", .integer(workload.serverPort)),
        ]
    }

    private static func audit(
        _ workload: Cluster.Workload, _ verb: String, _ resource: String, _ random: inout SplitMix
    ) -> [(name: String, value: GeneratedValue)] {
        let namespace = workload.namespace.isEmpty ? "kube-system" : workload.namespace
        return [
            ("ka.auth.decision", .text("allow")),
            ("ka.response.code", .text("200")),
            ("ka.sourceips", .text("10.0.\(random.below(256)).\(1 + random.below(250))")),
            ("ka.target.name", .text(workload.pod.isEmpty ? "kube-root-ca" : workload.pod)),
            ("ka.target.namespace", .text(namespace)),
            ("ka.target.resource", .text(resource)),
            ("ka.uri", .text("/api/v1/namespaces/\(namespace)/\(resource)")),
            (
                "ka.user.name",
                .text(random.pick(["alice@example.org", "system:serviceaccount:ci:deployer", "bob@example.org"]))
            ),
            ("ka.verb", .text(verb)),
        ]
    }

    private static func cloud(_ event: String, _ service: String, _ random: inout SplitMix) -> [(
        name: String, value: GeneratedValue
    )] {
        [
            ("ct.name", .text(event)),
            ("ct.region", .text(random.pick(["eu-central-1", "us-east-1"]))),
            ("ct.src", .text(service)),
            ("ct.srcip", .text("198.51.100.\(1 + random.below(250))")),
            ("ct.user", .text(random.pick(["alice", "bob", "ci-deployer"]))),
            ("ct.user.accountid", .text("123456789012")),
        ]
    }
}
