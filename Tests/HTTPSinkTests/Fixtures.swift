// SPDX-License-Identifier: Apache-2.0
import AlertFormats
import AlertModel
import CAlertBatch
import CJSONScan
import ConfigTree
import Foundation
import Testing

@testable import AlertSinks

/// Records as a lane would feed them.
enum Made {
    static let arrival = EventTime(nanoseconds: 1_795_295_800_000_000_000)
    /// What an attacker would write into a command line.
    static let hostile =
        "\"},{\"x\":1}\r\n<!channel> <@U1> <https://evil|ok> *b* `c` [l](https://evil) \u{1b}[31m\u{202e}\u{0}é😀\\"

    static func alerts(_ documents: [String], firstOutput: Int64 = 1) -> DecidedEntry {
        let builder = AlertBatchBuilder()
        let parser = unsafe cjson_parser_create()
        defer { unsafe cjson_parser_destroy(parser) }
        for document in documents {
            let bytes = [UInt8](document.utf8)
            _ = unsafe cjson_scan_alert(parser, builder.raw, bytes, bytes.count, arrival.nanoseconds)
        }
        let batch = builder.seal()
        return DecidedEntry(
            installation: 1, epoch: 2, place: firstOutput, source: "node", content: .alerts(batch), fates: [],
            firstOutput: firstOutput, outputCount: batch.count)
    }

    static func alert(rule: String = "Shell", priority: String = "Critical", output: String = "a shell") throws
        -> String
    {
        let object: [String: Any] = [
            "rule": rule, "priority": priority, "source": "syscall", "hostname": "node-1", "tags": ["T1059"],
            "time": "2026-05-28T20:26:40.000484839Z",
            "output": "20:26:40.000484839: \(priority) \(output)",
            "output_fields": ["k8s.ns.name": "shop", "container.id": "3ad7b26ded6d", "proc.cmdline": output],
        ]
        return String(
            decoding: try JSONSerialization.data(withJSONObject: object, options: [.sortedKeys]), as: UTF8.self)
    }

    static func alerts(count: Int) throws -> DecidedEntry {
        alerts(try (0 ..< count).map { try alert(rule: "Rule \($0)") })
    }

    static func incident(_ state: RecordState, title: String = "Chain") -> EngineRecord {
        .incident(
            IncidentRecord(
                incident: SubjectID(high: 3, low: 4), state: state, revision: Int(state.rawValue), ruleID: "5638",
                ruleTitle: title, ruleType: "temporal_ordered", level: .high, tags: ["attack.execution"],
                group: [KeyField(name: "k8s.ns.name", value: .text("shop"))], value: 3,
                first: EventTime(nanoseconds: 1_795_295_740_000_000_000),
                last: EventTime(nanoseconds: 1_795_295_800_000_000_000), alerts: [], attack: []))
    }

    static func records(_ records: EngineRecord...) -> DecidedEntry {
        var notes = EntryNotes()
        notes.records = records.map { PlacedRecord(position: 0, record: $0) }
        return DecidedEntry(
            installation: 1, epoch: 2, place: 50, source: "", content: .time(arrival), fates: [], notes: notes,
            firstOutput: 1, outputCount: records.count)
    }

    static func gap() -> DecidedEntry {
        DecidedEntry(
            installation: 1, epoch: 2, place: 9, source: "node",
            content: .gap(Gap(source: "no\"de\n", from: arrival, to: arrival, reason: .reconnected)), fates: [],
            firstOutput: 1, outputCount: 1)
    }
}

/// Answers from a list and remembers what was asked.
final class ScriptedExchange: HTTPExchange {
    struct Asked {
        let url: String
        let headers: [String: String]
        let body: [UInt8]

        var text: String { String(decoding: body, as: UTF8.self) }
    }

    private(set) var asked: [Asked] = []
    private(set) var opened = 0
    private(set) var isClosed = false
    /// Answers each request, by its number from 0 on.
    let answer: (Int, Asked) throws(ExchangeFailure) -> HTTPAnswer

