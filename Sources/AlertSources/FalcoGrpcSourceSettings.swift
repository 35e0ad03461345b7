// SPDX-License-Identifier: Apache-2.0

/// How to subscribe to one Falco's outputs service.
public struct FalcoGrpcSourceSettings: Sendable, Hashable {
    /// `unix:///run/falco/falco.sock`, or `host:port`, which needs `tls`.
    public var address: String
    public var tls: TLSFiles?
    /// The name expected in Falco's certificate; nil: the host of `address`.
    public var serverName: String?
    /// Between the end of one answer and the next question while alerts come.
    public var pollBusy: Duration
    /// The same while none come.
    public var pollIdle: Duration
    /// The largest message. A larger one ends the stream and is counted.
    public var receiveLimitBytes: Int
    /// Received and not yet committed: all that a crash can lose, beside the flow-control window.
    public var inFlightBytes: Int

    public init(
        address: String = "unix:///run/falco/falco.sock", tls: TLSFiles? = nil, serverName: String? = nil,
        pollBusy: Duration = .milliseconds(2), pollIdle: Duration = .milliseconds(50),
        receiveLimitBytes: Int = 64 << 20,
        inFlightBytes: Int = 1 << 20
    ) {
        self.address = address
        self.tls = tls
        self.serverName = serverName
        self.pollBusy = pollBusy
        self.pollIdle = pollIdle
        self.receiveLimitBytes = receiveLimitBytes
        self.inFlightBytes = inFlightBytes
    }
}
