// SPDX-License-Identifier: Apache-2.0
public import AlertSources

/// Where a `falco_http` source takes its bodies.
public struct IngestMount: Sendable {
    /// The secret included. Never logged, never a label.
    let path: String
    let ingest: HTTPIngest

    /// `path` starts with `/`. With a secret the path is `<path>/<secret>`, so `/<secret>` for the path `/`.
    public init(path: String, secret: String? = nil, ingest: HTTPIngest) {
        let base = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        if let secret { self.path = base == "/" ? "/" + secret : base + "/" + secret } else { self.path = base }
        self.ingest = ingest
    }
}

/// Which endpoint a path leads to. Pure.
struct RouteTable: Sendable {
    enum Endpoint: Sendable, Equatable {
        /// The index of the mount.
        case ingest(Int), test(Int)
        case ping, healthz, readyz, metrics
        /// What leaves, as it leaves.
        case stream
        /// The Model Context Protocol.
        case assistant
        /// Where clients learn who gives tokens (RFC 9728).
        case tokenIssuer

        /// The metric label.
        var name: String {
            switch self {
            case .ingest: "ingest"
            case .test: "test"
            case .ping: "ping"
            case .healthz: "healthz"
            case .readyz: "readyz"
            case .metrics: "metrics"
            case .stream: "stream"
            case .assistant: "mcp"
            case .tokenIssuer: "token_issuer"
            }
        }
    }

    static let tokenIssuerPath = "/.well-known/oauth-protected-resource"

    private let routes: [(path: [UInt8], endpoint: Endpoint)]

    /// A path of the server's own wins over none: it is an error when a mount asks for it.
    init(mounts: [String]) throws(ServerProblem) {
        var routes: [(path: String, endpoint: Endpoint)] = [
            ("/ping", .ping), ("/healthz", .healthz), ("/readyz", .readyz), ("/metrics", .metrics),
            ("/alerts/stream", .stream), ("/mcp", .assistant),
            (Self.tokenIssuerPath, .tokenIssuer), (Self.tokenIssuerPath + "/mcp", .tokenIssuer),
        ]
        for (index, path) in mounts.enumerated() {
            guard Self.isUsable(path) else { throw .badPath }
            for (path, endpoint) in [
                (path, Endpoint.ingest(index)), (path == "/" ? "/test" : path + "/test", .test(index)),
            ] {
                if routes.contains(where: { $0.path == path }) { throw .pathTaken(path) }
                routes.append((path, endpoint))
            }
        }
        self.routes = routes.map { (Array($0.path.utf8), $0.endpoint) }
    }

    /// `target` as it stands in the request; a query and one slash at the end do not matter.
    func endpoint(for target: String) -> Endpoint? {
        var path = target.utf8.prefix { $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") }
        if path.count > 1, path.last == UInt8(ascii: "/") { path.removeLast() }
        var found: Endpoint?
        // All routes, and all bytes of each: the time says nothing about how much of a secret was right.
        for route in routes where Self.areEqual(route.path, path) { found = route.endpoint }
        return found
    }

    private static func areEqual(_ left: [UInt8], _ right: Substring.UTF8View) -> Bool {
        guard left.count == right.count else { return false }
        var difference: UInt8 = 0
        for (a, b) in zip(left, right) { difference |= a ^ b }
        return difference == 0
    }

    /// Printable ASCII that may stand in a request line as it is.
    private static func isUsable(_ path: String) -> Bool {
        path.hasPrefix("/")
            && path.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && !"?#%\\\"<>{}|^`".utf8.contains($0) }
    }
}
