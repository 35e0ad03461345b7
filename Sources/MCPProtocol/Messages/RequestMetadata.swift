// SPDX-License-Identifier: Apache-2.0

/// Names in `_meta` that the protocol reserves.
enum MetaName {
    static let protocolVersion = "io.modelcontextprotocol/protocolVersion"
    static let clientCapabilities = "io.modelcontextprotocol/clientCapabilities"
    static let clientInfo = "io.modelcontextprotocol/clientInfo"
    static let logLevel = "io.modelcontextprotocol/logLevel"
    static let serverInfo = "io.modelcontextprotocol/serverInfo"
    static let subscriptionID = "io.modelcontextprotocol/subscriptionId"
    static let progressToken = "progressToken"
}

/// Who asks, as it says itself. Nothing here is verified: for display and the audit log only.
public struct ClientIdentity: Sendable, Equatable {
    public let name: String
    public let version: String

    init?(_ value: JSONValue?) {
        guard let name = value?["name"]?.string, let version = value?["version"]?.string else { return nil }
        self.name = name
        self.version = version
    }
}

/// What a modern request says about itself in `_meta`.
struct RequestMetadata {
    let revision: ProtocolRevision
    let capabilities: JSONObject
    let client: ClientIdentity?
    let logLevel: LogLevel?

    /// Whether a request is written in the modern way, told from the request alone.
    ///
    /// `initialize` never is: clients in use send it even after a `server/discover` that was answered. The two methods
    /// that only the modern era has always are, so that one without metadata hears what is missing.
    static func isModern(_ request: IncomingRequest) -> Bool {
        switch request.method {
        case "initialize": false
        case "server/discover", "subscriptions/listen": true
        default: request.params["_meta"]?[MetaName.protocolVersion] != nil
        }
    }

    /// Throws unless the required members are there, whatever they hold: over HTTP they are held against the headers before
    /// they are read.
    static func checkPresence(_ params: JSONObject) throws(ProtocolError) {
        for name in [MetaName.protocolVersion, MetaName.clientCapabilities] where params["_meta"]?[name] == nil {
            throw .invalidParams("params._meta must be an object with \(name).")
        }
    }

    init(_ params: JSONObject) throws(ProtocolError) {
        guard let meta = params["_meta"]?.object else {
            throw .invalidParams("params._meta must be an object with \(MetaName.protocolVersion).")
        }
        guard let version = meta[MetaName.protocolVersion]?.string else {
            throw .invalidParams("params._meta must have \(MetaName.protocolVersion), a string.")
        }
        guard let revision = ProtocolRevision(rawValue: version), revision.isModern else {
            throw .unsupportedVersion(requested: String(version.prefix(64)))
        }
        guard let capabilities = meta[MetaName.clientCapabilities]?.object else {
            throw .invalidParams("params._meta must have \(MetaName.clientCapabilities), an object.")
        }
        if let level = meta[MetaName.logLevel] {
            guard let level = level.string.flatMap({ LogLevel(rawValue: $0) }) else {
                throw .invalidParams("\(MetaName.logLevel) must be one of \(LogLevel.names).")
            }
            logLevel = level
        } else {
            logLevel = nil
        }
        self.revision = revision
        self.capabilities = capabilities
        client = ClientIdentity(meta[MetaName.clientInfo])
    }
}
