// SPDX-License-Identifier: Apache-2.0

/// Fills in the fields and the output line of one alert.
enum AlertText {
    static func alert(
        _ rule: GeneratedRule, _ workload: Cluster.Workload, _ time: Int64, command: String? = nil, file: String? = nil,
        _ random: inout SplitMix
    ) -> GeneratedAlert {
        var fields: [(name: String, value: GeneratedValue)]
        switch rule.subject {
        case .process(let commands):
            let line = command ?? random.pick(commands)
            fields = process(workload, line, type: "execve", &random)
            fields.append(("proc.tty", .integer(random.onceIn(2) ? 34816 : 0)))
            fields.append(("evt.arg.flags", .text("EXE_WRITABLE|EXE_UPPER_LAYER")))
        case .file(let names, let program):
            let name = file ?? random.pick(names)
            fields = process(workload, command ?? "\(program) \(name)", type: "openat", &random)
            fields.append(("fd.name", .text(name)))
            fields.append(("evt.is_open_write", .bool(program != "cat")))
        case .connection(let line):
            fields = process(workload, command ?? line, type: "connect", &random)
            fields += connection(workload, &random)
        case .audit(let verb, let resource):
            fields = audit(workload, verb, resource, &random)
        case .cloud(let event, let service):
            fields = cloud(event, service, &random)
        }
        fields.sort { $0.name < $1.name }
        let details = fields.map { "\($0.name)=\($0.value.printed)" }.joined(separator: " ")
        return GeneratedAlert(
            time: time, priority: rule.priority, rule: rule.name, source: rule.source, hostname: workload.host, tags: rule.tags,
            text: "\(rule.lead) (\(details))", fields: fields)
    }

    private static func process(
        _ workload: Cluster.Workload, _ command: String, type: String, _ random: inout SplitMix
    ) -> [(name: String, value: GeneratedValue)] {
        let inContainer = workload.container != "host"
        let name = command.split(separator: " ").first.flatMap { $0.split(separator: "/").last }.map(String.init) ?? workload.process
        return [
            ("container.id", .text(workload.container)),
            ("container.image.repository", inContainer ? .text(workload.image) : .missing),
            ("container.name", .text(workload.containerName)),
            ("evt.type", .text(type)),
            ("k8s.ns.name", inContainer ? .text(workload.namespace) : .missing),
            // Falco often does not know the pod yet when a container is young.
            ("k8s.pod.name", inContainer && !random.onceIn(20) ? .text(workload.pod) : .missing),
            ("proc.cmdline", .text(command)),
            ("proc.exepath", .text(inContainer && !random.onceIn(4) ? "/usr/bin/\(name)" : workload.executable)),
            ("proc.name", .text(name)),
            ("proc.pid", .integer(workload.firstPID + Int64(random.below(5_000)))),
            ("proc.pname", .text(workload.parent)),
            ("user.loginuid", .integer(-1)),
            ("user.name", .text(workload.user)),
            ("user.uid", .integer(workload.userID)),
        ]
    }

    private static func connection(_ workload: Cluster.Workload, _ random: inout SplitMix) -> [(name: String, value: GeneratedValue)] {
        let client = "10.244.\(random.below(256)).\(1 + random.below(250))"
        let clientPort = 32_768 + random.below(28_000)
        return [
            ("fd.cip", .text(client)),
            ("fd.cport", .integer(Int64(clientPort))),
            ("fd.l4proto", .text("tcp")),
            ("fd.name", .text("\(client):\(clientPort)->\(workload.server):\(workload.serverPort)")),
            ("fd.sip", .text(workload.server)),
            ("fd.sport", .integer(workload.serverPort)),
        ]
    }

    private static func audit(
        _ workload: Cluster.Workload, _ verb: String, _ resource: String, _ random: inout SplitMix
    ) -> [(name: String, value: GeneratedValue)] {
        [
            ("ka.auth.decision", .text("allow")),
            ("ka.response.code", .text("200")),
            ("ka.sourceips", .text("10.0.\(random.below(256)).\(1 + random.below(250))")),
            ("ka.target.name", .text(workload.pod.isEmpty ? "kube-root-ca" : workload.pod)),
            ("ka.target.namespace", .text(workload.namespace.isEmpty ? "kube-system" : workload.namespace)),
            ("ka.target.resource", .text(resource)),
            ("ka.uri", .text("/api/v1/namespaces/\(workload.namespace)/\(resource)")),
            ("ka.user.name", .text(random.pick(["alice@example.org", "system:serviceaccount:ci:deployer", "bob@example.org"]))),
            ("ka.verb", .text(verb)),
        ]
    }

    private static func cloud(_ event: String, _ service: String, _ random: inout SplitMix) -> [(name: String, value: GeneratedValue)] {
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
