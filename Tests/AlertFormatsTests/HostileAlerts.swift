// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// Alerts as an attacker, or a broken sender, would write them.
enum HostileAlerts {
    static let texts = [
        "", " ", "\u{0}", "a\nb\r\nc", "\"},{\"x\":\"", "\\", "\\u0000", "\u{1b}[31m", "\u{202e}txt.exe", "\u{2028}",
        "|=[]",
        "😀\u{FEFF}", "null", "<NA>", String(repeating: "é", count: 3_000), "18446744073709551616", "-", "1e400", "NaN",
    ]

    /// Every text in every place, under names that clash, repeat, are empty or are no names.
    static func json() -> DecidedEntry {
        let documents = texts.map { text in
            let quoted = quote(text)
            return """
                {"hostname":\(quoted),"output":\(quoted),"priority":"Warning","rule":\(quoted),"source":\(quoted),\
                "tags":[\(quoted),"mitre_execution","T1059"],"time":"2026-05-28T20:26:40.000484839Z","output_fields":{\
                "a":1,"a.b":2,"a_b":3,"a.b.c":{"d":[1,{"e":null}]},"a~1":4,"":\(quoted),".":\(quoted),"..":"x",\
                \(quote("k" + text)):\(quoted),"list":[\(quoted)],"proc.name":\(quoted),"proc.pid":\(quoted),\
                "proc.cmdline":\(quoted),"proc.exepath":\(quoted),"proc.ppid":9223372036854775807,"proc.vpid":-1,\
                "user.name":\(quoted),"user.uid":18446744073709551615,"fd.name":\(quote("/" + text)),"fd.cip":\(quoted),\
                "fd.sip":"1.2.3.4","fd.sport":65536,"fd.cport":\(quoted),"container.id":\(quoted),"proc.tty":1.5,\
                "container.image.tag":\(quoted),"k8s.pod.name":\(quoted),"evt.time":\(quoted),"thread.tid":99999999999}}
                """
        }
        return Sample.json(documents.map { [UInt8]($0.utf8) })
    }

    /// What only protobuf can bring: bytes that are no text, and one name several times.
    static func protobuf() -> DecidedEntry {
        let bytes: [UInt8] = [0x61, 0xFF, 0xFE, 0xC3, 0x28, 0xED, 0xA0, 0x80, 0xF0, 0x9F, 0x92, 0x00, 0x22, 0x0A]
        let names = [
            "proc.name", "proc.name", "x.y", "x.y", "x_y", "x~3", "container.id", "fd.name", "fd.sip", "proc.pid",
        ]
        return Sample.protobuf([
            Message(output: bytes, fields: names.map { ($0, bytes) }).bytes,
            Message(
                output: [], fields: (0 ..< 600).map { ("same.name", [UInt8]("\($0)".utf8)) }, hostname: "", source: ""
            ).bytes,
            Message(priority: 0, rule: "", output: [UInt8]("x".utf8)).bytes,
        ])
    }

    private static func quote(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": quoted += "\\\(scalar)"
            case "\u{0}" ..< " ":
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
