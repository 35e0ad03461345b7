// SPDX-License-Identifier: Apache-2.0

/// Where the server listens, and what a client may cost.
public struct ServerSettings: Sendable {
    public var listeners: [ListenerSettings]
    public var limits: ServerLimits

    public init(listeners: [ListenerSettings], limits: ServerLimits = ServerLimits()) {
        self.listeners = listeners
        self.limits = limits
    }
}

/// One address. All endpoints are served on each.
public struct ListenerSettings: Sendable {
    public var address: ListenAddress
    /// Nil for plain HTTP.
    public var tls: ServerTLSFiles?

    public init(_ address: ListenAddress, tls: ServerTLSFiles? = nil) {
        self.address = address
        self.tls = tls
    }
}

public enum ListenAddress: Sendable, Hashable, CustomStringConvertible {
    /// `host` is a name, an IPv4 or an IPv6 address without brackets. Port 0 lets the system choose.
    case tcp(host: String, port: Int)
    /// A socket file left behind by an earlier process is replaced.
    case unix(path: String)

    public var description: String {
        switch self {
        case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix(let path): "unix://\(path)"
        }
    }
}

/// PEM files of one listener.
public struct ServerTLSFiles: Sendable, Hashable {
    /// The certificate, followed by its intermediates.
    public var certificate: String
    public var key: String
    /// When set, every client must show a certificate that one of these signed (mTLS).
    public var clientCA: String?

    public init(certificate: String, key: String, clientCA: String? = nil) {
        self.certificate = certificate
        self.key = key
        self.clientCA = clientCA
    }
}

/// What one client, and all of them together, may cost.
public struct ServerLimits: Sendable {
    /// Open connections per listener. Beyond it, connections wait in the kernel's queue.
    public var connectionLimit = 1024
    /// All header fields of a request together.
    public var headerLimitBytes = 64 << 10
    public var headerCountLimit = 128
    /// A connection between requests, or in the middle of a header, is closed after this long without a whole one.
    public var idleTimeout: Duration = .seconds(60)
    /// A body must be there this long after its header.
    public var bodyTimeout: Duration = .seconds(60)
    /// A client that takes nothing of its answer for this long is cut.
    public var answerTimeout: Duration = .seconds(30)
    /// A request that comes while another pipeline takes over waits this long for it, then it is answered 503. Shorter than
    /// `bodyTimeout`, which runs meanwhile.
    public var pauseTimeout: Duration = .seconds(30)
    /// Memory for bodies above 64 KiB, as sent and decompressed, of all requests. Beyond it, reading waits. Never less
    /// than two of the largest bodies.
    public var bodyMemoryBytes = 256 << 20

    public init() {}
}

/// Why the server cannot start. `description` says what to mend.
public enum ServerProblem: Error, Sendable, Equatable, CustomStringConvertible {
    case cannotListen(ListenAddress, reason: String)
    case unusableFile(path: String, reason: String)
    /// Two sources, or a source and an endpoint of the server's own, have the same path.
    case pathTaken(String)
    /// A path must start with `/` and hold only characters that a request line carries as they are.
    case badPath

    public var description: String {
        switch self {
        case .cannotListen(let address, let reason): "cannot listen on \(address): \(reason)"
        case .unusableFile(let path, let reason): "\(path): \(reason)"
        case .pathTaken(let path): "the path \(path) is taken"
        case .badPath: "a path or secret holds characters that a URL cannot carry as they are"
        }
    }
}
