// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import MCPProtocol

/// Any order of requests, outcomes, cancellations and changes, against a count of what every request must come to.
@Suite struct ConnectionModelTests {
    private struct Ledger {
        var open: Set<RequestID> = []
        var listening: Set<RequestID> = []
        var calls: [CallNumber] = []
        var cancelled: Set<CallNumber> = []

        /// Books actions; false if a message went to a request that is not open.
        mutating func book(_ actions: [ServerAction]) -> Bool {
            for action in actions {
                switch action {
                case .send(_, .answer(let id)):
                    guard let id, open.remove(id) != nil else { return false }
                    listening.remove(id)
                case .send(let message, .exchange(let id)):
                    guard open.contains(id) else { return false }
                    if message["method"] == "notifications/subscriptions/acknowledged" { listening.insert(id) }
                    if message["method"] == "notifications/resources/updated", !listening.contains(id) { return false }
                case .send(_, .session): return false
                case .perform(let call): calls.append(call.number)
                case .cancel(let number): cancelled.insert(number)
                case .end(let id):
                    guard open.remove(id) != nil else { return false }
                    listening.remove(id)
                }
            }
            return true
        }
    }

    private func request(_ id: Int, _ method: String, _ params: JSONObject) -> MessageDocument {
        var params = params
        params["_meta"] = [
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": [:], "progressToken": .integer(Int64(id)),
        ]
        let message: JSONObject = [
            "jsonrpc": "2.0", "id": .integer(Int64(id)), "method": .string(method), "params": .object(params),
        ]
        return .single(.object(message))
    }

    @Test(arguments: [41, 42, 43, 44, 45, 46] as [UInt64])
    func `every request comes to one answer or one end, and nothing is sent after it`(seed: UInt64) {
        var numbers = SeededNumbers(state: seed)
        let limits = ConnectionLimits(calls: 4, streams: 2, updateInterval: .milliseconds(20))
        var connection = ServerConnection(.sample, limits: limits)
        var ledger = Ledger()
        var now = Duration.zero
        for step in 1 ... 600 {
            now += .milliseconds(Int.random(in: 0 ... 15, using: &numbers))
            var actions: [ServerAction] = []
            switch Int.random(in: 0 ..< 10, using: &numbers) {
            case 0, 1, 2:
                ledger.open.insert(.integer(Int64(step)))
                let call: JSONObject = ["name": "search", "arguments": ["query": "x"]]
                actions = connection.receive(request(step, "tools/call", call))
            case 3:
                ledger.open.insert(.integer(Int64(step)))
                let wish: JSONObject = ["notifications": ["resourceSubscriptions": ["sample://latest"]]]
                actions = connection.receive(request(step, "subscriptions/listen", wish))
            case 4:
                ledger.open.insert(.integer(Int64(step)))
                actions = connection.receive(request(step, "prompts/list", [:]))
            case 5:
                let id = ledger.open.map(\.json.encodedText).sorted().randomElement(using: &numbers) ?? "0"
                let text = #"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":\#(id)}}"#
                actions = connection.receive(Array(text.utf8))
            case 6: actions = connection.resourceChanged("sample://latest", at: now)
            case 7: actions = connection.sendUpdates(at: now)
            default:
                guard let call = ledger.calls.randomElement(using: &numbers) else { continue }
                actions = connection.progress(call, Double(step))
                let isBooked = ledger.book(actions)
                #expect(isBooked)
                actions = connection.finish(call, .tool(ToolAnswer(text: "t")))
                if ledger.cancelled.contains(call) { #expect(actions.isEmpty) }
            }
            let isBooked = ledger.book(actions)
            #expect(isBooked, "step \(step)")
            #expect(connection.calls.count <= 4)
            #expect(connection.calls.count == connection.requests.count)
            #expect(connection.subscriptions.listening == ledger.listening.count)
            #expect(ledger.open.count == connection.calls.count + ledger.listening.count)
        }
        let isBooked = ledger.book(connection.endSubscriptions())
        #expect(isBooked)
        #expect(ledger.listening.isEmpty)
    }
}
