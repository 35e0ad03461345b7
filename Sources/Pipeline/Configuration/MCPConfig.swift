// SPDX-License-Identifier: Apache-2.0
public import ConfigTree

/// The `mcp` section: the daemon as a server of the Model Context Protocol, for assistants.
public struct MCPConfig: Sendable, Equatable {
    /// Whether `/mcp` is served on the addresses of `server.listen`. Absent: where it may be. True: everywhere, so that an
    /// address where it may not be is a mistake.
    public var http: Bool?
    /// Absent: chosen by `Surroundings.assistantPath`.
    public var socket: String?
    /// Tools that change something exist at all.
    public var allowsWrites: Bool
    /// Whether assistants of this machine, over the socket or `creance mcp`, may read text without redaction.
    public var allowsRaw: Bool
    /// Connections to the socket at once.
    public var connections: Int

    public static let help =
        "Answers questions of assistants over the Model Context Protocol; read-only unless told otherwise."

    public init(_ section: inout ConfigSection) {
        http = section.optional(
            "http", .bool,
            whenAbsent: "true where other machines cannot reach it, or are asked for a token or certificate",
            help:
                "Serves /mcp on the addresses of server.listen; true makes an address that anybody can reach a mistake."
        )
        socket = section.optional(
            "socket", .path, whenAbsent: "mcp.sock in the folder of server.control's default",
            help:
                "A unix socket with one JSON message a line, which creance mcp connects to; only the daemon's user and "
                + "root may.")
        allowsWrites = section.bool(
            "allow_writes", default: false,
            help: "Offers tools that acknowledge and annotate incidents and set silences: to tokens with alerts:write, "
                + "and to who may use the socket.")
        allowsRaw = section.bool(
            "allow_raw", default: false,
            help:
                "Whoever may use the socket may read alert text whole, with the secrets in it. Tokens have alerts:raw "
                + "for that.")
        connections = section.integer(
            "connections", default: 32, in: 1 ... 1_024, help: "Clients of the socket at once; more are let go.")
    }
}
