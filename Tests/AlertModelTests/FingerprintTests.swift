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

    /// SipHash with a 128-bit result as its paper writes it: a slow second opinion.
    private static func sipHash(_ bytes: [UInt8], _ key: HashKey, rounds: Int, lastRounds: Int) -> Fingerprint {
        var v: [UInt64] = [
            key.low ^ 0x736f_6d65_7073_6575, key.high ^ 0x646f_7261_6e64_6f6d ^ 0xee, key.low ^ 0x6c79_6765_6e65_7261,
            key.high ^ 0x7465_6462_7974_6573,
        ]
        func turn(_ word: UInt64, _ count: UInt64) -> UInt64 { word << count | word >> (64 - count) }
        func round(_ count: Int) {
            for _ in 0 ..< count {
                for (one, other, by) in [(0, 1, UInt64(13)), (2, 3, 16)] {
                    v[one] = v[one] &+ v[other]
                    v[other] = turn(v[other], by) ^ v[one]
                }
                v[0] = turn(v[0], 32)
                for (one, other, by) in [(2, 1, UInt64(17)), (0, 3, 21)] {
                    v[one] = v[one] &+ v[other]
                    v[other] = turn(v[other], by) ^ v[one]
                }
                v[2] = turn(v[2], 32)
            }
        }
        var padded = bytes
        while padded.count % 8 != 7 { padded.append(0) }
        padded.append(UInt8(truncatingIfNeeded: bytes.count))
        for start in stride(from: 0, to: padded.count, by: 8) {
            let word = (0 ..< 8).reduce(UInt64(0)) { $0 | UInt64(padded[start + $1]) << UInt64(8 * $1) }
            v[3] ^= word
            round(rounds)
            v[0] ^= word
        }
        v[2] ^= 0xee
        round(lastRounds)
        let low = v[0] ^ v[1] ^ v[2] ^ v[3]
        v[1] ^= 0xdd
        round(lastRounds)
        return Fingerprint(low: low, high: v[0] ^ v[1] ^ v[2] ^ v[3])
    }

    private static let published = HashKey(low: 0x0706_0504_0302_0100, high: 0x0f0e_0d0c_0b0a_0908)

    @Test func `the hash of words is SipHash with one round a word and three at the end`() {
        // The first two 128-bit vectors of the reference implementation, which has two and four rounds: key 00 01 … 0f,
        // no input and the byte 00.
        let empty = Self.sipHash([], Self.published, rounds: 2, lastRounds: 4)
        #expect(empty == Fingerprint(low: 0xe6a8_25ba_047f_81a3, high: 0x9302_55c7_1472_f66d))
        let zero = Self.sipHash([0], Self.published, rounds: 2, lastRounds: 4)
        #expect(zero == Fingerprint(low: 0x44af_996b_d8c1_87da, high: 0x45fc_229b_1159_7634))
        for count in 0 ..< 40 {
            let words = (0 ..< count).map { UInt64($0) &* 0x9e37_79b9_7f4a_7c15 }
            var hasher = KeyedHasher(key: Self.published)
            for word in words { hasher.combine(word) }
            let bytes = words.flatMap { word in (0 ..< 8).map { UInt8(truncatingIfNeeded: word >> UInt64(8 * $0)) } }
            #expect(hasher.finalize() == Self.sipHash(bytes, Self.published, rounds: 1, lastRounds: 3))
        }
    }

    private static func hash(_ text: [UInt8], _ key: HashKey = published) -> Fingerprint {
        var hasher = KeyedHasher(key: key)
        hasher.combine(text.span)
        return hasher.finalize()
    }

    @Test func `texts of all lengths that differ in one bit, in their length or in their key have different hashes`() {
        var seen: Set<Fingerprint> = []
        var lows: Set<UInt64> = []
        var count = 0
        for length in 0 ..< 140 {
            let text = [UInt8](repeating: 0, count: length)
            count += 2
            for hash in [Self.hash(text), Self.hash(text, HashKey(low: 1, high: 0))] {
                seen.insert(hash)
                lows.insert(hash.low)
            }
            for bit in 0 ..< 8 * length {
                var changed = text
                changed[bit / 8] ^= 1 << UInt8(bit % 8)
                let hash = Self.hash(changed)
                seen.insert(hash)
                lows.insert(hash.low)
                count += 1
            }
        }
        #expect(seen.count == count && lows.count == count)
    }

    @Test func `one bit of a text changes about half the bits of its hash, wherever it stands`() {
        for length in [5, 8, 47, 48, 49, 64, 200] {
            let text = (0 ..< length).map { UInt8(truncatingIfNeeded: $0 &* 37) }
            let hash = Self.hash(text)
            var changed = 0
            for bit in 0 ..< 8 * length {
                var other = text
                other[bit / 8] ^= 1 << UInt8(bit % 8)
                let found = Self.hash(other)
                changed += (found.low ^ hash.low).nonzeroBitCount + (found.high ^ hash.high).nonzeroBitCount
            }
            let mean = Double(changed) / Double(8 * length)
            #expect(mean > 60 && mean < 68, "of length \(length): \(mean)")
        }
    }

    @Test func `two texts taken as one are the one text`() {
        for length in [0, 1, 7, 8, 20, 47, 48, 49, 100] {
            let text = (0 ..< length).map { UInt8(truncatingIfNeeded: $0 &* 11) }
            for cut in 0 ... min(length, 9) {
                var hasher = KeyedHasher(key: Self.published)
                hasher.combine(Array(text[..<cut]).span, followedBy: Array(text[cut...]).span)
                #expect(hasher.finalize() == Self.hash(text))
            }
        }
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
