// SPDX-License-Identifier: Apache-2.0
public import ConfigTree

extension FalcoHTTPSourceSettings {
    /// What the server answers itself. `/` is every sender's.
    public static let reservedPaths = ["/ping", "/test", "/healthz", "/readyz", "/metrics", "/mcp"]

    public init(_ section: inout ConfigSection) {
        self.init()
        path = section.string(
            "path", default: path,
            help: "Where on server.listen alerts are taken: Falco's http_output.url ends with it.")
        secret = section.secret(
            "secret", help: "Then the path is / and the secret, which only senders know: http_output can send no token."
        )
        bodyLimitBytes = section.size(
            "receive_limit", default: bodyLimitBytes, in: 4 << 10 ... 256 << 20,
            help: "The largest body, as sent or unpacked. A larger one becomes one dead letter.")
        alertLimitBytes = section.size(
            "alert_limit", default: alertLimitBytes, in: 4 << 10 ... 256 << 20,
            help: "The largest alert in a body. A larger one becomes a dead letter.")
        if alertLimitBytes > bodyLimitBytes {
            section.report(
                .error, section.has("alert_limit") ? "alert_limit" : "receive_limit",
                "alert_limit is above receive_limit")
        }
        if section.has("path"), section.has("secret") {
            section.report(.error, "path", "has no meaning beside secret, which is the path; remove one")
        }
        checkPath(&section)
    }

    private func checkPath(_ section: inout ConfigSection) {
        guard path.hasPrefix("/") else {
            section.report(.error, "path", "does not start with /", suggestion: "/" + path)
            return
        }
        let isPlain = path.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && !"?#%\\\"<>{}|^`".utf8.contains($0) }
        if !isPlain { section.report(.error, "path", "holds a character that a path may not hold") }
        if Self.reservedPaths.contains(path) {
            section.report(.error, "path", "is the server's own", suggestion: "/falco")
        }
    }
}
