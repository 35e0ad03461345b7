// SPDX-License-Identifier: Apache-2.0

/// A request: it has an id and gets exactly one answer, unless it is cancelled.
public struct IncomingRequest: Sendable, Equatable {
    public let id: RequestID
    public let method: String
    /// Empty where the message has none.
    public let params: JSONObject
}

/// One JSON-RPC 2.0 message from the other side.
public enum IncomingMessage: Sendable, Equatable {
    case request(IncomingRequest)
    case notification(method: String, params: JSONObject)
    /// The answer to a request of ours; `result` holds the result or, if `isError`, the error.
    case response(id: RequestID, result: JSONObject, isError: Bool)

    /// A message that cannot be taken: the answer goes to `id`, or to null where the id cannot be told.
    public struct Rejection: Error, Equatable {
        public let id: RequestID?
        public let error: ProtocolError
    }

    /// One message; a batch (an array) is none, see `MessageDocument`.
    public init(_ value: JSONValue) throws(Rejection) {
        func reject(_ message: String, id: RequestID? = nil, _ code: ErrorCode = .invalidRequest) -> Rejection {
            Rejection(id: id, error: ProtocolError(code, message))
        }
        guard let object = value.object else { throw reject("A message is an object.") }
        let givenID = object["id"]
        let id = givenID.flatMap { RequestID($0) }
        guard object["jsonrpc"] == "2.0" else { throw reject("jsonrpc must be \"2.0\".", id: id) }
        if givenID != nil, id == nil { throw reject("The id must be a string or an integer.") }
        guard let methodValue = object["method"] else {
            self = try Self.response(object, id: id)
            return
        }
        guard let method = methodValue.string else { throw reject("The method must be a string.", id: id) }
        if object["result"] != nil || object["error"] != nil {
            throw reject("A message is a request or a response, not both.", id: id)
        }
        var params = JSONObject()
        if let given = object["params"] {
            guard let given = given.object else { throw reject("params must be an object.", id: id, .invalidParams) }
            params = given
        }
        if let id {
            self = .request(IncomingRequest(id: id, method: method, params: params))
        } else {
            self = .notification(method: method, params: params)
        }
    }

    private static func response(_ object: JSONObject, id: RequestID?) throws(Rejection) -> IncomingMessage {
        let neither = ProtocolError(.invalidRequest, "The message has no method.")
        guard let id else { throw Rejection(id: nil, error: neither) }
        switch (object["result"]?.object, object["error"]?.object) {
        case (let result?, nil): return .response(id: id, result: result, isError: false)
        case (nil, let error?): return .response(id: id, result: error, isError: true)
        default: throw Rejection(id: id, error: neither)
        }
    }
}

/// What one frame of a transport holds.
public enum MessageDocument: Sendable, Equatable {
    case single(JSONValue)
    /// Only revision 2025-03-26 has these.
    case batch([JSONValue])

    /// The error has no id to go to.
    public init(reading bytes: [UInt8], limits: JSONLimits = JSONLimits()) throws(ProtocolError) {
        let value: JSONValue
        do throws(JSONReadError) {
            value = try JSONValue(reading: bytes, limits: limits)
        } catch {
            throw ProtocolError(.parseError, "This is not JSON as it is read here: \(error.reason.rawValue).")
        }
        if case .array(let elements) = value { self = .batch(elements) } else { self = .single(value) }
    }
}
