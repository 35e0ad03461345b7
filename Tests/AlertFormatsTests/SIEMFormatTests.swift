// SPDX-License-Identifier: Apache-2.0
import AlertFormats
import AlertModel
import Testing

/// CEF, LEEF and RFC 5424. Tests/EndToEnd/test_hostile.py has the corpus, and real readers.
@Suite struct SIEMFormatTests {
    static let shell = Sample.json(
        #"{"hostname":"node-1","output":"20:26:40.000484839: Warning A shell (user=root)","output_fields":{"#
            + #""container.id":"3ad7b26ded6d","container.image.repository":"shop/web","container.image.tag":"1","#
            + #""evt.type":"execve","fd.cip":"10.0.0.1","fd.cport":40000,"fd.l4proto":"tcp","fd.lip":"10.9.9.9","#
            + #""fd.name":"/etc/shadow","fd.sip":"2001:db8::1","fd.sport":443,"k8s.ns.name":null,"k8s.pod.name":"web-1","#
            + #""proc.cmdline":"sh -c a=b|c\\d","proc.name":"sh","proc.pid":4711,"proc.pname":"runc","proc.ppid":1,"#
            + #""user.name":"root","user.uid":0},"priority":"Warning","rule":"Shell | in \\ container","source":"syscall","#
            + #""tags":["mitre_execution","container","T1059"],"time":"2026-05-28T20:26:40.000484839Z"}"#)

    @Test func `an alert in CEF has keys of the dictionary, and header and values escaped each by its rule`() {
        #expect(
            CEFFormat().text(Self.shell)
                == #"CEF:0|Creance|Creance|1|Shell \| in \\ container|Shell \| in \\ container|5|rt=1780000000000"#
                + " externalId=4f1c9a2e07b3d651-9be0c4d2a1f08e37-1024 type=0 cat=syscall dvchost=node-1 dhost=node-1"
                + " suser=root suid=0 sproc=runc spid=1 dproc=sh dpid=4711 fname=shadow filePath=/etc/shadow"
                + " src=10.0.0.1 spt=40000 c6a3Label=Destination IPv6 Address c6a3=2001:db8::1 dpt=443 proto=tcp"
                + " cs1Label=container.id cs1=3ad7b26ded6d cs2Label=container.image cs2=shop/web"
                + " flexString2Label=container.image.tag flexString2=1 cs4Label=k8s.pod.name cs4=web-1"
                + #" cs6Label=proc.cmdline cs6=sh -c a\=b|c\\d cs5Label=attack cs5=mitre_execution,T1059"#
                + #" msg=A shell (user\=root)"#)
    }

    @Test func `an alert in LEEF has keys of LEEF's, then the other fields under their own names`() {
        let fields = LEEFFormat().text(Self.shell).split(separator: "\t").map(String.init)
        #expect(
            fields == [
                #"LEEF:2.0|Creance|Creance|1|Shell \u{7c} in \ container|0x09|devTime=2026-05-28T20:26:40.000Z"#,
                "devTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSX", "sev=5", "cat=syscall",
                "recordId=4f1c9a2e07b3d651-9be0c4d2a1f08e37-1024", "identHostName=node-1", "resource=node-1",
                "usrName=root", "src=10.0.0.1", "srcPort=40000", "dst=2001:db8::1", "dstPort=443", "proto=tcp",
                "containerId=3ad7b26ded6d", "containerImageRepository=shop/web", "containerImageTag=1",
                "evtType=execve", "fdLip=10.9.9.9", "fdName=/etc/shadow", "k8sPodName=web-1",
                #"procCmdline=sh -c a=b|c\d"#, "procName=sh", "procPid=4711", "procPname=runc", "procPpid=1",
                "userUid=0", "tags=mitre_execution,container,T1059", "msg=A shell (user=root)",
            ])
    }

