// SPDX-License-Identifier: Apache-2.0
import Glibc
import Matching
import Testing

struct AddressTests {
    @Test(arguments: [
        ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.1", false), ("10.1.2.3/8", "10.9.9.9", true),
        ("0.0.0.0/0", "255.255.255.255", true), ("0.0.0.0/0", "::1", false), ("192.168.1.7", "192.168.1.7", true),
        ("192.168.1.7/32", "192.168.1.6", false), ("2001:db8::/32", "2001:db8:ffff::1", true),
        ("2001:db8::/33", "2001:db8:8000::1", false), ("::/0", "fe80::1", true), ("::1/128", "0:0:0:0:0:0:0:1", true),
        ("fe80::/64", "fe80::1:0:0:0", true), ("fe80::/64", "fe80:0:0:1::", false),
        ("10.0.0.0/8", "::ffff:10.1.1.1", true), ("::ffff:10.0.0.0/104", "10.2.3.4", true),
        ("10.0.0.0/31", "10.0.0.2", false), ("1::/65", "1::8000:0:0:0", false), ("1::/65", "1::7fff:0:0:0", true),
    ])
    func `a block holds its addresses`(_ block: String, _ address: String, _ expected: Bool) throws {
        #expect(try #require(CIDRBlock(block)).contains(address) == expected)
    }

    @Test(arguments: [
        "", "10.0.0.0/33", "10.0.0/8", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/a", "::1/129", "1.2.3.4.5", "01.2.3.4",
        "256.1.1.1", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "::1::", "12345::", ":1:2:3:4:5:6:7", "1:2:3:4:5:6:7:",
        "g::",
        "::1.2.3", "fe80::1%eth0", "10.0.0.0/8/8", "::ffff:10.0.0.0/8",
    ])
    func `what is no block is refused`(_ text: String) { #expect(CIDRBlock(text) == nil) }

    @Test(arguments: 0 ..< 20)
    func `addresses are read as the C library reads them`(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        for _ in 0 ..< 2_000 {
            let isSix = Bool.random(using: &random)
            let text = String(
                decoding: random.bytes(of: isSix ? "::::01f2." : "..1200259", upTo: isSix ? 20 : 12), as: UTF8.self)
            let expected = Self.read(text)
            let actual = IPAddress(text).map { [$0.high, $0.low] }
            #expect(actual == expected, "seed \(seed): \(text)")
        }
    }

    static func read(_ text: String) -> [UInt64]? {
        var four = in_addr()
        if unsafe inet_pton(AF_INET, text, &four) == 1 { return [UInt64(UInt32(bigEndian: four.s_addr)) << 32, 0] }
        var six: (UInt64, UInt64) = (0, 0)
        guard unsafe inet_pton(AF_INET6, text, &six) == 1 else { return nil }
        let (high, low) = (UInt64(bigEndian: six.0), UInt64(bigEndian: six.1))
        return high == 0 && low >> 32 == 0xffff ? [low << 32, 0] : [high, low]
    }
}
