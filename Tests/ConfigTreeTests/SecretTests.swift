// SPDX-License-Identifier: Apache-2.0
import ConfigTree
import Testing

@Suite struct `Secrets` {
    private struct NoFile: Error {}

    @Test func `a secret comes from its file without the last line break`() throws {
        let secret = try Secret.file(path: "/s").fetch(
            file: { $0 == "/s" ? Array("a b\r\n".utf8) : [] }, environment: { _ in nil })
        #expect(secret.bytes == Array("a b".utf8))
    }

    @Test func `a secret comes from the environment`() throws {
        let secret = try Secret.environment(name: "T").fetch(
            file: { _ in throw NoFile() }, environment: { $0 == "T" ? "x" : nil })
        #expect(secret.bytes == Array("x".utf8))
    }

    @Test func `an empty, absent or huge secret is an error that names the reference`() {
        let huge = [UInt8](repeating: 1, count: Secret.limitBytes + 1)
        #expect(throws: SecretError.unset(.environment(name: "T"))) {
            try Secret.environment(name: "T").fetch(file: { _ in [] }, environment: { _ in nil })
        }
        #expect(throws: SecretError.unset(.file(path: "/s"))) {
            try Secret.file(path: "/s").fetch(file: { _ in [0x0a] }, environment: { _ in nil })
        }
        #expect(throws: SecretError.tooLarge(.file(path: "/s"))) {
            try Secret.file(path: "/s").fetch(file: { _ in huge }, environment: { _ in nil })
        }
    }

    @Test func `printing a secret does not show it`() {
        struct Holder { var token = SecretText(bytes: Array("hunter2".utf8)) }
        var dumped = ""
        dump(Holder(), to: &dumped)
        let texts = [
            "\(Holder())", String(reflecting: Holder()), dumped, String(describing: [SecretText(bytes: [104])]),
        ]
        for text in texts {
            #expect(!text.contains("hunter2"))
            #expect(!text.contains("104"))
        }
    }
}
