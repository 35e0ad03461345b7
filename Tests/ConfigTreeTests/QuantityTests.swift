// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import ConfigTree

@Suite struct `Quantities` {
    @Test(arguments: [
        ("5ns", Duration.nanoseconds(5)), ("7us", .microseconds(7)), ("2ms", .milliseconds(2)), ("0s", .zero),
        ("1.5s", .milliseconds(1_500)),
        ("90s", .seconds(90)), ("1h30m", .seconds(5_400)), ("7d", .seconds(604_800)), ("0.000000001s", .nanoseconds(1)),
    ])
    func `durations are exact`(_ text: String, _ duration: Duration) throws {
        #expect(try Quantity.duration(text) == duration)
        #expect(try Quantity.duration(Quantity.write(duration)) == duration)
    }

    @Test(arguments: [
        "", "s", "5", "5 m", "-5s", "5min", "1.2.3s", "1e3s", "0.0000000001s", "99999999999d", "１s", "5m ", "m5",
        "9223372036854775808ns",
        "9223372036s1d", ".5s", "5.s", "1s1s1s1s1s1s1s1s1s",
    ])
    func `what is no duration is refused`(_ text: String) {
        #expect(throws: ConfigFault.self) { try Quantity.duration(text) }
    }

    @Test(arguments: [
        ("0B", 0), ("1KiB", 1_024), ("64MiB", 64 << 20), ("4GiB", 4 << 30), ("1MB", 1_000_000), ("1.5KiB", 1_536),
        ("2TB", 2_000_000_000_000),
    ])
    func `sizes are exact`(_ text: String, _ bytes: Int) throws {
        #expect(try Quantity.size(text) == bytes)
        #expect(try Quantity.size(Quantity.write(size: bytes)) == bytes)
    }

    @Test(arguments: ["", "64", "64M", "-1MiB", "0.5B", "8388608TiB", "MiB", "1 GiB", "1GiB1B"])
    func `what is no size is refused`(_ text: String) {
        #expect(throws: ConfigFault.self) { try Quantity.size(text) }
    }

    @Test(arguments: [
        ("1970-01-01T00:00:00Z", Int64(0)), ("2026-05-28T20:26:40.000484839Z", 1_780_000_000_000_484_839),
        ("2027-01-01T02:00:00+02:00", 1_798_761_600_000_000_000), ("2024-02-29T00:00:00.5Z", 1_709_164_800_500_000_000),
    ])
    func `times are exact`(_ text: String, _ nanoseconds: Int64) throws {
        let time = try #require(ConfigTime(text))
        #expect(time.nanoseconds == nanoseconds)
        #expect(ConfigTime(time.description)?.nanoseconds == nanoseconds / 1_000_000_000 * 1_000_000_000)
    }

    @Test(arguments: [
        "", "2027-01-01", "2027-02-29T00:00:00Z", "2027-13-01T00:00:00Z", "1969-12-31T23:59:59Z",
        "2300-01-01T00:00:00Z", "2027-01-01T24:00:00Z",
        "2027-01-01T00:00:00", "2027-01-01T00:00:00.1234567890Z", "2027-01-01T00:00:00+2:00", "tomorrow, at about noon",
    ])
    func `what is no time is refused`(_ text: String) { #expect(ConfigTime(text) == nil) }

    @Test(arguments: [
        ("unix:///run/a.sock", ConfigAddress.unix(path: "/run/a.sock"), true), ("unix:/a", .unix(path: "/a"), true),
        ("127.0.0.1:2801", .tcp(host: "127.0.0.1", port: 2801), true),
        ("localhost:0", .tcp(host: "localhost", port: 0), true),
        ("[::1]:80", .tcp(host: "::1", port: 80), true), ("0.0.0.0:2801", .tcp(host: "0.0.0.0", port: 2801), false),
        ("127.example.org:1", .tcp(host: "127.example.org", port: 1), false),
        ("falco.example:5060", .tcp(host: "falco.example", port: 5060), false),
    ])
    func `addresses are read and know whether they are local`(_ text: String, _ address: ConfigAddress, _ isLocal: Bool)
        throws
    {
        #expect(try ConfigAddress(text, allowing: .any) == address)
        #expect(address.isLocal == isLocal)
    }

    @Test(arguments: [
        "", "unix://", "unix://a", "/run/a.sock", "host", ":80", "host:", "host:65536", "host:-1", "::1:80", "[::1]",
        "[g::1]:80", "http://host:80/", "a b:80", "[1.2.3.4]:80",
    ])
    func `what is no address is refused`(_ text: String) {
        #expect(throws: ConfigFault.self) { try ConfigAddress(text, allowing: .any) }
    }

    @Test func `a socket path longer than the kernel takes is refused`() {
        #expect(throws: ConfigFault.self) {
            try ConfigAddress("unix:///" + String(repeating: "a", count: 107), allowing: .any)
        }
    }

    @Test(arguments: [
        ("qiuet", "quiet"), ("Durability", "durability"), ("allowedLateness", "allowed_lateness"),
        ("addres", "address"),
    ])
    func `a misspelt word is recognised`(_ word: String, _ meant: String) {
        #expect(Spelling.closest(to: word, among: ["quiet", "durability", "allowed_lateness", "address"]) == meant)
    }

    @Test(arguments: ["", "x", "banana", "zzzzzzzzzz"]) func `a foreign word is not`(_ word: String) {
        #expect(Spelling.closest(to: word, among: ["quiet", "durability", "allowed_lateness", "address"]) == nil)
    }

    @Test func `a swap of neighbours is one step`() {
        #expect(Spelling.distance(Array("abcd".unicodeScalars), Array("abdc".unicodeScalars)) == 1)
        #expect(Spelling.distance(Array("kitten".unicodeScalars), Array("sitting".unicodeScalars)) == 3)
    }
}
