// SPDX-License-Identifier: Apache-2.0
import Pipeline

/// The keys of the `server` section that say who is let in, written as a file has them. Tokens are there by their digests.
struct EffectiveAccess {
    let access: AccessConfig
    let absolute: (String) -> String

    /// Below `server:`, indented by one step.
    var lines: [String] {
        var lines: [String] = []
        if !access.tokens.isEmpty { lines.append("  tokens:") }
        for token in access.tokens {
            let scopes = token.scopes.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
            lines.append(
                "    - { name: \(quoted(token.name)), hash: \"\(token.digest.text)\", scopes: [\(scopes)] }")
        }
        if let signed = access.signed {
            lines.append("  jwt:")
            lines.append("    issuer: \(quoted(signed.issuer))")
            lines.append("    resource: \(quoted(signed.resource))")
            lines.append("    keys: \(quoted(absolute(signed.keys)))")
        }
        if !access.hosts.isEmpty { lines.append("  hosts: [\(access.hosts.map(quoted).joined(separator: ", "))]") }
        if !access.origins.isEmpty {
            lines.append("  origins: [\(access.origins.map(quoted).joined(separator: ", "))]")
        }
        return lines
    }

    /// A YAML scalar in double quotes.
    private func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": result += "\\\(scalar)"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                result += "\\x" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