    init(_ answer: @escaping (Int, Asked) throws(ExchangeFailure) -> HTTPAnswer = { _, _ in HTTPAnswer(status: 200) }) {
        self.answer = answer
    }

    func open() throws(ExchangeFailure) { opened += 1 }
    func close() { isClosed = true }

    func post(_ request: HTTPRequest, body: Span<UInt8>) throws(ExchangeFailure) -> HTTPAnswer {
        let one = Asked(
            url: request.address.url,
            headers: Dictionary(request.headers.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 }),
            body: [UInt8](copying: body))
        asked.append(one)
        return try answer(asked.count - 1, one)
    }
}

/// A sink over a scripted exchange, and what came of feeding it.
final class Rig {
    let exchange: ScriptedExchange
    let sink: BatchedSink<HTTPCarrier>
    private let paused = Paused()
    private var nextOutput: Int64 = 1

    final class Paused { var total = Duration.zero }
    /// How long the sink has waited between requests.
    var pausedTime: Duration { paused.total }

    typealias Answers = (Int, ScriptedExchange.Asked) throws(ExchangeFailure) -> HTTPAnswer

    /// As configured without anything but the preset.
    convenience init(
        _ preset: HTTPPreset, url: String = "http://receiver.example:8080", format: FormatKind? = nil,
        token: String? = nil, answer: @escaping Answers = { _, _ in HTTPAnswer(status: 200) }
    ) {
        self.init(preset, url: url, format: format, token: token, { _ in }, answer: answer)
    }

    init(
        _ preset: HTTPPreset, url: String = "http://receiver.example:8080", format: FormatKind? = nil,
        token: String? = nil, secrets: [String: String] = [:], _ change: (inout HTTPSinkSettings) -> Void,
        answer: @escaping Answers = { _, _ in HTTPAnswer(status: 200) }
    ) {
        var settings = HTTPSinkSettings(
            url: .plain(url), preset: preset, format: format,
            token: token.map { _ in .environment(name: "TOKEN") },
            delivery: DeliveryKeys(batch: BatchLimits(count: 1_000)))
        change(&settings)
        var known = secrets
        if let token { known["TOKEN"] = token }
        let exchange = ScriptedExchange(answer)
        self.exchange = exchange
        sink = HTTPSink.make(
            settings, exchange: exchange,
            surroundings: HTTPSurroundings(
                secret: { [known] secret in
                    try secret.fetch(file: { _ in throw SecretError.unset(secret) }, environment: { known[$0] })
                }, now: { Made.arrival }, pause: { [paused] in paused.total += $0 }, channel: "channel-1"))
    }

    @discardableResult
    func feed(_ entries: DecidedEntry...) throws -> [RefusedOutput] {
        for entry in entries { try write(entry) }
        try sink.flush()
        return sink.takeRefused()
    }

    /// The entry's outputs, numbered on from those before, whatever their numbers were.
    func write(_ entry: DecidedEntry) throws {
        let numbered = DecidedEntry(
            installation: entry.installation, epoch: entry.epoch, place: entry.place, source: entry.source,
            content: entry.content, fates: entry.fates, notes: entry.notes, firstOutput: nextOutput,
            outputCount: entry.outputCount)
        nextOutput = numbered.endOutput
        try sink.write(numbered, from: numbered.firstOutput)
    }

    /// The only request's body as JSON.
    func onlyBody() throws -> [String: Any] {
        let one = try #require(exchange.asked.first)
        #expect(exchange.asked.count == 1)
        return try #require(try JSONSerialization.jsonObject(with: Data(one.body)) as? [String: Any])
    }
}

func object(_ text: some StringProtocol) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
}

func parsed(_ text: some StringProtocol) throws -> Any { try JSONSerialization.jsonObject(with: Data(text.utf8)) }
