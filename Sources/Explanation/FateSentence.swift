// SPDX-License-Identifier: Apache-2.0
import AlertFormats
import AlertModel

extension AlertExplanation {
    /// What became of it, and why. Texts of silences and inhibitions, which people wrote, are made visible; nothing in it is
    /// of the alert.
    public var sentence: String {
        guard let fate else { return "not decided yet" }
        let mark = notes.marks.indices.contains(index) ? notes.marks[index] : AlertMark()
        switch (fate, notes.subject(of: index)) {
        case (.passed, .group(let group)?):
            return mark.count == 1
                ? "passed: the first of group \(group)"
                : "passed: alert \(mark.count) of group \(group), variant \(mark.variant)"
        case (.passed, _): return "passed"
        case (.unrouted, _): return "unrouted: no route wanted it"
        case (.transportDuplicate, .original(let original)?):
            return "transport duplicate: the same alert had come before as \(original)"
        case (.transportDuplicate, _): return "transport duplicate: the same alert had come before"
        case (.suppressed, .group(let group)?):
            return "suppressed: a repeat, alert \(mark.count) of group \(group), variant \(mark.variant)"
        case (.suppressed, _): return "suppressed: a repeat"
        case (.silenced, .silence(let id)?):
            guard let silence else { return "silenced by \(Self.visible(id)), of the configuration" }
            // Of run time it has the time when it was set.
            let origin = silence.createdAt == nil ? ", of the configuration," : ""
            return
                "silenced by \(Self.visible(id))\(origin) until \(silence.until): \(Self.visible(silence.reason)) "
                + "(\(Self.visible(silence.when)))"
        case (.silenced, _): return "silenced"
        case (.inhibited, .inhibition(let condition)?):
            return "inhibited while this holds: \(Self.visible(condition))"
        case (.inhibited, _): return "inhibited"
        case (.held, .storm(let storm)?): return "held by storm control: storm \(storm)"
        case (.held, _): return "held by storm control"
        }
    }

    /// What is odd about it, in constant text.
    public var markSentences: [String] {
        guard notes.marks.indices.contains(index) else { return [] }
        let flags = notes.marks[index].flags
        let sentences: [(AlertMark.Flags, String)] = [
            (.late, "late: it came behind the watermark"),
            (.skewed, "skewed: its time lay too far ahead, its arrival decided"),
            (.ungrouped, "ungrouped: the table of groups was full"),
            (.unplaced, "unplaced: at least one correlation rule could not place it"),
        ]
        return sentences.filter { flags.contains($0.0) }.map(\.1)
    }

    /// nil: the sink keeps no place that would tell.
    public func isDelivered(to sink: String) -> Bool? {
        guard let output, let cursor = cursors[sink] else { return nil }
        return cursor.nextOutput > output
    }

    /// What enrichment added, values as JSON writes them.
    public var addedFields: [(name: String, value: String)] {
        (0 ..< notes.added.count(ofAlert: index)).map { place in
            notes.added.withField(place, ofAlert: index) { name, _, _, text in
                (name.name, String(decoding: [UInt8](_span: text), as: UTF8.self))
            }
        }
    }

    /// Text from outside: no control or direction character of it gets through, and no line ends in it.
    private static func visible(_ text: String) -> String {
        var buffer = OutputBuffer()
        buffer.append(visible: text.utf8Span.span)
        return String(decoding: [UInt8](_span: buffer.bytes), as: UTF8.self)
    }
}
