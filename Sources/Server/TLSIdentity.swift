// SPDX-License-Identifier: Apache-2.0
import NIOSSL
import Synchronization

/// The certificate of one listener, as the files had it when they were last read. Any thread.
final class TLSIdentity: Sendable {
    private let files: ServerTLSFiles
    private let current: Mutex<NIOSSLContext>

    init(_ files: ServerTLSFiles) throws(ServerProblem) {
        self.files = files
        current = Mutex(try Self.context(files))
    }

    /// For connections accepted from now on.
    var context: NIOSSLContext { current.withLock { $0 } }

    /// Reads the files again. When they cannot be used, the identity in use stays.
    func reload() throws(ServerProblem) {
        let fresh = try Self.context(files)
        current.withLock { $0 = fresh }
    }

    private static func context(_ files: ServerTLSFiles) throws(ServerProblem) -> NIOSSLContext {
        let chain = try read(files.certificate) { try NIOSSLCertificate.fromPEMFile($0) }
        let key = try read(files.key) { try NIOSSLPrivateKey(file: $0, format: .pem) }
        guard !chain.isEmpty else { throw .unusableFile(path: files.certificate, reason: "holds no certificate") }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = .tlsv12
        if let path = files.clientCA {
            let authorities = try read(path) { try NIOSSLCertificate.fromPEMFile($0) }
            guard !authorities.isEmpty else { throw .unusableFile(path: path, reason: "holds no certificate") }
            configuration.trustRoots = .certificates(authorities)
            // The chain is checked; a client's certificate names no host.
            configuration.certificateVerification = .noHostnameVerification
        }
        do {
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw .unusableFile(path: files.key, reason: "does not belong to \(files.certificate) (\(error))")
        }
    }

    private static func read<Value>(_ path: String, _ body: (String) throws -> Value) throws(ServerProblem) -> Value {
        do { return try body(path) } catch { throw .unusableFile(path: path, reason: "\(error)") }
    }
}
