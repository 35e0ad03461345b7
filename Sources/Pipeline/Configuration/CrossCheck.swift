// SPDX-License-Identifier: Apache-2.0
import AlertSinks
import AlertSources
import ConfigTree

/// What no section can see alone: two users of one thing, loops, and what cannot be reached.
struct CrossCheck {
    let configuration: Configuration
    let sources: [ConfigNamed<ConfiguredSource.Settings>]
    let sinks: [ConfigNamed<ConfiguredSink.Settings>]

    func run(_ section: inout ConfigSection) {
        let names = sinks.isEmpty ? ["stdout"] : sinks.map(\.name)
        for problem in twins() + loops() + unreachable() + configuration.route.problems(sinks: names) {
            section.report(problem)
        }
        refuseOpenAssistants(&section)
        refuseSharedSocket(&section)
    }

    /// One path has one socket: a second server would take the first one's clients, or not start.
    private func refuseSharedSocket(_ section: inout ConfigSection) {
        guard let path = configuration.mcp.socket else { return }
        let server = configuration.server
        var uses: [(path: String, name: String)] = []
        if let control = server.control { uses.append((control, "server.control")) }
        for case .unix(let other) in server.listen { uses.append((other, "an address of server.listen")) }
        if case .unix(let other)? = server.serveFalcoGrpc { uses.append((other, "server.serve_falco_grpc")) }
        for sink in sinks {
            guard case .falcoGrpc(let serving) = sink.value, serving.address.description == "unix://\(path)" else {
                continue
            }
            uses.append((path, "the address of sinks.\(sink.name)"))
        }
        guard let use = uses.first(where: { $0.path == path }) else { return }
        section.report(
            ConfigProblem(.error, at: section.place(of: "mcp"), key: "mcp.socket", "is \(use.name), too"))
    }

    /// Questions about alerts are not answered to anybody who asks.
    private func refuseOpenAssistants(_ section: inout ConfigSection) {
        let server = configuration.server
        guard configuration.mcp.http == true, server.isOpen, let open = server.listen.first(where: { !$0.isLocal })
        else { return }
        section.report(
            ConfigProblem(
                .error, at: section.place(of: "mcp"), key: "mcp.http",
                "is true, and \(open) of server.listen can be reached from other machines by anybody",
                allowed: "server.tokens, server.jwt, server.tls with client_ca, or addresses of this machine alone"))
    }

    /// Two users of one thing that only one can have.
    private func twins() -> [ConfigProblem] {
        var seen: [String: String] = [:]
        var problems: [ConfigProblem] = []
        for source in sources {
            let (thing, key, severity, what): (String, String, ConfigProblem.Severity, String) =
                switch source.value {
                case .falcoGrpc(let grpc):
                    (
                        "grpc \(grpc.address)", "address", .warning,
                        "Falco gives each alert to only one of its subscribers"
                    )
                case .falcoHTTP(let http):
                    (
                        http.secret.map { "http \($0)" } ?? "http \(http.path)", http.secret == nil ? "path" : "secret",
                        .error,
                        "two sources cannot be told apart"
                    )
                case .file(let file): ("read \(file.path)", "path", .error, "each of its alerts would come twice")
                case .stdin: ("stdin", "type", .error, "there is one standard input")
                }
            if let first = seen[thing] {
                problems.append(source.problem(severity, key, "is that of \(first), too: \(what)"))
            } else {
                seen[thing] = "sources.\(source.name)"
            }
        }
        for sink in sinks {
            let (thing, key, what) =
                switch sink.value {
                case .file(let file): ("write \(file.path)", "path", "one file has one writer")
                case .stdout: ("stdout", "type", "there is one standard output")
                case .falcoGrpc(let serving): ("serve \(serving.address)", "address", "one address has one server")
                // Many may send to one receiver.
                case .http, .kafka, .syslog: ("send \(sink.name)", "type", "one sink")
                }
            if let first = seen[thing] {
                problems.append(sink.problem(.error, key, "is that of \(first), too: \(what)"))
            } else {
                seen[thing] = "sinks.\(sink.name)"
            }
        }
        return problems
    }

    /// What would feed on its own output.
    private func loops() -> [ConfigProblem] {
        var written = Dictionary(
            sinks.compactMap { sink in
                if case .file(let file) = sink.value { (file.path, "sinks.\(sink.name)") } else { nil }
            }, uniquingKeysWith: { first, _ in first })
        var problems: [ConfigProblem] = []
        if let journal = configuration.journal.path {
            for sink in sinks {
                guard case .file(let file) = sink.value, file.path == journal else { continue }
                problems.append(sink.problem(.error, "path", "is the journal"))
            }
            written[journal] = "journal"
        }
        for source in sources {
            switch source.value {
            case .file(let file):
                guard let writer = written[file.path] else { continue }
                problems.append(
                    source.problem(.error, "path", "is written by \(writer): each alert would come back for ever"))
            case .falcoGrpc(let grpc):
                guard grpc.address == configuration.server.serveFalcoGrpc?.description else { continue }
                problems.append(
                    source.problem(.error, "address", "is server.serve_falco_grpc: each alert would come back for ever")
                )
            case .falcoHTTP, .stdin: break
            }
        }
        return problems
    }

    private func unreachable() -> [ConfigProblem] {
        guard configuration.server.listen.isEmpty else { return [] }
        return sources.compactMap { source in
            guard case .falcoHTTP = source.value else { return nil }
            return source.problem(.error, "type", "needs an address in server.listen, which is empty")
        }
    }
}
