// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Enrichment
import Testing

@testable import AlertEngine

struct IndicatorTests {
    private let sha = String(repeating: "ab", count: 32)

    @Test func `lists of values and lists with types say the same`() {
        let plain = "# feed\n198.51.100.7\n192.0.2.0/24\nEvil.Example.\n/tmp/xmrig\n\(sha)\n2001:db8:1::/48\n"
        let typed =
            "type,value,description\nip,198.51.100.7,c2\ncidr,192.0.2.0/24,net\ndomain,evil.example,dns\n"
            + "path,/tmp/xmrig,miner\nsha256,\(sha.uppercased()),hash\nipv6,2001:db8:1::/48,six\n"
        for (text, hasDescription) in [(plain, false), (typed, true)] {
            let (tables, problems) = Fixture.indicators(text)
            #expect(problems == [])
            func hit(_ name: String, _ value: String, _ what: String?, _ description: String) {
                let expected =
                    what.map { what in
                        ["indicator.feed=\(what)"]
                            + (hasDescription ? ["indicator.feed.description=\(description)"] : [])
                    } ?? []
                let got = Fixture.added(tables, [(name, value)]).map { $0.lowercased() }
                #expect(got == expected.map { $0.lowercased() }, "\(name) \(value)")
            }
            let domain = hasDescription ? "evil.example" : "evil.example."
            hit("fd.sip", "198.51.100.7", "198.51.100.7", "c2")
            hit("fd.rip", "192.0.2.200", "192.0.2.0/24", "net")
            hit("fd.cip", "2001:db8:1:2::3", "2001:db8:1::/48", "six")
            hit("fd.sip.name", "EVIL.example", domain, "dns")
            hit("fd.sip.name", "a.b.evil.example.", domain, "dns")
            hit("fd.sip.name", "notevil.example", nil, "")
            hit("fd.sip.name", "example", nil, "")
            hit("proc.exepath", "/tmp/xmrig", "/tmp/xmrig", "miner")
            hit("proc.exepath", "/tmp/xmrig2", nil, "")
            hit("container.image.digest", "sha256:\(sha)", sha, "hash")
            hit("fd.sip", "198.51.100.8", nil, "")
            hit("proc.cmdline", "198.51.100.7", nil, "")
        }
    }

    @Test func `further fields can be named`() {
        let (tables, _) = Fixture.indicators("198.51.100.7\n/tmp/x\n", fields: ["ct.srcip", "proc.aexepath[2]"])
        #expect(Fixture.added(tables, [("ct.srcip", "198.51.100.7")]) == ["indicator.feed=198.51.100.7"])
        #expect(Fixture.added(tables, [("proc.aexepath[2]", "/tmp/x")]) == ["indicator.feed=/tmp/x"])
    }

