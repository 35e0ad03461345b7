// SPDX-License-Identifier: Apache-2.0
import AlertModel
import MCPProtocol
import MCPServing
import Synchronization

/// One call, as the audit log has it: who asked for what, and what it came to. Nothing of an alert, and no argument
/// itself: two calls with the same arguments have the same digest.
public struct AuditEntry: Sendable, Equatable {
    public enum Outcome: String, Sendable { case answered, mistake, refused, cancelled }

    public let caller: String
    /// A tool's or prompt's name, or `resources/read`, `completion/complete`.
    public let what: String
    /// 32 hexadecimal digits: the first half of the SHA-256 of the arguments as compact JSON.
    public let argumentDigest: String
    public private(set) var outcome: Outcome
    /// Characters of the structured result, of the prompt or of the resource.
    public let size: Int
    /// Secrets that were taken out of the result.
    public let redactions: Int
    public let duration: Duration
    /// As the client calls itself; not verified, visible ASCII, at most 64 characters.
    public let client: String?

    init(
        _ call: Call, _ outcome: CallOutcome, by caller: Caller, duration: Duration, redactions: Int, isCancelled: Bool
    ) {
        self.caller = caller.name
        let arguments: JSONValue
        switch call.work {
        case .tool(let name, let given), .prompt(let name, let given):
            what = name
            arguments = .object(given)
        case .resource(let uri):
            what = "resources/read"
            arguments = .string(uri)
        case .completion(let question):
            what = "completion/complete"
            arguments = .strings([question.argument, question.typed])
        }
        let bytes = arguments.encoded
        argumentDigest = "\(SubjectID(digestOf: bytes.span))"
        switch outcome {
        case .tool(let answer):
            self.outcome = answer.isError ? .mistake : .answered
            size = answer.text?.utf8.count ?? 0
        case .resource(let contents, _):
            self.outcome = .answered
            size = contents.reduce(0) { $0 + $1.text.utf8.count }
        case .prompt(let answer):
            self.outcome = .answered
            size = answer.messages.reduce(0) { $0 + $1.text.utf8.count }
        case .completion(let answer):
            self.outcome = .answered
            size = answer.values.reduce(0) { $0 + $1.utf8.count }
        case .resourceNotFound, .failed:
            self.outcome = .refused
            size = 0
        }
        self.redactions = redactions
        self.duration = duration
        if isCancelled { self.outcome = .cancelled }
        client = call.context.client.map { identity in
            let visible = "\(identity.name) \(identity.version)".unicodeScalars
                .map { (0x20 ..< 0x7F).contains($0.value) ? Character($0) : "?" }
            return String(visible.prefix(64))
        }
    }
}

/// What is counted while one call is done, by whoever does a part of it. Any task of the call.
public final class CallMeter: Sendable {
    @TaskLocal public static var current: CallMeter?

    private let redactionCount = Atomic<Int>(0)

    init() {}

    /// Secrets that were taken out of what is answered.
    public func add(redactions: Int) { redactionCount.wrappingAdd(redactions, ordering: .relaxed) }

    var redactions: Int { redactionCount.load(ordering: .relaxed) }
}
