// SPDX-License-Identifier: Apache-2.0
import AlertFormats
import AlertModel
import Explanation
import Journal

/// An explanation for people. Every text from outside goes through the escapes of the `text` format.
extension AlertExplanation {
    func lines(_ style: Style) -> [String] {
        guard case .alerts(let batch) = entry.content else { return [] }
        let alert = batch.alert(at: index)
        var lines = [style.bold("alert \(id)")]
        func add(_ name: String, _ text: String) {
            lines.append("  " + name + String(repeating: " ", count: max(1, 11 - name.count)) + text)
        }
        add("rule", "\(SafeText.visible(alert.rule)) (\(alert.priority.name))")
        let standIn = alert.isTimeFromArrival ? " (that of its arrival: it brought no usable time)" : ""
        add("happened", "\(alert.eventTime)\(standIn)")
        add("received", "\(alert.arrivalTime) from \(SafeText.visible(entry.source))")
        add("fate", sentence)
        for text in markSentences { add("mark", text) }
        for (name, value) in addedFields { add("added", "\(SafeText.visible(name))=\(SafeText.visible(value))") }
        if let output { add("left as", "output \(output)\(delivery)") }
        for counted in incidents { add("incident", Self.sentence(counted)) }
        for incident in possible { add("possibly", "may have counted in \(Self.sentence(incident, named: false))") }
        if hasMorePossible { add("possibly", "…") }
        if let record { add("see", Self.line(record, entry)) }
        return lines
    }

    /// ` to archive (delivered), pager (waiting)`; without routes, the sinks that keep a place.
    private var delivery: String {
        let names = sinks ?? cursors.keys.sorted()
        guard !names.isEmpty else { return sinks == nil ? " to every sink" : " to no sink" }
        return " to "
            + names.map {
                "\(SafeText.visible($0))\(isDelivered(to: $0).map { $0 ? " (delivered)" : " (waiting)" } ?? "")"
            }
            .joined(separator: ", ")
    }

    private static func sentence(_ counted: Counted) -> String {
        guard let record = counted.record else { return "\(counted.incident)" }
        return sentence(record, named: counted.isNamed)
    }

    private static func sentence(_ record: IncidentRecord, named: Bool) -> String {
        "\(record.incident) \(SafeText.visible(record.ruleTitle)) (\(record.state.name), value \(number(record.value))"
            + "\(named ? ", named in its record" : ""))"
    }

    /// A whole number without a fraction, as the formats write it.
    private static func number(_ value: Double) -> String {
        Int64(exactly: value).flatMap { $0.magnitude < 1 << 53 ? "\($0)" : nil } ?? "\(value)"
    }

    static func line(_ record: EngineRecord, _ entry: DecidedEntry) -> String {
        var buffer = OutputBuffer()
        TextFormat(colours: false).append(record, of: entry, to: &buffer)
        return String(decoding: [UInt8](_span: buffer.bytes).dropLast(), as: UTF8.self)
    }
}

/// The same for programs.
extension AlertExplanation {
    var json: String {
        var object = JSONLine()
        object.add("id", id.description)
        object.add("fate", fate?.name)
        object.add("reason", sentence)
        if let subject = notes.subject(of: index) { Self.add(subject, notes.marks[index], silence, &object) }
        if notes.marks.indices.contains(index) {
            let names = AlertMark.Flags.names.filter { notes.marks[index].flags.contains($0.flag) }.map(\.name)
            object.add("marks", json: "[\(names.map(JSONLine.quoted).joined(separator: ","))]")
        }
        if let output {
            var left = JSONLine()
            left.add("number", output)
            left.add(
                "sinks",
                (sinks ?? cursors.keys.sorted()).map { name in
                    var sink = JSONLine()
                    sink.add("name", name)
                    sink.add("delivered", isDelivered(to: name))
                    return sink
                })
            object.add("output", left)
        }
        object.add(
            "incidents",
            incidents.map { counted in
                var incident = JSONLine()
                incident.add("id", counted.incident.description)
                incident.add("title", counted.record?.ruleTitle)
                incident.add("state", counted.record?.state.name)
                incident.add("named", counted.isNamed)
                return incident
            })
        object.add(
            "possible_incidents",
            possible.map { record in
                var incident = JSONLine()
                incident.add("id", record.incident.description)
                incident.add("title", record.ruleTitle)
                incident.add("state", record.state.name)
                return incident
            })
        object.add("alert", json: Self.creance { append(to: &$0) })
        object.add(
            "record", json: record.map { record in Self.creance { CreanceFormat().append(record, of: entry, to: &$0) } }
        )
        return object.text
    }

