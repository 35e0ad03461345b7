// SPDX-License-Identifier: Apache-2.0
import AlertSinks
import NIOSSL

/// TLS as configured, from files as they are now. The receiver's certificate and its name are always verified.
enum TLSFromFiles {
    static func read(_ files: ClientTLSFiles) throws(ExchangeFailure) -> TLSConfiguration {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.minimumTLSVersion = .tlsv12
        if let path = files.ca {
            let certificates = try load("ca", path) { try NIOSSLCertificate.fromPEMFile(path) }
            guard !certificates.isEmpty else {
                throw ExchangeFailure("tls.ca: there is no certificate in \(path)", isTLS: true)
            }
            tls.trustRoots = .certificates(certificates)
        }
        if let path = files.certificate {
            tls.certificateChain = try load("certificate", path) {
                try NIOSSLCertificate.fromPEMFile(path).map { .certificate($0) }
            }
        }
        if let path = files.key {
            tls.privateKey = .privateKey(try load("key", path) { try NIOSSLPrivateKey(file: path, format: .pem) })
        }
        return tls
    }

    private static func load<Content>(
        _ key: String, _ path: String, _ content: () throws -> Content
    ) throws(ExchangeFailure) -> Content {
        do { return try content() } catch {
            throw ExchangeFailure("tls.\(key): \(path) cannot be read or is not PEM", isTLS: true)
        }
    }
}
