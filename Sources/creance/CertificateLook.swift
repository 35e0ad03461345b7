// SPDX-License-Identifier: Apache-2.0
import CFalcoOutputs
import Foundation

/// Looks at certificates and keys as the connections that use them will. A door to C.
///
/// Each returns what is wrong in one sentence, nil when nothing is. Reads files; no network.
enum CertificateLook {
    /// What a client shows and trusts.
    static func client(ca: String, certificate: String, key: String, now: Int64) -> String? {
        look(ca: ca, certificate: certificate, key: key, CFALCO_TLS_CLIENT, now)
    }

    /// What a server shows, and by whom its clients must be signed. These two need not know each other.
    static func server(ca: String?, certificate: String, key: String, now: Int64) -> String? {
        if let ca, let wrong = look(ca: ca, certificate: certificate, key: key, CFALCO_TLS_SERVER, now, worst: true) {
            return wrong
        }
        return look(ca: certificate, certificate: certificate, key: key, CFALCO_TLS_SERVER, now)?
            .replacingOccurrences(of: "the ca \(certificate)", with: "the certificate \(certificate)")
    }

    /// - Parameter worst: only what cannot work at all.
    private static func look(
        ca: String, certificate: String, key: String, _ role: cfalco_tls_role, _ now: Int64, worst: Bool = false
    ) -> String? {
        var message = [CChar](repeating: 0, count: 1024)
        let verdict = unsafe ca.withCString { ca in
            unsafe certificate.withCString { certificate in
                unsafe key.withCString { key in
                    var files = unsafe cfalco_tls_files(ca: ca, certificate: certificate, key: key)
                    return unsafe cfalco_tls_check(&files, role, nil, now, &message, message.count, nil)
                }
            }
        }
        guard verdict == CFALCO_TLS_BAD || (verdict == CFALCO_TLS_DOUBTFUL && !worst) else { return nil }
        return String(decoding: message.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
