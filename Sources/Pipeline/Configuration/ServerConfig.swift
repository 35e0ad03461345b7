// SPDX-License-Identifier: Apache-2.0
public import ConfigTree

/// The `server` section.
public struct ServerConfig: Sendable, Equatable {
    /// What the server shows, and whom it lets in.
    public struct Certificates: Sendable, Equatable {
        public var certificate: String
        public var key: String
        /// When there is one, clients must show a certificate that it signed.
        public var clientCA: String?

        public init(_ section: inout ConfigSection) {
            certificate = section.required(
                "certificate", .path, standIn: "", example: "server.crt",
                help: "Our certificate, then its intermediates. PEM.")
            key = section.required(
                "key", .path, standIn: "", example: "server.key", help: "Its key, not encrypted. PEM.")
            clientCA = section.optional(
                "client_ca", .path, help: "Clients must show a certificate signed by this one. PEM.")
        }
    }

    /// Empty: no HTTP server.
    public var listen: [ConfigAddress]
    /// Absent: chosen by `Surroundings.controlPath`.
    public var control: String?
    public var drain: Duration
    public var tls: Certificates?
    /// Where Falco's own gRPC API is served again.
    public var serveFalcoGrpc: ConfigAddress?
    /// Who is let in to alerts.
    public var access: AccessConfig

    public init(_ section: inout ConfigSection) {
        listen = section.list(
            "listen", of: .address(), default: [.tcp(host: "127.0.0.1", port: 2801)],
            help: "One address or a list; [] for no server at all.")
        control = section.optional(
            "control", .path, whenAbsent: "control.sock in $RUNTIME_DIRECTORY, /run/creance or the state directory",
            help: "A socket for commands that change the running daemon, as creance silence; only its user and root "
                + "may.")
        drain = section.duration(
            "drain", default: .seconds(10), in: .milliseconds(100) ... .seconds(600),
            help: "The limit for a clean stop; what has not left by then is kept in the journal.")
        tls = section.optionalSection("tls", help: "HTTPS on every address.", Certificates.init)
        serveFalcoGrpc = section.optional(
            "serve_falco_grpc", .address(.unix),
            help: "Serves Falco's outputs service, gone from Falco 0.44: every subscriber gets every alert.")
        access = AccessConfig(&section)
        check(&section)
    }

    /// Nothing is asked of those who can reach an address: no token, no certificate.
    var isOpen: Bool { tls?.clientCA == nil && !access.asksForTokens }

    private func check(_ section: inout ConfigSection) {
        if Set(listen).count < listen.count { section.report(.error, "listen", "names an address twice") }
        for address in listen {
            if case .unix(let path) = address, path == control || address == serveFalcoGrpc {
                section.report(.error, "listen", "\(address) has another use, too")
            }
            if !address.isLocal, isOpen {
                section.report(
                    .warning, "listen",
                    "\(address) can be reached from other machines by anybody: only intake, /ping, /healthz, /readyz and "
                        + "/metrics are served there; use tokens, tls with client_ca, or 127.0.0.1")
            } else if !address.isLocal, access.asksForTokens, tls == nil {
                section.report(
                    .warning, "listen",
                    "\(address) can be reached from other machines without TLS: tokens and alerts can be read on the way; "
                        + "use tls, or a proxy that has it")
            }
        }
        if case .unix(let path) = serveFalcoGrpc, path == control {
            section.report(.error, "serve_falco_grpc", "is server.control, too")
        }
        if listen.isEmpty, tls != nil { section.report(.error, "tls", "has no meaning without an address in listen") }
    }
}