    private static func add(
        _ subject: NoteSubject, _ mark: AlertMark, _ silence: Silence?, _ object: inout JSONLine
    ) {
        var part = JSONLine()
        switch subject {
        case .group(let id):
            part.add("id", id.description)
            part.add("variant", Int(mark.variant))
            part.add("count", Int(mark.count))
            object.add("group", part)
        case .silence(let id):
            part.add("id", id)
            part.add("when", silence?.when)
            part.add("until", silence?.until.description)
            part.add("reason", silence?.reason)
            object.add("silence", part)
        case .inhibition(let condition): object.add("inhibition", condition)
        case .storm(let id):
            part.add("id", id.description)
            object.add("storm", part)
        case .original(let id): object.add("original", id.description)
        }
    }

    private func append(to buffer: inout OutputBuffer) {
        guard case .alerts(let batch) = entry.content else { return }
        CreanceFormat().append(batch.alert(at: index), at: index, of: entry, to: &buffer)
    }

    /// One line of the `creance` format without its line feed.
    static func creance(_ write: (inout OutputBuffer) -> Void) -> String {
        var buffer = OutputBuffer()
        write(&buffer)
        return String(decoding: [UInt8](_span: buffer.bytes).dropLast(), as: UTF8.self)
    }
}

extension SubjectExplanation {
    /// `alerts`: those that are still in the journal, with their lines.
    func lines(_ style: Style, _ reader: JournalReader) throws -> [String] {
        var lines = [style.bold("\(kind) \(subject)")]
        for found in records {
            let left = found.output.map { "output \($0)" } ?? "not sent"
            let sinks = found.sinks.map { " to \($0.isEmpty ? "no sink" : $0.joined(separator: ", "))" } ?? ""
            lines.append("  record \(found.record.id), \(SafeText.visible("\(left)\(sinks)"))")
            lines.append("    \(AlertExplanation.line(found.record, Self.anyEntry))")
        }
        if hasMore { lines.append("  …") }
        for id in alerts {
            guard let found = try reader.alert(id) else {
                lines.append("  alert \(id), not in the journal any more")
                continue
            }
            lines.append("  alert \(id), \(found.fate?.name ?? "not decided yet")")
            lines.append("    \(Self.line(found))")
        }
        return lines
    }

    var kind: String {
        switch records.first?.record {
        case .summary?: "group"
        case .incident?: "incident"
        case .storm?: "storm"
        case nil: "subject"
        }
    }

    var json: String { json(nil) }

    /// `noted`: what was noted about an incident; nil leaves the key out.
    func json(_ noted: [Annotation]?) -> String {
        var object = JSONLine()
        object.add("id", subject.description)
        object.add("kind", kind)
        let texts = records.map { found in
            AlertExplanation.creance { CreanceFormat().append(found.record, of: Self.anyEntry, to: &$0) }
        }
        object.add("records", json: "[\(texts.joined(separator: ","))]")
        object.add("alerts", json: "[\(alerts.map { JSONLine.quoted($0.description) }.joined(separator: ","))]")
        object.add("more", hasMore)
        if let noted { object.add("annotations", noted.map(AnnotationText.json)) }
        return object.text
    }

    /// Formats write a record from itself alone.
    private static var anyEntry: DecidedEntry {
        DecidedEntry(
            installation: 0, epoch: 0, place: 0, source: "", content: .time(EventTime(nanoseconds: 0)), fates: [],
            firstOutput: 0, outputCount: 0)
    }

    private static func line(_ found: FoundAlert) -> String {
        let alert = found.batch.alert(at: found.index)
        return "\(alert.eventTime) \(alert.priority.name) \(SafeText.visible(alert.rule))"
            + " [\(SafeText.visible(alert.hostname))]"
    }
}
