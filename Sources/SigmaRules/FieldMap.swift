// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// Which alerts a rule looks at, and what its field names mean there.
struct LogSource: Hashable, Sendable {
    /// The alert's `source`; nil for any.
    var service: String?
    /// One of Sigma's categories for Linux, whose field names are translated.
    var category: Category?

    enum Category: String, CaseIterable, Sendable {
        case processCreation = "process_creation"
        case fileEvent = "file_event"
        case networkConnection = "network_connection"
    }

    /// What an alert must be before a rule of this log source is looked at.
    ///
    /// A process's name and command line are in alerts of any kind, and often an alert is the only sight of a process,
    /// so `process_creation` takes every `syscall` alert. The other two need an alert of their own kind: its
    /// `evt.type`, where it has one, decides.
    var condition: Expression {
        func equals(_ subject: Subject, _ texts: [String]) -> Expression {
            .test(
                subject,
                .literals(
                    texts.map {
                        Literal(bytes: Array($0.lowercased().utf8), anchor: .whole, letterCase: .ignored)
                    }))
        }
        var terms: [Expression] = []
        if let service { terms.append(equals(.source, [service])) }
        let eventType = Subject("evt.type")
        switch category {
        case .fileEvent: terms.append(.any([equals(eventType, Self.fileCalls), .test(eventType, .null)]))
        case .networkConnection: terms.append(.any([equals(eventType, Self.networkCalls), .test(eventType, .null)]))
        case .processCreation, nil: break
        }
        return .all(terms)
    }

    private static let fileCalls = [
        "open", "openat", "openat2", "open_by_handle_at", "creat", "rename", "renameat", "renameat2", "link", "linkat",
        "symlink", "symlinkat", "mkdir", "mkdirat", "mknod", "mknodat", "write", "pwrite", "writev", "truncate",
        "ftruncate", "chmod", "fchmod", "fchmodat", "chown", "fchown", "lchown", "fchownat",
    ]
    private static let networkCalls = [
        "connect", "accept", "accept4", "bind", "listen", "sendto", "sendmsg", "sendmmsg", "recvfrom", "recvmsg",
        "recvmmsg", "socket", "dup", "dup2", "dup3",
    ]
}

/// Sigma's names of fields as Falco's (semantics.md, 3; Sigma 2.1, taxonomy appendix, Linux).
enum FieldMap {
    /// What a name of a rule stands for: one field, or several of which one must match.
    static func subjects(_ name: String, in source: LogSource) -> [Subject]? {
        guard let category = source.category else { return [Subject(name)] }
        if let fields = (names[category] ?? [:])[name] ?? common[name] { return fields.map { Subject($0) } }
        // A field of Falco's own is itself.
        let subject = Subject(name)
        if case .field(let field) = subject, field.id == 0, !name.contains(".") { return nil }
        return [subject]
    }

    /// The names that have a meaning in a category, for suggestions.
    static func known(in source: LogSource) -> [String] {
        guard let category = source.category else { return [] }
        return (Array(common.keys) + Array((names[category] ?? [:]).keys)).sorted()
    }

    /// What a name of Sigma's means in any of the categories.
    static func fields(ofSigma name: String) -> [String]? {
        common[name] ?? LogSource.Category.allCases.lazy.compactMap { names[$0]?[name] }.first
    }

    private static let common: [String: [String]] = [
        "CommandLine": ["proc.cmdline"], "Image": ["proc.exepath"], "ParentImage": ["proc.pexepath"],
        "ParentCommandLine": ["proc.pcmdline"], "User": ["user.name"], "CurrentDirectory": ["proc.cwd"],
        "ProcessId": ["proc.pid"], "ParentProcessId": ["proc.ppid"], "LogonId": ["proc.sid"],
        "Computer": ["hostname"], "ComputerName": ["hostname"], "Hostname": ["hostname"],
    ]

    private static let names: [LogSource.Category: [String: [String]]] = [
        .processCreation: [:],
        .fileEvent: ["TargetFilename": ["fd.name"]],
        .networkConnection: [
            "DestinationIp": ["fd.sip", "fd.rip"], "DestinationPort": ["fd.sport"],
            "DestinationHostname": ["fd.sip.name", "fd.rip.name"], "SourceIp": ["fd.cip", "fd.lip"],
            "SourcePort": ["fd.cport"], "Protocol": ["fd.l4proto"],
        ],
    ]
}
