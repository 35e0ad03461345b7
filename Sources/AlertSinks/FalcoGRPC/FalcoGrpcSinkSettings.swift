// SPDX-License-Identifier: Apache-2.0
public import ConfigTree

/// Where and how Falco's outputs service is served.
public struct FalcoGrpcSinkSettings: Sendable, Hashable {
    /// Paths of PEM files; subscribers must show a certificate, too.
    public struct TLSFiles: Sendable, Hashable {
        /// Who signed the subscribers' certificates.
        public var ca: String
        /// Ours, then its intermediates.
        public var certificate: String
        public var key: String

        public init(ca: String, certificate: String, key: String) {
            self.ca = ca
            self.certificate = certificate
            self.key = key
        }
    }

    /// `unix:///path`, or `host:port`, which needs `tls`.
    public var address: ConfigAddress
    public var tls: TLSFiles?
    /// Of each subscriber; the oldest alerts go, counted.
    public var backlogBytes: Int

    public init(address: ConfigAddress, tls: TLSFiles? = nil, backlogBytes: Int = 16 << 20) {
        self.address = address
        self.tls = tls
        self.backlogBytes = backlogBytes
    }

    public init(_ section: inout ConfigSection) {
        address = section.required(
            "address", .address(), standIn: .unix(path: "/run/creance/falco.sock"),
            example: "unix:///run/creance/falco.sock", help: "Where to serve; an address of the network needs tls.")
        tls = section.optionalSection("tls", help: "Both sides show a certificate, as in Falco's own gRPC.") {
            TLSFiles(
                ca: $0.required(
                    "ca", .path, standIn: "", example: "ca.crt", help: "Who signed the subscribers' certificates. PEM."),
                certificate: $0.required(
                    "certificate", .path, standIn: "", example: "server.crt",
                    help: "Our certificate, then its intermediates. PEM."),
                key: $0.required(
                    "key", .path, standIn: "", example: "server.key", help: "Its key, not encrypted. PEM."))
        }
        backlogBytes = section.size(
            "subscriber_backlog", default: 16 << 20, in: 64 << 10 ... 1 << 30,
            help: "What may wait for each subscriber, in memory; beyond it the oldest alerts go, counted.")
        switch address {
        case .tcp where tls == nil: section.report(.error, "address", "an address of the network needs tls")
        case .unix where tls != nil: section.report(.error, "tls", "has no meaning with a unix socket")
        default: break
        }
    }
}