    @Test func `text where a number or an address belongs is left out`() {
        let forged = Sample.json(
            #"{"rule":"r","priority":"Notice","output_fields":{"proc.pid":"1 suser=x","fd.sport":70000,"fd.cport":-1,"#
                + #""fd.cip":"10.0.0.1 dst=1.1.1.1","fd.sip":"evil.example","fd.name":"1.2.3.4:5->6.7.8.9:10"}}"#)
        let line = CEFFormat().text(forged)
        for key in ["dpid=", "spt=", "dpt=", "src=", "dst=", "fname=", "filePath=", "suser="] {
            #expect(!line.contains(" \(key)"), "\(line)")
        }
    }

    @Test func `a long value is cut between characters within the dictionary's length`() {
        let long = String(repeating: "日", count: 500) + String(repeating: "=", count: 500)
        let line = CEFFormat().text(
            Sample.protobuf([Message(fields: [("user.name", [UInt8](long.utf8))]).bytes]))
        #expect(line.contains(" suser=" + String(repeating: "日", count: 340) + "… msg="))
        let equals = CEFFormat().text(
            Sample.protobuf([Message(fields: [("user.name", [UInt8](repeating: 0x3D, count: 1023))]).bytes]))
        #expect(equals.contains(" suser=" + String(repeating: "\\=", count: 1023) + " msg"))
    }

    @Test(
        arguments: zip(
            Priority.allCases,
            [
                ("10", "10"), ("9", "9"), ("8", "8"), ("7", "7"), ("5", "5"), ("3", "3"), ("1", "2"), ("0", "1"),
            ]))
    func `priorities have severities`(priority: Priority, severity: (cef: String, leef: String)) {
        let entry = Sample.protobuf([Message(priority: priority.rawValue).bytes])
        #expect(CEFFormat().text(entry).contains("|Rule|Rule|\(severity.cef)|rt="))
        #expect(LEEFFormat().text(entry).contains("\tsev=\(severity.leef)\t"))
        #expect(SyslogFormat(CEFFormat()).text(entry).hasPrefix("<\(16 * 8 + Int(priority.rawValue))>1 "))
    }

    @Test func `records of the engine are correlation and aggregated events`() {
        let lines = CEFFormat().lines(
            SampleRecords.entry(
                .incident(SampleRecords.incident()), .summary(SampleRecords.summary()), .storm(SampleRecords.storm()))
        ).map { String(decoding: $0, as: UTF8.self) }
        #expect(lines[0].hasPrefix("CEF:0|Creance|Creance|1|5638|Chain|7|rt=1795295800500 start=1795295740000 end="))
        #expect(lines[0].contains(" type=2 cat=creance.incident cs1Label=container.id cs1=3ad7b26ded6d "))
        #expect(lines[0].contains(" cs5Label=attack cs5=execution "))
        #expect(lines[0].contains(" flexString2=00000000000000030000000000000004 outcome=open msg=Chain (state\\=open"))
        #expect(lines[1].contains("|creance.summary|Creance summary|8|"))
        #expect(lines[1].contains(" type=1 cat=creance.summary cnt=1000 cs1Label=container.id cs1=3ad7b26ded6d "))
        #expect(lines[1].contains(" suid=-1 "))
        #expect(lines[1].hasSuffix(" cn2Label=suppressed cn2=992 cn3Label=variants cn3=8"))
        #expect(lines[2].contains(" cat=creance.storm cnt=12000 "))
        #expect(CEFFormat().text(Sample.gap(.reconnected)).contains("|creance.gap|Creance gap|"))
    }

    @Test(arguments: [FormatKind.cef, .leef, .text])
    func `no record of a hostile world has a character that shows nothing`(_ kind: FormatKind) {
        let hostile = SampleRecords.hostile + "|=]\t\u{2028}"
        let entries = [
            SampleRecords.entry(
                .incident(SampleRecords.incident(title: hostile)), .summary(SampleRecords.summary(rule: hostile)),
                .storm(SampleRecords.storm(key: hostile))), Sample.gap(.restarted, source: hostile),
        ]
        for entry in entries {
            let lines = kind.format().lines(entry)
            #expect(lines.count == entry.outputCount)
            for line in lines {
                let text = String(decoding: line, as: UTF8.self)
                let hidden = text.unicodeScalars.filter {
                    $0.value < 0x20 && $0 != "\t" || $0.value == 0x202E || $0.value == 0x2028
                }
                #expect(hidden.isEmpty)
                #expect(kind == .leef || !text.contains("\t"))
            }
        }
    }

    @Test func `RFC 5424 stands around any format`() {
        let plain = SyslogFormat(TextFormat(colours: false))
        #expect(
            plain.text(Self.shell)
                == "<132>1 2026-05-28T20:26:40.000484Z node-1 creance - alert - "
                + TextFormat(colours: false).text(Self.shell))
        var header = SyslogHeader(facility: .authpriv, appName: "falco", writesByteOrderMark: true)
        header.structuredDataID = "creance@32473"
        let message = Message(
            rule: "a\"b\\c]d", fields: [("user.name", [UInt8]("x\ny".utf8))], hostname: "n 1\u{e9}\n")
        let line = SyslogFormat(FalcoFormat(), header: header).text(Sample.protobuf([message.bytes]))
        #expect(line.hasPrefix("<85>1 2026-11-21T21:15:40.762636Z n?1??? falco - alert [creance@32473 id=\""))
        let element = #" priority="Notice" rule="a\"b\\c\]d" source="syscall" userName="x\\ny"] "#
        #expect(line.contains(element + "\u{FEFF}{"))
        #expect(SyslogFormat(FalcoFormat()).text(Sample.gap(.reconnected)).contains(" - creance - gap - {"))
    }
}
