// SPDX-License-Identifier: Apache-2.0
import AlertFormats
import AlertModel
import Foundation
import Testing

@Suite struct FalcoFormatTests {
    private let format = FalcoFormat()

    @Test func `a protobuf alert is written as Falco's JSON would say it`() {
        let message = Message(
            rule: "Terminal \"shell\"", output: [UInt8]("20:26:40: a\nb\\c\t\u{1}\u{7F}é".utf8),
            fields: [
                ("proc.pid", [UInt8]("4711".utf8)), ("user.name", [UInt8]("<NA>".utf8)),
                ("fd.lport", [UInt8]("<NA>".utf8)),
                ("fd.sip", [UInt8]("<NA>".utf8)), ("fd.rnet", [UInt8]("<NA>".utf8)), ("fd.name", [UInt8]("<NA>".utf8)),
                ("proc.cwd", []), ("evt.is_open_write", [UInt8]("true".utf8)), ("k8s.ns.name", [UInt8]("<NA>".utf8)),
                ("user.uid", [UInt8]("18446744073709551615".utf8)), ("Custom", [UInt8]("007".utf8)),
                ("proc.aname[2]", [UInt8]("sshd".utf8)), ("proc.aname", [UInt8]("bash".utf8)),
            ], tags: ["T1059", "shell"])
        #expect(
            format.text(Sample.protobuf([message.bytes]))
                == #"{"hostname":"node-1","output":"20:26:40: a\nb\\c\t\u0001\#u{7F}é","output_fields":{"Custom":"007","#
                + #""evt.is_open_write":true,"evt.time":1795295740762636430,"fd.lport":null,"fd.name":"<NA>","fd.rnet":null,"#
                + #""fd.sip":null,"k8s.ns.name":"<NA>","proc.aname":"bash","proc.aname[2]":"sshd","proc.cwd":"","proc.pid":4711,"#
                + #""user.name":"<NA>","user.uid":18446744073709551615},"priority":"Notice","rule":"Terminal \"shell\"","#
                + #""source":"syscall","tags":["T1059","shell"],"time":"2026-11-21T21:15:40.762636430Z"}"#)
    }

    @Test func `without tags and host there is an empty array and an empty string, as from Falco`() {
        let text = format.text(Sample.protobuf([Message(hostname: "").bytes]))
        #expect(text.hasPrefix(#"{"hostname":"","output":"text","output_fields":{"#))
        #expect(text.contains(#""source":"syscall","tags":[],"time":"#))
    }

    @Test func `invalid UTF-8 becomes the replacement character`() throws {
        let bytes: [UInt8] = [0x61, 0xFF, 0x77, 0xFE, 0xC3, 0x28, 0xE2, 0x28, 0xA1, 0xED, 0xA0, 0x80, 0xF0, 0x9F, 0x92]
        let line = format.lines(Sample.protobuf([Message(output: bytes).bytes]))[0]
        let text = try #require(String(validating: line, as: UTF8.self))
        #expect(text.contains(#""output":"\#(String(decoding: bytes, as: UTF8.self))","output_fields""#))
        #expect(text.contains("a\u{FFFD}w\u{FFFD}\u{FFFD}(\u{FFFD}(\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\""))
    }

    @Test func `a JSON alert over several lines leaves on one, its strings untouched`() {
        let document = """
            {
              "priority" : "Notice", \t"rule":"a \\" { b",\r
              "time":"2026-05-28T20:26:40Z", "output_fields": { "a": [ 1, 2.50 , null ], "b": " x  y " } }
            """
        #expect(
            format.text(Sample.json(document))
                == #"{"priority":"Notice","rule":"a \" { b","time":"2026-05-28T20:26:40Z","output_fields":{"a":[1,2.50,null],"b":" x  y "}}"#
        )
    }

    @Test func `a wrapped document leaves verbatim`() {
        let document = #"{"priority": "Notice","rule":"Rule","time":"2026-05-28T20:26:40Z","own":1e400}"#
        #expect(format.text(Sample.protobuf([Message(output: [UInt8](document.utf8)).bytes])) == document)
    }

    @Test(arguments: [
        (Gap.Reason.reconnected, "Notice"), (.restarted, "Notice"), (.drainLimit, "Warning"),
        (.receiveLimit, "Warning"),
        (.rotatedAway, "Warning"), (.journalDamaged, "Warning"),
    ])
    func `a gap is an alert of source creance`(reason: Gap.Reason, priority: String) {
        #expect(
            format.text(Sample.gap(reason, source: "no\"de"))
                == #"{"hostname":"","output":"2026-11-21T21:15:43.300000000Z: \#(priority) Alerts of source no\"de may be missing "#
                + #"(from=2026-11-21T21:15:40.800000000Z to=2026-11-21T21:15:43.300000000Z reason=\#(reason.rawValue))","#
                + #""output_fields":{"creance.gap.from":"2026-11-21T21:15:40.800000000Z","creance.gap.reason":"\#(reason.rawValue)","#
                + #""creance.gap.source":"no\"de","creance.gap.to":"2026-11-21T21:15:43.300000000Z","#
                + #""creance.id":"4f1c9a2e07b3d651-9be0c4d2a1f08e37-7","creance.kind":"gap","evt.time":1795295743300000000},"#
                + #""priority":"\#(priority)","rule":"Creance gap","source":"creance","tags":[],"time":"2026-11-21T21:15:43.300000000Z"}"#
        )
    }

    @Test func `thousands of fields in any order come out sorted`() throws {
        let keys = (0 ..< 4000).map { "key.\($0 * 7919 % 4000).\(String(repeating: "x", count: $0 % 5))" }
        let message = Message(fields: keys.map { ($0, [UInt8]("v".utf8)) }, source: "internal")
        let line = format.text(Sample.protobuf([message.bytes]))
        let expected = keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.map { "\"\($0)\":\"v\"" }
        #expect(line.contains("{" + expected.joined(separator: ",") + "}"))
    }
}
