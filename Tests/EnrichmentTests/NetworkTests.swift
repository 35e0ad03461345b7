// SPDX-License-Identifier: Apache-2.0
import AlertEngine
import AlertModel
import Glibc
import Testing

struct NetworkTests {
    private func address(_ text: String) -> NetworkAddress? {
        let bytes = Array(text.utf8)
        return NetworkAddress(bytes.span)
    }

    private func range(_ text: String) -> NetworkRange? {
        let bytes = Array(text.utf8)
        return NetworkRange(bytes.span)
    }

    /// What the C library reads, as an IPv6 address.
    private func reference(_ text: String) -> NetworkAddress? {
        var v4 = in_addr()
        if unsafe inet_pton(AF_INET, text, &v4) == 1 { return NetworkAddress(ipv4: UInt32(bigEndian: v4.s_addr)) }
        var bytes = [UInt8](repeating: 0, count: 16)
        guard unsafe inet_pton(AF_INET6, text, &bytes) == 1 else { return nil }
        func word(_ start: Int) -> UInt64 { (0 ..< 8).reduce(0) { $0 << 8 | UInt64(bytes[start + $1]) } }
        return NetworkAddress(high: word(0), low: word(8))
    }

    @Test func `addresses are read as the C library reads them`() {
        let fixed = [
            "1.2.3.4", "255.255.255.255", "0.0.0.0", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1..2.3", "", ".",
            ":",
            "::", "::1", "1::", "1::2", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7::",
            "::2:3:4:5:6:7:8", "1::3:4:5:6:7:8", "1:2:3:4::5:6:7:8", "::1::", ":::", "1:::2", ":1:2:3:4:5:6:7",
            "12345::",
            "fFfF:AbC::", "::ffff:1.2.3.4", "::1.2.3.4", "1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:7:1.2.3.4", "::1.2.3",
            "1.2.3.4::", "::g", "1:", "a", "1.2.3.4 ", "::1.2.3.4.5", "1:2", "64:ff9b::1.2.3.4",
        ]
        for text in fixed { #expect(address(text) == reference(text), "\(text)") }
        var random = SeededNumbers(5)
        var wrong: [String] = []
        let letters = Array("0123456789abcdefF::::....")
        for _ in 0 ..< 20_000 {
            let text = String((0 ..< 1 + random.next() % 20).map { _ in letters[Int(random.next() % 25)] })
            if address(text) != reference(text) { wrong.append(text) }
        }
        for _ in 0 ..< 20_000 {
            let groups = (0 ..< 8).map { _ in random.next() % 3 == 0 ? "0" : String(random.next() % 65_536, radix: 16) }
            var text = groups.joined(separator: ":")
            if random.next() % 2 == 0 {
                let start = Int(random.next() % 8)
                let end = start + Int(random.next() % UInt64(8 - start)) + 1
                text = groups[..<start].joined(separator: ":") + "::" + groups[end...].joined(separator: ":")
            }
            if address(text) != reference(text) { wrong.append(text) }
        }
        #expect(wrong == [])
    }

    @Test func `a zone is left out`() { #expect(address("fe80::1%eth0") == address("fe80::1")) }

    @Test(arguments: [
        "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "127.0.0.1", "169.254.1.1", "100.64.0.1", "0.1.2.3",
        "100.127.255.255",
        "224.0.0.1", "255.255.255.255", "192.0.0.8", "::1", "::", "fe80::1", "febf::1", "fc00::1", "fdff::1", "ff02::1",
        "::ffff:10.0.0.1",
    ])
    func `private addresses are known`(_ text: String) { #expect(address(text)?.isPrivate == true) }

    @Test(arguments: [
        "1.1.1.1", "172.15.0.1", "172.32.0.1", "192.167.1.1", "100.63.0.1", "100.128.0.1", "169.253.1.1", "223.1.1.1",
        "203.0.113.1", "2001:db8::1", "2606:4700::1111", "fec0::1", "192.0.2.1", "::2", "::ffff:8.8.8.8",
    ])
    func `public addresses are known`(_ text: String) { #expect(address(text)?.isPrivate == false) }

    @Test func `networks are read and hold what they should`() throws {
        let ten = try #require(range("10.0.0.0/8"))
        let (inside, outside) = (try #require(address("10.255.0.1")), try #require(address("11.0.0.1")))
        #expect(ten.bits == 104 && ten.contains(inside) && !ten.contains(outside))
        #expect(range("1.2.3.4")?.bits == 128)
        #expect(range("2001:db8::/32")?.bits == 32)
        #expect(range("0.0.0.0/0")?.bits == 96)
        #expect(range("10.1.2.3/8") == ten)
        for text in ["10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/x", "/8", "10.0.0.0/8/8", "10.0.0.0/-1"] {
            #expect(range(text) == nil, "\(text)")
        }
    }

    @Test(arguments: 0 ..< 20)
    func `the narrowest network is found, as looking at all of them does`(_ seed: UInt64) {
        var random = SeededNumbers(seed)
        var index = NetworkIndex(HashKey(low: seed, high: 1))
        var known: [NetworkRange] = []
        for row in 0 ..< 300 {
            let bits = [8, 9, 16, 17, 24, 25, 31, 32][Int(random.next() % 8)]
            guard let range = range("\(random.next() % 4).\(random.next() % 4).\(random.next() % 4).0/\(bits)") else {
                continue
            }
            if index.insert(range, row: known.count) { known.append(range) } else { #expect(known.contains(range)) }
            #expect(index.count == known.count, "\(row)")
        }
        var wrong = 0
        for _ in 0 ..< 2_000 {
            let address = NetworkAddress(ipv4: UInt32(truncatingIfNeeded: random.next()) & 0x0303_03ff)
            let expected = known.indices.filter { known[$0].contains(address) }.max { known[$0].bits < known[$1].bits }
            if index.find(address) != expected { wrong += 1 }
        }
        #expect(wrong == 0, "seed \(seed)")
    }
}