    @Test func `MISP events give what they mark for detection`() {
        let event = #"""
            {"response": [{"Event": {"info": "Campaign", "Attribute": [
              {"type": "ip-dst", "value": "198.51.100.7", "to_ids": true, "comment": "c2"},
              {"type": "domain|ip", "value": "evil.example|198.51.100.8", "to_ids": true, "comment": ""},
              {"type": "ip-src", "value": "198.51.100.9", "to_ids": false},
              {"type": "email-src", "value": "a@b.example", "to_ids": true}],
             "Object": [{"name": "file", "Attribute": [
              {"type": "filename|md5", "value": "/bin/x|d41d8cd98f00b204e9800998ecf8427e", "to_ids": true},
              {"type": "filename", "value": "setup.exe", "to_ids": true}]}]}}]}
            """#
        let (tables, problems) = Fixture.indicators(event)
        #expect(problems == [])
        #expect(
            Fixture.added(tables, [("fd.sip", "198.51.100.7")])
                == ["indicator.feed=198.51.100.7", "indicator.feed.description=c2"])
        #expect(
            Fixture.added(tables, [("fd.sip", "198.51.100.8")])
                == ["indicator.feed=198.51.100.8", "indicator.feed.description=Campaign"])
        #expect(Fixture.added(tables, [("fd.sip", "198.51.100.9")]) == [])
        #expect(Fixture.added(tables, [("proc.exepath", "/bin/x")]).first == "indicator.feed=/bin/x")
        #expect(Fixture.added(tables, [("container.image.id", "D41D8CD98F00B204E9800998ECF8427E")]).count == 2)
    }

    private func bundle(_ patterns: [String]) -> String {
        let objects = patterns.map { pattern in
            let escaped = pattern.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
            return #"{"type": "indicator", "name": "n", "pattern_type": "stix", "pattern": "\#(escaped)"}"#
        }
        return "{\"type\": \"bundle\", \"objects\": [\n" + objects.joined(separator: ",\n") + "\n]}"
    }

    @Test func `STIX patterns with =, IN, AND and OR hit what they describe`() {
        let (tables, problems) = Fixture.indicators(
            bundle([
                "[ipv4-addr:value = '198.51.100.1']",
                "[ipv4-addr:value IN ('198.51.100.2', '198.51.100.3')]",
                "[ipv4-addr:value = '198.51.100.4' OR domain-name:value = 'evil.example']",
                "[ipv4-addr:value = '198.51.100.5' AND file:path = '/tmp/x']",
                "[(ipv4-addr:value = '198.51.100.6' OR ipv4-addr:value='198.51.100.7') AND (file:path = '/a' OR file:path = '/b')]",
                "[file:path = '/c'] OR [file:path = '/d']",
                "[file:path = '/e'] AND [ipv6-addr:value = '2001:db8::1']",
                "[file:hashes.'SHA-256' = '\(sha)']", "[ipv4-addr:value ISSUBSET '192.0.2.0/24']",
                "[domain-name:value = 'it\\'s.example']".replacing("'s", with: "s").replacing("\\", with: ""),
            ]))
        #expect(problems == [])
        func hits(_ fields: (name: String, value: String?)...) -> Bool { !Fixture.added(tables, fields).isEmpty }
        #expect(hits(("fd.sip", "198.51.100.1")))
        #expect(hits(("fd.sip", "198.51.100.2")) && hits(("fd.sip", "198.51.100.3")))
        #expect(hits(("fd.sip", "198.51.100.4")) && hits(("fd.sip.name", "x.evil.example")))
        #expect(!hits(("fd.sip", "198.51.100.5")) && !hits(("proc.exepath", "/tmp/x")))
        #expect(hits(("fd.sip", "198.51.100.5"), ("proc.exepath", "/tmp/x")))
        for address in ["198.51.100.6", "198.51.100.7"] {
            for path in ["/a", "/b"] { #expect(hits(("proc.exepath", path), ("fd.rip", address))) }
            #expect(!hits(("fd.rip", address), ("proc.exepath", "/c2")))
        }
        #expect(hits(("proc.exepath", "/c")) && hits(("proc.exepath", "/d")))
        #expect(hits(("proc.exepath", "/e"), ("fd.sip", "2001:db8::1")) && !hits(("proc.exepath", "/e")))
        #expect(hits(("container.image.digest", "sha256:" + sha)))
        #expect(hits(("fd.sip", "192.0.2.77")))
        #expect(hits(("fd.sip.name", "its.example")))
    }

    @Test func `a narrower network whose conditions fail does not hide a wider one`() {
        let (tables, _) = Fixture.indicators(
            bundle([
                "[ipv4-addr:value = '192.0.2.1' AND file:path = '/a']", "[ipv4-addr:value = '192.0.2.0/24']",
                "[ipv4-addr:value = '192.0.2.1' AND file:path = '/b']",
            ]))
        let wide = ["indicator.feed=192.0.2.0/24", "indicator.feed.description=n"]
        let narrow = ["indicator.feed=192.0.2.1", "indicator.feed.description=n"]
        #expect(Fixture.added(tables, [("fd.sip", "192.0.2.1")]) == wide)
        #expect(Fixture.added(tables, [("fd.sip", "192.0.2.1"), ("proc.exepath", "/a")]) == narrow)
        #expect(Fixture.added(tables, [("fd.sip", "192.0.2.1"), ("proc.exepath", "/b")]) == narrow)
    }

    @Test(arguments: [
        "[ipv4-addr:value != '192.0.2.1']", "[file:size > 10]", "[ipv4-addr:value LIKE '192.%']",
        "[ipv4-addr:value = '192.0.2.1'] FOLLOWEDBY [file:path = '/a']",
        "[ipv4-addr:value = '192.0.2.1'] WITHIN 5 SECONDS", "[process:name = 'x' AND ipv4-addr:value = '192.0.2.1']",
        "[ipv4-addr:value NOT = '192.0.2.1']", "[windows-registry-key:key MATCHES 'x.*']",
    ])
    func `what alerts cannot be asked for is left out, not guessed`(_ pattern: String) {
        let (tables, problems) = Fixture.indicators(bundle([pattern, "[file:path = '/sound']"]))
        #expect(problems == [])
        #expect(Fixture.added(tables, [("fd.sip", "192.0.2.1")]) == [])
        #expect(Fixture.added(tables, [("proc.exepath", "/sound")]) != [])
    }

    @Test(arguments: [
        "", "ipv4-addr:value = '192.0.2.1'", "[ipv4-addr:value = '192.0.2.1'", "[ipv4-addr:value = 192.0.2.1.5",
        "[ipv4-addr:value = 'no address']", "[ipv4-addr:value '192.0.2.1']", "[= '192.0.2.1']",
        "[ipv4-addr:value = '192.0.2.1]", "[ipv4-addr:value IN '192.0.2.1']", "[[file:path = '/a']]",
        "[file:path = '/a' AND]", "[file:path = '/a'] x", "[file:hashes.MD5 = 'zz']", "()", "[]",
        String(repeating: "(", count: 10_000), String(repeating: "[", count: 10_000),
    ])
    func `a bad pattern is a problem with file and line`(_ pattern: String) {
        let (tables, problems) = Fixture.indicators(bundle(["[file:path = '/sound']", pattern]))
        #expect(tables == nil)
        #expect(problems.count == 1 && problems[0].hasPrefix("feed:3: pattern, at byte "), "\(problems)")
    }

    @Test func `a pattern that multiplies out is refused, not computed`() {
        let side = "(" + (0 ..< 20).map { "file:path = '/\($0)'" }.joined(separator: " OR ") + ")"
        let pattern = "[" + Array(repeating: side, count: 8).joined(separator: " AND ") + "]"
        let (_, problems) = Fixture.indicators(bundle([pattern]))
        #expect(problems.count == 1 && problems[0].contains("more than 256 alternatives"))
    }

    @Test(arguments: [
        ("ip,no address\n", "feed:1: \"no address\" is no ip"),
        ("type,value\n\nemail,a@b\n", "feed:3: \"email\" is no type of indicator (ip, cidr, domain, hash, path)"),
        ("198.51.100.7\nnonsense\n", "feed:2: \"nonsense\" is no address, domain, hash or path"),
        ("md5,xyz\n", "feed:1: \"xyz\" is no md5"),
        ("{\"a\": 1}", "feed:1: neither a STIX bundle (\"type\": \"bundle\") nor MISP (\"Attribute\")"),
        ("{\"Attribute\": [\n{\"type\": \"ip-dst\"}]}", "feed:2: an attribute without type or value"),
        ("{\"Attribute\": [{\"type\": \"ip-dst\", \"value\": \"x\"}]}", "feed:1: \"x\" is no ip-dst"),
        ("{\"type\": \"bundle\", \"objects\": [{\"type\": \"indicator\"}]}", "feed:1: an indicator without a pattern"),
    ])
    func `a mistake is named with file and line`(_ content: String, _ problem: String) {
        let result = Fixture.indicators(content)
        #expect(result.problems == [problem] && result.tables == nil)
    }
}
