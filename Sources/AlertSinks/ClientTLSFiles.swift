// SPDX-License-Identifier: Apache-2.0

/// PEM files with which a sink connects; nil: the system's authorities, no certificate of our own.
public struct ClientTLSFiles: Sendable, Hashable {
    public var ca: String?
    public var certificate: String?
    public var key: String?

    public init(ca: String? = nil, certificate: String? = nil, key: String? = nil) {
        self.ca = ca
        self.certificate = certificate
        self.key = key
    }
}
