// SPDX-License-Identifier: Apache-2.0
public import ConfigTree

/// Paths of the PEM files for a connection in which both sides show a certificate. Read when dialling, and again when
/// they change.
public struct TLSFiles: Sendable, Hashable {
    /// Who signed the peer's certificate.
    public var ca: String
    /// Ours, then its intermediates.
    public var certificate: String
    /// Of our certificate; not encrypted.
    public var key: String

    public init(ca: String, certificate: String, key: String) {
        self.ca = ca
        self.certificate = certificate
        self.key = key
    }

    public init(_ section: inout ConfigSection) {
        ca = section.required(
            "ca", .path, standIn: "", example: "ca.crt",
            help: "Who signed the peer's certificate. PEM, read again on change.")
        certificate = section.required(
            "certificate", .path, standIn: "", example: "client.crt",
            help: "Our certificate, then its intermediates. PEM.")
        key = section.required(
            "key", .path, standIn: "", example: "client.key", help: "The key of our certificate, not encrypted. PEM.")
    }
}
