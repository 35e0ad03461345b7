// SPDX-License-Identifier: Apache-2.0
import AlertModel
import HostileText
import Journal
import MCPProtocol

/// One alert as JSON.
struct RenderedAlert {
    /// Fields in a list: what it happened to. The rest is in the output text.
    private static let briefFields = ["container.id", "k8s.ns.name", "k8s.pod.name", "proc.name", "user.name"]
    private static let briefFieldLimit = 64

    private let rendering: AlertRendering

    init(_ rendering: AlertRendering) { self.rendering = rendering }

    func json(_ found: FoundAlert) -> JSONObject {
        guard found.index >= 0, found.index < found.batch.count else { return ["kind": "alert"] }
        let alert = found.batch.alert(at: found.index)
        var object: JSONObject = ["kind": "alert", "id": .string(found.id.description)]
        var texts = UntrustedTexts(rendering, room: room)
        learn(alert, &texts)
        appendHead(alert, found, &texts, to: &object)
        appendNotes(found, to: &object)
        let untrusted = untrusted(alert, found, &texts)
        texts.describe(in: &object)
        object["untrusted"] = .object(untrusted)
        return object
    }

    /// The output without `20:26:40.000484839: Warning ` in front.
    @_lifetime(copy alert)
    private static func message(of alert: borrowing AlertView) -> Span<UInt8> {
        if !alert.message.isEmpty { return alert.message }
        let output = alert.output
        let head = Array(": \(alert.priority.name) ".utf8)
        var place = 0
        // The longest time is an ISO 8601 one.
        while place < output.count, place < 40, output[place] != 0x20 { place += 1 }
        guard place > 0, place - 1 + head.count <= output.count,
            output.extracting(place - 1 ..< place - 1 + head.count).equals(head.span)
        else { return output }
        return output.extracting(place - 1 + head.count ..< output.count)
    }

    /// Characters of all texts of one alert.
    private var room: Int {
        switch rendering.detail {
        case .brief: 480
        case .normal: 6000
        case .full: 16_000
        }
    }

    private var fieldLimit: Int {
        switch rendering.detail {
        case .brief: Self.briefFields.count
        case .normal: 48
        case .full: 256
        }
    }

    /// Looks at all texts before any is shown: secrets that one of them names are taken out of all.
    private func learn(_ alert: borrowing AlertView, _ texts: inout UntrustedTexts) {
        texts.look(at: alert)
        texts.learn(alert.output)
        for index in 0 ..< alert.fieldCount {
            let field = alert.field(at: index)
            if field.kind == .string || field.kind == .json { texts.learn(field.text) }
        }
    }

    /// What Falco and its rules say.
    private func appendHead(
        _ alert: borrowing AlertView, _ found: FoundAlert, _ texts: inout UntrustedTexts, to object: inout JSONObject
    ) {
        object["time"] = .string(alert.eventTime.description)
        if alert.isTimeFromArrival { object["time_source"] = "arrival" }
        object["priority"] = .string(alert.priority.name)
        object["rule"] = .string(texts.label(alert.rule))
        object["source"] = .string(texts.label(alert.source))
        var tags: [JSONValue] = []
        for index in 0 ..< min(alert.tagCount, rendering.detail == .brief ? 8 : 64) {
            tags.append(.string(texts.label(alert.tag(at: index))))
        }
        object["tags"] = .array(tags)
        guard rendering.detail != .brief else { return }
        object["received"] = [
            "source": .string(Label.of(found.receivedFrom)), "time": .string(alert.arrivalTime.description),
        ]
    }

    /// What Creance says.
    private func appendNotes(_ found: FoundAlert, to object: inout JSONObject) {
        object["fate"] = .string(found.fate?.name ?? "undecided")
        if let mark = found.mark, case .group(let group)? = found.subject {
            object["group"] = [
                "id": .string(group.description), "variant": .integer(Int64(mark.variant)),
                "count": .integer(Int64(mark.count)),
            ]
        }
        let incidents = found.incidents
        if !incidents.isEmpty {
            object["incidents"] = .strings(
                incidents.prefix(rendering.detail == .brief ? 4 : 64).map(\.description))
        }
        guard rendering.detail != .brief else { return }
        switch found.subject {
        case .silence(let id)?: object["because"] = ["kind": "silence", "id": .string(Label.of(id))]
        case .inhibition(let condition)?:
            object["because"] = ["kind": "inhibition", "id": .string(Label.of(condition))]
        case .storm(let storm)?: object["because"] = ["kind": "storm", "id": .string(storm.description)]
        case .original(let original)?: object["because"] = ["kind": "original", "id": .string(original.description)]
        case .group?, nil: break
        }
    }

    private func untrusted(
        _ alert: borrowing AlertView, _ found: FoundAlert, _ texts: inout UntrustedTexts
    ) -> JSONObject {
        var object: JSONObject = ["hostname": texts.text(alert.hostname, "hostname")]
        // In a list, time and priority need not come twice.
        let isShort = rendering.detail == .brief
        object["output"] = texts.text(isShort ? Self.message(of: alert) : alert.output, "output")
        var fields = JSONObject()
        var omitted = 0
        for index in 0 ..< alert.fieldCount {
            let field = alert.field(at: index)
            let name = texts.label(field.key)
            if rendering.detail == .brief {
                guard !field.kind.isNull, Self.briefFields.contains(name) else { continue }
                fields[name] = texts.value(field, name, limit: Self.briefFieldLimit)
            } else if fields.members.count < fieldLimit, texts.room > 0 {
                fields[name] = texts.value(field, name)
            } else {
                omitted += 1
            }
        }
        object["output_fields"] = .object(fields)
        if omitted > 0 { object["fields_omitted"] = .integer(Int64(omitted)) }
        guard rendering.detail != .brief else { return object }
        var enrichment = JSONObject()
        found.notes.added.forEach(ofAlert: found.index) { name, kind, bits, text in
            guard enrichment.members.count < fieldLimit else { return }
            let label = Label.of(name.name)
            enrichment[label] = texts.value(kind, bits: bits, text: text, label)
        }
        if !enrichment.isEmpty { object["enrichment"] = .object(enrichment) }
        return object
    }
}
