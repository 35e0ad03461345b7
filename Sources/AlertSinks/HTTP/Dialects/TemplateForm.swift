// SPDX-License-Identifier: Apache-2.0
import AlertFormats
import AlertModel

/// The operator's own words for each record of a chat, in place of the dialect's.
struct TemplateForm: AlertFormat {
    enum Place {
        /// A text of Slack's, as a JSON string.
        case slack
        /// An element of an adaptive card: one text run, which knows no markup.
        case teams
    }

    let template: MessageTemplate
    let place: Place

    var name: String { "template" }

    /// Nil for a template that is none; the configuration has refused it before.
    init?(_ text: String?, _ place: Place) {
        guard let text else { return nil }
        let target = place == .slack ? MessageTemplate.Target.slack : .plain
        guard let template = try? MessageTemplate(text, for: target) else { return nil }
        self.template = template
        self.place = place
    }

    func append(_ alert: borrowing AlertView, at index: Int, of entry: DecidedEntry, to buffer: inout OutputBuffer) {
        append(.alert(index), of: entry, to: &buffer)
    }

    func append(_ gap: Gap, of entry: DecidedEntry, to buffer: inout OutputBuffer) {
        append(.gap, of: entry, to: &buffer)
    }

    func append(_ record: EngineRecord, of entry: DecidedEntry, to buffer: inout OutputBuffer) {
        guard let index = entry.notes.records.firstIndex(where: { $0.record.id == record.id }) else { return }
        append(.record(index), of: entry, to: &buffer)
    }

    private func append(_ output: EntryOutput, of entry: DecidedEntry, to buffer: inout OutputBuffer) {
        var text = OutputBuffer(capacity: 4_096)
        template.append(output, of: entry, to: &text)
        // A chat refuses a message without a text.
        if text.isEmpty { text.append(byte: 0x2D) }
        if place == .teams {
            buffer.append("{\"type\":\"RichTextBlock\",\"inlines\":[{\"type\":\"TextRun\",\"text\":")
        }
        buffer.append(quoted: text.bytes)
        if place == .teams { buffer.append("}]}") }
        buffer.append(byte: 0x0A)
    }
}
