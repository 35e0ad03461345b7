// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Testing

@Suite struct FingerprintTests {
    let key = FingerprintKey(HashKey(low: 7, high: 9))

    private func fingerprint(_ fields: String, rule: String = "r", host: String = "h", source: String = "syscall")
        -> Fingerprint
    {
        let line =
            #"{"rule":"\#(rule)","priority":"Notice","hostname":"\#(host)","source":"\#(source)","time":"2026-01-01T00:00:00Z","output":"x","output_fields":{\#(fields)}}"#
        let batch = Samples.batch(.json, [Array(line.utf8)])
        return key.fingerprint(of: batch.alert(at: 0))
    }

    @Test func `SipHash gives the published results for the published key`() {
        // The first two 128-bit vectors of the reference implementation: key 00 01 … 0f, no input and the byte 00.
        let published = HashKey(low: 0x0706_0504_0302_0100, high: 0x0f0e_0d0c_0b0a_0908)
        let empty = KeyedHasher(key: published).finalize()
        #expect(empty.low == 0xe6a8_25ba_047f_81a3 && empty.high == 0x9302_55c7_1472_f66d)
        var hasher = KeyedHasher(key: published)
        hasher.combine(byte: 0)
        let one = hasher.finalize()
        #expect(one.low == 0x44af_996b_d8c1_87da && one.high == 0x45fc_229b_1159_7634)
    }

    @Test func `pids, times and texts take no part`() {
        #expect(
            fingerprint(#""proc.pid":1,"proc.name":"a","evt.num":5"#)
                == fingerprint(#""proc.pid":2,"proc.name":"a","evt.num":9"#))
    }

    @Test func `every form of null is the same null`() {
        let absent = fingerprint(#""proc.name":"a""#)
        for form in ["null", #""""#, #""<NA>""#] {
            #expect(fingerprint(#""proc.name":"a","k8s.ns.name":\#(form),"container.id":\#(form)"#) == absent)
        }
    }

    @Test func `a host container is the host itself, never all hosts`() {
        #expect(
            fingerprint(#""container.id":"host""#, host: "one") != fingerprint(#""container.id":"host""#, host: "two"))
        #expect(
            fingerprint(#""container.id":"abc""#, host: "one") == fingerprint(#""container.id":"abc""#, host: "two"))
    }

    @Test func `the client's ephemeral port takes no part, the server's port does`() {
        func name(_ client: Int, _ server: Int) -> Fingerprint {
            fingerprint(#""fd.l4proto":"tcp","fd.name":"10.0.0.1:\#(client)->10.0.0.2:\#(server)""#)
        }
        #expect(name(40_000, 443) == name(50_000, 443))
        #expect(name(40_000, 443) != name(40_000, 80))
    }

    @Test func `length prefixes keep neighbouring texts apart`() {
        #expect(
            fingerprint(#""k8s.ns.name":"ab","k8s.pod.name":"c""#)
                != fingerprint(#""k8s.ns.name":"a","k8s.pod.name":"bc""#))
    }

    @Test func `plugin sources group by their first texts, in any order of arrival`() {
        let left = fingerprint(#""ct.name":"ConsoleLogin","ct.user":"alice""#, source: "aws_cloudtrail")
        #expect(left == fingerprint(#""ct.user":"alice","ct.name":"ConsoleLogin""#, source: "aws_cloudtrail"))
        #expect(left != fingerprint(#""ct.user":"bob","ct.name":"ConsoleLogin""#, source: "aws_cloudtrail"))
    }

    @Test func `another key gives another hash`() {
        let line = #"{"rule":"r","priority":"Notice","time":"2026-01-01T00:00:00Z","output_fields":{}}"#
        let batch = Samples.batch(.json, [Array(line.utf8)])
        let other = FingerprintKey(HashKey(low: 8, high: 9))
        #expect(key.fingerprint(of: batch.alert(at: 0)) != other.fingerprint(of: batch.alert(at: 0)))
    }
}
