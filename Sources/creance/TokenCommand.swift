// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Pipeline
import Server

struct TokenCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token",
        abstract: "Make bearer tokens for assistants and other readers of alerts.",
        discussion: """
            The daemon keeps no token, only its SHA-256 in server.tokens. A token opens
            /mcp and /alerts/stream over HTTP.

              creance token new --name soc
              creance token new --name responder --scope alerts:read --scope alerts:write
            """,
        subcommands: [New.self])

    struct New: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print a fresh token, once, and the line for the configuration.")

        @Option(help: "Who it is for, in the audit log.") var name: String
        @Option(
            help: ArgumentHelp(
                "What it may do: alerts:read, alerts:raw, alerts:write; may come again.", valueName: "scope"))
        var scope: [String] = []

        func validate() throws {
            let isPlain = name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"\"\\".utf8.contains($0) }
            guard !name.isEmpty, name.utf8.count <= 64, isPlain else {
                throw ValidationError("--name takes up to 64 letters, digits and signs, without spaces and quotes")
            }
            for word in scope where AccessConfig.Scope(rawValue: word) == nil {
                let known = AccessConfig.Scope.allCases.map(\.rawValue).joined(separator: ", ")
                throw ValidationError("--scope \(SafeText.visible(word)) is none of \(known)")
            }
        }

        func run() throws {
            var random = SystemRandomNumberGenerator()
            let token = FreshToken(&random)
            let asked = AccessConfig.Scope.allCases.filter { $0 == .read || scope.contains($0.rawValue) }
            let scopes = asked.map(\.rawValue).joined(separator: ", ")
            let text = """
                token: \(token.text)

                It is shown this once. The line for the configuration:

                server:
                  tokens:
                    - { name: "\(name)", hash: "\(token.digest)", scopes: [\(scopes)] }

                """
            try Descriptor.standardOutput.write([UInt8](text.utf8))
        }
    }
}

/// A token of 256 random bits: `creance_` and 43 letters of base64url (RFC 4648, section 5).
struct FreshToken {
    let text: String

    init(_ random: inout some RandomNumberGenerator) {
        let bytes = (0 ..< 32).map { _ in UInt8.random(in: 0 ... 255, using: &random) }
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
        var text: [UInt8] = []
        for place in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[place ..< min(place + 3, bytes.count)]
            let bits = group.reduce(UInt32(0)) { $0 << 8 | UInt32($1) } << UInt32(8 * (3 - group.count))
            for digit in 0 ... group.count { text.append(letters[Int(bits >> UInt32(18 - 6 * digit) & 63)]) }
        }
        self.text = "creance_" + String(decoding: text, as: UTF8.self)
    }

    /// As `server.tokens` has it.
    var digest: String {
        let digits = Array("0123456789abcdef".utf8)
        let hexadecimal = AccessToken.digest(of: text).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        return "sha256:" + String(decoding: hexadecimal, as: UTF8.self)
    }
}
