// SPDX-License-Identifier: Apache-2.0

/// An answer of the transport itself: a status, fields, and an error in JSON-RPC's form.
public struct HTTPRefusal: Error, Sendable, Equatable {
    public let status: Int
    public let error: ProtocolError
    /// Nil: the request's own could not be told, or was not looked for.
    public let id: RequestID?
    public let fields: [Field]

    public struct Field: Sendable, Equatable {
        public let name: String
        public let value: String
        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    public init(_ status: Int, _ error: ProtocolError, id: RequestID? = nil, fields: [Field] = []) {
        self.status = status
        self.error = error
        self.id = id
        self.fields = fields
    }

    /// The status that the code of the error calls for.
    public init(_ error: ProtocolError, id: RequestID? = nil) { self.init(error.code.httpStatus, error, id: id) }

    init(_ status: Int, _ message: String, id: RequestID? = nil, fields: [Field] = []) {
        self.init(status, ProtocolError(.invalidRequest, message), id: id, fields: fields)
    }

    public var body: [UInt8] { OutgoingMessage.error(error, to: id).encoded }

    /// The body did not fit, which a sender in pieces only shows when it is there.
    public static let tooLarge = HTTPRefusal(413, "The body is too large.")
    /// The session is unknown, has ended, or is somebody else's: the client begins anew (legacy eras, "Session Management").
    public static let noSession = HTTPRefusal(404, "There is no such session; send initialize again.")
    public static let forbiddenSurroundings = HTTPRefusal(403, "This Host or Origin is not let in.")

    /// The caller asks faster, or for more at a time, than it may.
    public static func busy(_ status: Int, _ message: String, retrySeconds: Int) -> HTTPRefusal {
        HTTPRefusal(
            status, ProtocolError(.busy, message), fields: [Field("Retry-After", String(max(retrySeconds, 1)))])
    }

    /// - Parameter challenge: the value of `WWW-Authenticate` (RFC 9110, section 11.6.1).
    public static func unauthenticated(_ challenge: String) -> HTTPRefusal {
        HTTPRefusal(401, "A bearer token is needed.", fields: [Field("WWW-Authenticate", challenge)])
    }

    public static func forbidden(_ challenge: String) -> HTTPRefusal {
        HTTPRefusal(403, "The token lacks the scope alerts:read.", fields: [Field("WWW-Authenticate", challenge)])
    }
}
