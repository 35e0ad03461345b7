// SPDX-License-Identifier: Apache-2.0

/// Error codes of JSON-RPC 2.0 (section 5.1) and of the Model Context Protocol, both eras.
public enum ErrorCode: Int64, Sendable {
    case parseError = -32700
    case invalidRequest = -32600
    case methodNotFound = -32601
    case invalidParams = -32602
    case internalError = -32603
    /// Until 2025-11-25; later revisions say `invalidParams` with `data.uri`.
    case resourceNotFound = -32002
    /// Of this implementation's own range (-32000 … -32019): a limit of the connection is reached; try again later.
    case busy = -32010
    /// From 2026-07-28 on: HTTP headers do not say what the body says.
    case headerMismatch = -32020
    /// From 2026-07-28 on: the client did not declare a capability that this needs.
    case missingClientCapability = -32021
    /// From 2026-07-28 on: the message names a revision that is not spoken here.
    case unsupportedVersion = -32022

    /// The status of an HTTP answer that carries this error and nothing before it.
    public var httpStatus: Int {
        switch self {
        case .parseError, .invalidRequest, .invalidParams, .headerMismatch, .missingClientCapability,
            .unsupportedVersion:
            400
        case .methodNotFound: 404
        case .internalError, .resourceNotFound, .busy: 200
        }
    }
}

/// An error as it is answered. Messages are ours and hold nothing that came from outside.
public struct ProtocolError: Error, Sendable, Equatable {
    public let code: ErrorCode
    public let message: String
    public let data: JSONObject?

    public init(_ code: ErrorCode, _ message: String, data: JSONObject? = nil) {
        self.code = code
        self.message = message
        self.data = data
    }

    public static func invalidParams(_ message: String) -> ProtocolError { ProtocolError(.invalidParams, message) }

    public static let methodNotFound = ProtocolError(.methodNotFound, "There is no such method.")

    /// `capabilities` has the form of client capabilities: `{"elicitation": {}}`.
    public static func missingCapability(_ capabilities: JSONObject) -> ProtocolError {
        ProtocolError(
            .missingClientCapability, "The client does not declare a capability that this needs.",
            data: ["requiredCapabilities": .object(capabilities)])
    }

    public static func unsupportedVersion(requested: String) -> ProtocolError {
        ProtocolError(
            .unsupportedVersion, "This protocol version is not supported.",
            data: ["supported": .strings(ProtocolRevision.modern.map(\.rawValue)), "requested": .string(requested)])
    }

    /// What is said where no such resource exists; the two eras say it differently.
    static func resourceNotFound(_ uri: String, in revision: ProtocolRevision) -> ProtocolError {
        ProtocolError(
            revision.isModern ? .invalidParams : .resourceNotFound, "There is no such resource.",
            data: ["uri": .string(uri)])
    }

    public var json: JSONValue {
        var error: JSONObject = ["code": .integer(code.rawValue), "message": .string(message)]
        if let data { error["data"] = .object(data) }
        return .object(error)
    }
}
