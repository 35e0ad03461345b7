// SPDX-License-Identifier: Apache-2.0
import AlertModel
import CAlertBatch
import CJSONScan

/// An alert by value, which is sent as Falco's JSON.
struct FalcoAlert {
    enum Value: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral {
        case text(String), integer(Int), bool(Bool), null

        init(stringLiteral text: String) { self = .text(text) }
        init(integerLiteral number: Int) { self = .integer(number) }
        init(booleanLiteral flag: Bool) { self = .bool(flag) }

        var json: String {
            switch self {
            case .text(let text): "\"\(text)\""
            case .integer(let number): String(number)
            case .bool(let flag): String(flag)
            case .null: "null"
            }
        }
    }

    var rule: String
    var priority = "Notice"
    var source = "syscall"
    var hostname = "node-1"
    var tags: [String] = []
    var fields: KeyValuePairs<String, Value> = [:]
    /// Every container and host alert has one.
    var container: String? = "3ad7b26ded6d"

    /// `time`: nanoseconds since the epoch. Texts of the tests hold nothing that JSON escapes.
    func json(at time: Int64) -> [UInt8] {
        var values = fields.map { "\"\($0.key)\":\($0.value.json)" }
        if let container { values.append("\"container.id\":\"\(container)\"") }
        let tags = tags.map { "\"\($0)\"" }.joined(separator: ",")
        let text = """
            {"hostname":"\(hostname)","output":"\(rule)","output_fields":{\(values.joined(separator: ","))},\
            "priority":"\(priority)","rule":"\(rule)","source":"\(source)","tags":[\(tags)],"time":"\(Self.date(time))"}
            """
        return Array(text.utf8)
    }

    /// 2026-01-01 and the 58 days behind it.
    private static func date(_ time: Int64) -> String {
        let nanoseconds = time - Scene.start
        let seconds = nanoseconds / 1_000_000_000
        let day = seconds / 86_400
        func padded(_ number: Int64, _ count: Int = 2) -> String {
            let digits = String(number)
            return String(repeating: "0", count: count - digits.count) + digits
        }
        precondition(nanoseconds >= 0 && day < 59, "the tests' calendar has two months")
        let date = day < 31 ? "2026-01-\(padded(day + 1))" : "2026-02-\(padded(day - 30))"
        let clock = "\(padded(seconds / 3_600 % 24)):\(padded(seconds / 60 % 60)):\(padded(seconds % 60))"
        return "\(date)T\(clock).\(padded(nanoseconds % 1_000_000_000, 9))Z"
    }
}

extension FalcoAlert {
    static func shell(_ container: String = "3ad7b26ded6d") -> FalcoAlert {
        FalcoAlert(
            rule: "Terminal shell in container", tags: ["T1059", "container", "mitre_execution", "shell"],
            fields: ["proc.name": "bash", "proc.exepath": "/bin/bash", "proc.tty": 34816], container: container)
    }

    static func read(_ container: String = "3ad7b26ded6d") -> FalcoAlert {
        FalcoAlert(
            rule: "Read sensitive file untrusted", priority: "Warning",
            tags: ["T1555", "container", "filesystem", "host", "mitre_credential_access"],
            fields: ["fd.name": "/etc/shadow", "proc.name": "cat", "proc.exepath": "/bin/cat"], container: container)
    }

    static func connect(_ container: String = "3ad7b26ded6d") -> FalcoAlert {
        FalcoAlert(
            rule: "Contact K8S API Server From Container",
            tags: ["T1565", "container", "k8s", "mitre_discovery", "network"],
            fields: ["evt.type": "connect", "proc.name": "python3", "proc.exepath": "/usr/bin/python3"],
            container: container)
    }

    static func download(_ container: String = "3ad7b26ded6d") -> FalcoAlert {
        FalcoAlert(
            rule: "Launch Ingress Remote File Copy Tools in Container",
            tags: ["TA0011", "container", "mitre_command_and_control", "network", "process"],
            fields: ["proc.name": "wget", "proc.exepath": "/usr/bin/wget"], container: container)
    }

    static func execute(_ container: String = "3ad7b26ded6d") -> FalcoAlert {
        FalcoAlert(
            rule: "Drop and execute new binary in container", priority: "Critical",
            tags: ["PCI_DSS_11.5.1", "TA0003", "container", "mitre_persistence", "process"],
            fields: ["proc.name": "kinsing", "proc.exepath": "/tmp/kinsing"], container: container)
    }

    static func delete(_ container: String = "3ad7b26ded6d") -> FalcoAlert {
        FalcoAlert(
            rule: "Delete or rename shell history", priority: "Warning",
            tags: ["T1070", "container", "filesystem", "host", "mitre_defense_evasion", "process"],
            fields: ["evt.type": "unlinkat", "proc.name": "bash", "proc.exepath": "/bin/bash"], container: container)
    }

    static let drop = FalcoAlert(
        rule: "Falco internal: syscall event drop", priority: "Debug", source: "internal",
        fields: ["n_drops": "1", "n_evts": "0"], container: nil)
    static let metrics = FalcoAlert(
        rule: "Falco internal: metrics snapshot", priority: "Informational", source: "internal",
        fields: ["evt.source": "syscall", "falco.version": "0.43.1"], container: nil)

    func on(_ hostname: String) -> FalcoAlert {
        var alert = self
        alert.hostname = hostname
        return alert
    }
}

/// One batch of alerts as a source hands it on.
func batch(_ alerts: [(alert: FalcoAlert, time: Int64)], arrival: Int64) -> AlertBatch {
    let builder = AlertBatchBuilder()
    let parser = unsafe cjson_parser_create()
    defer { unsafe cjson_parser_destroy(parser) }
    for (alert, time) in alerts {
        let json = alert.json(at: time)
        _ = unsafe cjson_scan_alert(parser, builder.raw, json, json.count, arrival)
    }
    let batch = builder.seal()
    precondition(batch.count == alerts.count, "an alert of the test could not be read")
    return batch
}
