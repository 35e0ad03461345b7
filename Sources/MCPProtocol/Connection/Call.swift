// SPDX-License-Identifier: Apache-2.0

/// Names one call inside a connection; never used twice.
public struct CallNumber: Sendable, Hashable {
    public let value: UInt64
}

/// What a call may need to know about who asks and how.
public struct CallContext: Sendable, Equatable {
    public let revision: ProtocolRevision
    public let client: ClientIdentity?
    /// As the client declared them: for the connection (legacy) or with the request (modern).
    public let clientCapabilities: JSONObject
    /// Nil: the client did not ask for progress.
    public let progressToken: RequestID?
    /// Nil: the client did not ask for log messages with this request (modern), or not yet (legacy).
    public let logLevel: LogLevel?

    public init(
        revision: ProtocolRevision, client: ClientIdentity?, clientCapabilities: JSONObject,
        progressToken: RequestID? = nil, logLevel: LogLevel? = nil
    ) {
        self.revision = revision
        self.client = client
        self.clientCapabilities = clientCapabilities
        self.progressToken = progressToken
        self.logLevel = logLevel
    }
}

/// Something that the protocol cannot answer by itself. `ServerConnection.finish` takes the outcome.
public struct Call: Sendable, Equatable {
    public enum Work: Sendable, Equatable {
        /// The arguments fit the tool's schema, and missing ones have their defaults.
        case tool(name: String, arguments: JSONObject)
        /// Printable ASCII of at most 2,048 bytes; whether it exists is for the callee to say.
        case resource(uri: String)
        /// The arguments are strings that the prompt declares; the required ones are there.
        case prompt(name: String, arguments: JSONObject)
        case completion(CompletionQuestion)
    }

    public let number: CallNumber
    public let request: RequestID
    public let context: CallContext
    public let work: Work
}

/// What is being typed where.
public struct CompletionQuestion: Sendable, Equatable {
    public enum Subject: Sendable, Equatable {
        case prompt(String)
        case template(String)
    }

    /// Known to the profile.
    public let subject: Subject
    public let argument: String
    /// At most 1,024 characters.
    public let typed: String
    /// Arguments that are filled in already: strings.
    public let others: JSONObject

    public init(subject: Subject, argument: String, typed: String, others: JSONObject) {
        self.subject = subject
        self.argument = argument
        self.typed = typed
        self.others = others
    }
}

/// How a call ended.
public enum CallOutcome: Sendable, Equatable {
    case tool(ToolAnswer)
    /// A client may keep what it read for so many milliseconds (modern era).
    case resource([ResourceText], keepMilliseconds: Int64)
    case resourceNotFound(uri: String)
    case prompt(PromptAnswer)
    case completion(CompletionAnswer)
    case failed(ProtocolError)
}

/// Where a message goes on transports that have more than one stream. With stdio all are the same.
public enum MessageRoute: Sendable, Equatable {
    /// The last message of this request's exchange; nil: of the frame that held no usable id.
    case answer(RequestID?)
    /// On the response stream of this request; more follows.
    case exchange(RequestID)
    /// To the client, outside any request (legacy era).
    case session
}

/// What a transport does next, in this order.
public enum ServerAction: Sendable, Equatable {
    case send(JSONValue, MessageRoute)
    case perform(Call)
    /// Nobody waits for this call any more; an outcome that comes anyway is ignored.
    case cancel(CallNumber)
    /// This request gets no answer; a response stream that is open for it ends.
    case end(RequestID)
}

/// What one connection may ask for at a time.
public struct ConnectionLimits: Sendable {
    public var document: JSONLimits
    /// Calls under way.
    public var calls: Int
    /// `subscriptions/listen` requests that are open.
    public var streams: Int
    /// URIs of one stream, or of the session (legacy).
    public var urisPerStream: Int
    /// Messages of one batch.
    public var batch: Int
    /// The least time between two updates of one URI on one stream.
    public var updateInterval: Duration

    public init(
        document: JSONLimits = JSONLimits(), calls: Int = 32, streams: Int = 8, urisPerStream: Int = 64,
        batch: Int = 32, updateInterval: Duration = .seconds(1)
    ) {
        self.document = document
        self.calls = calls
        self.streams = streams
        self.urisPerStream = urisPerStream
        self.batch = batch
        self.updateInterval = updateInterval
    }
}
