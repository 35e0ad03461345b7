// SPDX-License-Identifier: Apache-2.0

/// The messages that leave, as JSON. Members stand in the order of the JSON-RPC 2.0 text.
enum OutgoingMessage {
    static func result(_ result: JSONObject, to id: RequestID) -> JSONValue {
        ["jsonrpc": "2.0", "id": id.json, "result": .object(result)]
    }

    /// A nil id is written as null: the request's own could not be told.
    static func error(_ error: ProtocolError, to id: RequestID?) -> JSONValue {
        ["jsonrpc": "2.0", "id": id?.json ?? .null, "error": error.json]
    }

    static func notification(_ method: String, _ params: JSONObject) -> JSONValue {
        var message: JSONObject = ["jsonrpc": "2.0", "method": .string(method)]
        if !params.isEmpty { message["params"] = .object(params) }
        return .object(message)
    }
}
