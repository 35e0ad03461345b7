// SPDX-License-Identifier: Apache-2.0
import ConfigTree
import Testing

@testable import AlertSinks

@Suite struct AddressTests {
    @Test(arguments: [
        ("http://host", "http://host:80/"), ("https://Host.Example/a/b?c=d", "https://host.example:443/a/b?c=d"),
        ("http://[::1]:9200/_bulk", "http://[::1]:9200/_bulk"), ("http://127.0.0.1:80?x", "http://127.0.0.1:80/?x"),
        ("HTTPS://h:8443/%20", "https://h:8443/%20"),
    ])
    func `a URL is taken apart and put together again`(text: String, whole: String) throws {
        #expect(try HTTPAddress(text).url == whole)
    }

    @Test(arguments: [
        "", "host", "ftp://host", "http://", "http:///path", "http://ho st/", "http://host:0/", "http://host:65536/",
        "http://host:+1/", "http://host/#part", "http://[::1", "http://[zz]/", "http://host\u{0a}/x", "http://hé/",
        "http://host/\"", "http://host:80:90/", "http://" + String(repeating: "a", count: 5_000),
    ])
    func `what is no URL is refused`(text: String) { #expect(throws: ConfigFault.self) { try HTTPAddress(text) } }

    @Test(arguments: ["http://user:hunter2@host/", "https://hunter2@host", "https://hunter2:@host/x"])
    func `credentials in a URL are refused, and not repeated`(text: String) {
        do {
            _ = try HTTPAddress(text)
            Issue.record("taken")
        } catch {
            #expect(error.what.contains("credentials") && !"\(error)".contains("hunter2"))
        }
    }

    @Test func `shown, a URL is its scheme, host and port`() throws {
        let address = try HTTPAddress("https://hooks.example/services/T0/B0/SECRET?sig=SECRET")
        #expect("\(address)" == "https://hooks.example:443")
    }

    @Test func `a URL that names only the receiver is completed, any other is left alone`() throws {
        #expect(try HTTPAddress("http://es:9200").completed(with: "/_bulk").path == "/_bulk")
        #expect(try HTTPAddress("http://es:9200/").completed(with: "/_bulk").path == "/_bulk")
        #expect(try HTTPAddress("http://es:9200/logs/_bulk").completed(with: "/_bulk").path == "/logs/_bulk")
        #expect(try HTTPAddress("http://es:9200?x=y").completed(with: "/_bulk").path == "/")
    }
}
