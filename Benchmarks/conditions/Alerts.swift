// SPDX-License-Identifier: Apache-2.0
import AlertModel
import CAlertBatch
import CJSONScan

/// A batch of alerts of Falco's default rules: shells, sensitive files, outbound connections, package managers, audit.
enum Alerts {
    static let count = 1024

    static func batch() -> AlertBatch {
        let builder = AlertBatchBuilder(byteCapacity: 2 << 20, recordCapacity: count)
        let parser = unsafe cjson_parser_create()
        defer { unsafe cjson_parser_destroy(parser) }
        for number in 0 ..< count {
            let json = json(number)
            _ = unsafe cjson_scan_alert(parser, builder.raw, json, json.count, 1)
        }
        let batch = builder.seal()
        precondition(batch.count == count)
        return batch
    }

    private static let kinds: [(rule: String, priority: String, source: String, fields: [String])] = [
        (
            "Terminal shell in container", "Notice", "syscall",
            [
                "\"proc.name\":\"bash\"", "\"proc.cmdline\":\"bash -c ls -la /srv/app\"",
                "\"proc.exepath\":\"/usr/bin/bash\"",
            ]
        ),
        (
            "Read sensitive file untrusted", "Warning", "syscall",
            ["\"proc.name\":\"cat\"", "\"proc.cmdline\":\"cat /etc/shadow\"", "\"fd.name\":\"/etc/shadow\""]
        ),
        (
            "Contact K8S API Server From Container", "Notice", "syscall",
            [
                "\"proc.name\":\"curl\"", "\"proc.cmdline\":\"curl -k https://10.96.0.1\"", "\"fd.sip\":\"10.96.0.1\"",
                "\"fd.sport\":443", "\"fd.name\":\"10.244.1.7:49152->10.96.0.1:443\"", "\"fd.l4proto\":\"tcp\"",
            ]
        ),
        (
            "Launch Package Management Process in Container", "Error", "syscall",
            [
                "\"proc.name\":\"apt-get\"", "\"proc.cmdline\":\"apt-get install -y nmap\"",
                "\"proc.exepath\":\"/usr/bin/apt-get\"",
            ]
        ),
        (
            "Drop and execute new binary in container", "Critical", "syscall",
            [
                "\"proc.name\":\"kdevtmpfsi\"", "\"proc.cmdline\":\"/tmp/kdevtmpfsi\"",
                "\"proc.exepath\":\"/tmp/kdevtmpfsi\"",
            ]
        ),
        (
            "Attach/Exec Pod", "Notice", "k8s_audit",
            [
                "\"ka.user.name\":\"admin@example\"", "\"ka.verb\":\"create\"", "\"ka.target.resource\":\"pods\"",
                "\"ka.target.namespace\":\"shop\"",
            ]
        ),
    ]

    private static func json(_ number: Int) -> [UInt8] {
        let kind = kinds[number % kinds.count]
        let common = [
            "\"container.id\":\"3ad7b26d\(1000 + number % 97)\"",
            "\"container.image.repository\":\"registry.example/shop/web\"",
            "\"container.name\":\"web-\(number % 40)\"", "\"evt.type\":\"execve\"",
            "\"k8s.ns.name\":\"\(number.isMultiple(of: 3) ? "<NA>" : "shop")\"",
            "\"k8s.pod.name\":\"web-7c9d8b5f6d-x2x\(number % 40)\"",
            "\"proc.pid\":\(4000 + number)", "\"proc.pname\":\"runc\"", "\"user.name\":\"root\"", "\"user.uid\":0",
        ]
        let fields = (common + kind.fields).joined(separator: ",")
        let text =
            "{\"hostname\":\"node-\(number % 8)\",\"output\":\"20:26:40.\(100_000_000 + number): \(kind.rule) (user=root)\","
            + "\"output_fields\":{\"evt.time\":1780000000\(100_000_000 + number),\(fields)},"
            + "\"priority\":\"\(kind.priority)\",\"rule\":\"\(kind.rule)\",\"source\":\"\(kind.source)\","
            + "\"tags\":[\"container\",\"mitre_execution\",\"T1059\"],\"time\":\"2026-05-28T20:26:40.\(100_000_000 + number)Z\"}"
        return [UInt8](text.utf8)
    }
}
