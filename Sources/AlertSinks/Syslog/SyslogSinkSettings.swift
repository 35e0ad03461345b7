// SPDX-License-Identifier: Apache-2.0
public import AlertFormats

/// A syslog receiver, how it is reached and what it gets.
public struct SyslogSinkSettings: Hashable, Sendable {
    /// How messages of a stream are told apart (RFC 6587).
    public enum Framing: String, CaseIterable, Sendable {
        /// Each message behind its length in digits and a space.
        case octetCounting = "octet_counting"
        /// Each message before a line feed; none holds one.
        case newline
    }

    /// PEM files; nil: the system's authorities, no certificate of our own, the address's host.
    public struct TLSFiles: Hashable, Sendable {
        public var ca: String?
        public var certificate: String?
        public var key: String?
        public var serverName: String?

        public init(ca: String? = nil, certificate: String? = nil, key: String? = nil, serverName: String? = nil) {
            self.ca = ca
            self.certificate = certificate
            self.key = key
            self.serverName = serverName
        }
    }

    public var address: SyslogAddress
    public var tls: TLSFiles
    public var format: FormatKind
    public var header: SyslogHeader
    public var framing: Framing
    /// UDP: bytes of a message; a longer one is cut.
    public var messageLimitBytes: Int
    /// What a broken connection may have swallowed, which is sent again; also what the kernel may hold for the receiver.
    public var resendBytes: Int
    /// For connecting, and for a receiver that takes nothing.
    public var timeout: Duration
    public var delivery: DeliveryKeys

    public init(
        address: SyslogAddress, tls: TLSFiles = TLSFiles(), format: FormatKind = .falco,
        header: SyslogHeader = SyslogHeader(), framing: Framing? = nil, messageLimitBytes: Int = 2_048,
        resendBytes: Int = 64 << 10, timeout: Duration = .seconds(10), delivery: DeliveryKeys = DeliveryKeys()
    ) {
        self.address = address
        self.tls = tls
        self.format = format
        self.header = header
        self.framing = framing ?? Self.standardFraming(address.transport)
        self.messageLimitBytes = messageLimitBytes
        self.resendBytes = resendBytes
        self.timeout = timeout
        self.delivery = delivery
    }

    /// RFC 5425 asks for octet counting, RFC 6587 prefers it; readers of unix streams know lines only.
    static func standardFraming(_ transport: SyslogAddress.Transport) -> Framing {
        transport == .unix ? .newline : .octetCounting
    }

    /// The lines that go out.
    public var lineFormat: SyslogFormat { SyslogFormat(format.format(), header: header) }
}
