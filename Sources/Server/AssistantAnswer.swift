// SPDX-License-Identifier: Apache-2.0
import Crypto
import HTTPTypes
import HummingbirdCore
import MCPProtocol
import MCPServing
import NIOCore
import NIOSSL

extension Responder {
    /// `/mcp`: one request of the Model Context Protocol, in the order of `HTTPAdmission`.
    func assist(
        _ request: Request, with writer: consuming ResponseWriter, _ served: ServedPipeline, _ visitor: Visitor
    ) async throws {
        let access = served.surfaces.access
        guard let endpoint = served.surfaces.assistant, visitor.reach != .anybody || access.asksForTokens else {
            return try await send(.notFound, to: request, with: writer, endpoint: "mcp")
        }
        let admission = HTTPAdmission(
            HTTPRequestHead(request), hosts: access.hostRule(visitor.reach),
            limits: endpoint.limits.connection.document)
        let reply: HTTPReply
        var standing: StandingAccess?
        do throws(HTTPRefusal) {
            if let refusal = admission.atDoor(authority: request.head.authority) { throw refusal }
            let caller = try await caller(of: request, access, visitor)
            standing = StandingAccess(caller)
            if let refusal = endpoint.refusal(of: caller) { throw refusal }
            switch try admission.afterDoor() {
            case .openStream(let session, let last):
                reply = endpoint.openStream(session: session, lastEventID: last, from: caller)
            case .endSession(let session): reply = endpoint.endSession(session, from: caller)
            case .readBody:
                if request.headers[.expect]?.lowercased() == "100-continue" {
                    do { try await writer.writeInformationalHead(HTTPResponse(status: .continue)) } catch { throw .cut }
                }
                var reader = BodyReader(limit: endpoint.limits.connection.document.bytes, budget: budget)
                let step = try admission.message(try await Self.body(&reader, request))
                reply = endpoint.take(step, from: caller, acceptsEvents: admission.acceptsEvents)
            }
        } catch {
            reply = .complete(HTTPAnswer(error))
        }
        switch reply {
        case .complete(let answer):
            try await send(Answer(answer), to: request, with: writer, endpoint: "mcp")
        case .reading(let reading): try await write(reading, to: request, with: writer, visitor, standing)
        }
    }

    private func caller(
        of request: Request, _ access: AccessRules, _ visitor: Visitor
    ) async throws(HTTPRefusal) -> Caller {
        do throws(AccessRules.Denied) { return try await visitor.caller(of: request, access) } catch {
            throw error.status == .forbidden ? .forbidden(error.challenge) : .unauthenticated(error.challenge)
        }
    }

    private static func body(_ reader: inout BodyReader, _ request: Request) async throws(HTTPRefusal) -> [UInt8] {
        do {
            switch try await reader.read(request) {
            case .buffer(let buffer): return Array(buffer.readableBytesView)
            case .bytes(let bytes): return bytes
            case .unreadable: throw HTTPRefusal.tooLarge
            }
        } catch let refusal as HTTPRefusal {
            throw refusal
        } catch {
            throw .cut
        }
    }

    /// Writes what comes, as it comes. A client that goes is noticed at once, also while nothing is written.
    private func write(
        _ reading: ExchangeReading, to request: Request, with writer: consuming ResponseWriter, _ visitor: Visitor,
        _ standing: StandingAccess?
    ) async throws {
        defer { reading.end() }
        if let now = reading.readyAnswer {
            return try await send(Answer(now), to: request, with: writer, endpoint: "mcp")
        }
        await visitor.onClose { reading.end() }
        switch await reading.begin() {
        case .complete(let answer):
            await visitor.onClose(nil)
            try await send(Answer(answer), to: request, with: writer, endpoint: "mcp")
        case .stream(let fields):
            counters.countRequest("mcp", code: 200)
            var body = try await writer.writeHead(HTTPResponse(status: .ok, headerFields: HTTPFields(fields)))
            var standing = standing
            while let bytes = await reading.next(), await standing?.holds(for: request, visitor, gate) ?? false {
                try await body.write(ByteBuffer(bytes: bytes))
            }
            await visitor.onClose(nil)
            try await body.finish(nil)
        }
    }
}

extension HTTPRefusal {
    /// The client went away inside its request: nobody reads this.
    fileprivate static let cut = HTTPRefusal(ProtocolError(.parseError, "The body ended early."))
}

/// Whose request it is, as far as its connection tells.
struct Visitor: Sendable {
    let reach: ListenerReach
    /// Nil in tests without a network.
    let channel: (any Channel)?

    func caller(of request: Request, _ access: AccessRules) async throws(AccessRules.Denied) -> Caller {
        let fields = HTTPRequestHead(request).values(of: "authorization")
        return try await access.caller(fields, reach: reach, certificate: await certificate)
    }

    /// What names the certificate that the client showed and the listener's authority signed: its SHA-256, as tools show it.
    private var certificate: String? {
        get async {
            guard reach == .known, let channel,
                let shown = try? await channel.nioSSL_peerCertificate().get(), let bytes = try? shown.toDERBytes()
            else { return nil }
            let digits = Array("0123456789abcdef".utf8)
            let digest = SHA256.hash(data: bytes).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
            return "certificate sha256:" + String(decoding: digest, as: UTF8.self)
        }
    }

    /// Has `body` called, once, when the client closes its side; nil takes that back.
    func onClose(_ body: (@Sendable () -> Void)?) async {
        guard let channel else { return }
        try? await channel.eventLoop.submit {
            try channel.pipeline.syncOperations.handler(type: ExchangeGuard.self).onClose = body
        }.get()
    }
}

extension HTTPRequestHead {
    init(_ request: Request) {
        self.init(
            method: request.method.rawValue,
            fields: request.headers.map { (name: $0.name.rawName, value: $0.value) })
    }
}

extension HTTPFields {
    init(_ fields: [HTTPRefusal.Field]) {
        self.init()
        for field in fields {
            if let name = HTTPField.Name(field.name) { append(HTTPField(name: name, value: field.value)) }
        }
    }
}

extension Answer {
    init(_ answer: HTTPAnswer) {
        var head = HTTPResponse(
            status: HTTPResponse.Status(code: answer.status), headerFields: HTTPFields(answer.fields))
        if answer.status != 204 { head.headerFields[.contentLength] = String(answer.body.count) }
        self.init(head: head, body: ResponseBody(byteBuffer: ByteBuffer(bytes: answer.body)))
    }
}
