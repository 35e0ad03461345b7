// SPDX-License-Identifier: Apache-2.0
import AlertFormats
import AlertModel

/// A record as people and pagers are told of it: an alert, a gap or a record of the engine's in the same words.
///
/// Texts are made anew for each: what is told so is little. They are hostile; who writes them escapes them.
struct SpokenRecord {
    enum Kind: String { case alert, gap, summary, incident, storm }

    let kind: Kind
    let id: String
    /// What repeats and later states of the same thing have in common; the id of a record that stands alone.
    let subject: String
    /// Nil for an alert and a gap.
    let state: RecordState?
    let rule: String
    let source: String
    let priority: Priority
    let first: EventTime
    let last: EventTime
    let hostname: String
    /// Without the time and priority that Falco puts in front.
    let output: String
    var namespace = ""
    var pod = ""
    var container = ""
    let tags: [String]

    /// Texts longer than this are cut: receivers have limits of their own, and a command line may be 64 KiB long.
    static let limitBytes = 2_048

    init(_ alert: borrowing AlertView, at index: Int, of entry: DecidedEntry) {
        kind = .alert
        id = entry.id(at: index).description
        subject = entry.subject(of: .alert(index))?.description ?? id
        state = nil
        rule = Self.text(alert.rule)
        source = Self.text(alert.source)
        priority = alert.priority
        (first, last) = (alert.eventTime, alert.eventTime)
        hostname = Self.text(alert.hostname)
        output = Self.withoutHead(Self.text(alert.output), alert.priority)
        tags = (0 ..< min(alert.tagCount, 16)).map { Self.text(alert.tag(at: $0)) }
        for place in 0 ..< alert.fieldCount {
            let field = alert.field(at: place)
            if !field.kind.isNull { take(field.key, field.text) }
        }
        // What enrichment knows about a field that Falco left empty.
        entry.notes.added.forEach(ofAlert: index) { name, kind, _, text in
            if !kind.isNull { take(name.text.span, text) }
        }
    }

    init(_ gap: Gap, of entry: DecidedEntry) {
        kind = .gap
        id = entry.id(at: 0).description
        (subject, state, source, hostname, tags) = (id, nil, "creance", "", [])
        rule = "Creance gap"
        priority = .warning
        (first, last) = (gap.from, gap.to)
        output = "Alerts of source \(gap.source) may be missing since \(gap.from): \(gap.reason.rawValue)"
    }

    init(_ record: EngineRecord) {
        let alert = RecordAlert(record)
        id = record.id.description
        subject = record.subject.description
        state = record.state
        rule = Self.cut(alert.rule)
        source = "creance"
        priority = alert.priority
        hostname = Self.cut(alert.hostname)
        output = Self.cut(Self.withoutHead(alert.output, alert.priority))
        tags = alert.tags.prefix(16).map(Self.cut)
        last = alert.time
        switch record {
        case .summary(let summary): (kind, first) = (.summary, summary.first)
        case .incident(let incident): (kind, first) = (.incident, incident.first)
        case .storm(let storm): (kind, first) = (.storm, storm.first)
        }
        for field in alert.fields {
            guard case .one(let value) = field.value, value != .null else { continue }
            let text = field.value.text
            take(field.name.utf8Span.span, text.utf8Span.span)
        }
    }

    private mutating func take(_ name: Span<UInt8>, _ text: Span<UInt8>) {
        if namespace.isEmpty, name.isText("k8s.ns.name") || name.isText("ka.target.namespace") {
            namespace = Self.text(text)
        } else if pod.isEmpty, name.isText("k8s.pod.name") {
            pod = Self.text(text)
        } else if container.isEmpty, name.isText("container.name") || name.isText("container.id") {
            container = Self.text(text)
        }
    }

    private static func text(_ span: Span<UInt8>) -> String {
        guard span.count > limitBytes else { return String(decoding: [UInt8](copying: span), as: UTF8.self) }
        var end = limitBytes
        // Between characters: no continuation byte is the first one left out.
        while end > 0, span[end] & 0xC0 == 0x80 { end -= 1 }
        return String(decoding: [UInt8](copying: span.extracting(0 ..< end)), as: UTF8.self) + "…"
    }

    private static func cut(_ text: String) -> String { Self.text(text.utf8Span.span) }

    /// Falco writes `TIME: Priority TEXT`.
    private static func withoutHead(_ output: String, _ priority: Priority) -> String {
        let mark = ": \(priority.name) "
        guard let range = output.prefixRange(upTo: mark, within: 64) else { return output }
        return String(output[range...])
    }
}

extension String {
    /// Where the text behind `mark` begins, when it stands near the beginning.
    fileprivate func prefixRange(upTo mark: String, within limit: Int) -> String.Index? {
        var rest = prefix(limit + mark.count)
        while !rest.isEmpty {
            if rest.hasPrefix(mark) { return rest.index(rest.startIndex, offsetBy: mark.count) }
            rest = rest.dropFirst()
        }
        return nil
    }
}

extension Span where Element == UInt8 {
    func isText(_ text: String) -> Bool {
        let other = text.utf8Span.span
        guard count == other.count else { return false }
        for place in indices where self[place] != other[place] { return false }
        return true
    }
}

/// A form of its own for each record, made of its spoken form.
protocol SpokenFormat: AlertFormat {
    func append(_ record: SpokenRecord, to buffer: inout OutputBuffer)
}

extension SpokenFormat {
    func append(_ alert: borrowing AlertView, at index: Int, of entry: DecidedEntry, to buffer: inout OutputBuffer) {
        append(SpokenRecord(alert, at: index, of: entry), to: &buffer)
    }

    func append(_ gap: Gap, of entry: DecidedEntry, to buffer: inout OutputBuffer) {
        append(SpokenRecord(gap, of: entry), to: &buffer)
    }

    func append(_ record: EngineRecord, of entry: DecidedEntry, to buffer: inout OutputBuffer) {
        append(SpokenRecord(record), to: &buffer)
    }
}

extension OutputBuffer {
    /// A JSON string of what can be seen of `text`: no line, colour or direction of its own.
    mutating func append(quotedVisible text: String) {
        append(quoted: VisibleBytes(text.utf8).text.utf8Span.span)
    }

    /// `"name":"text"` with the text as it is.
    mutating func append(member name: StaticString, _ text: String) {
        append(byte: 0x22)
        append(name)
        append("\":")
        append(quoted: text.utf8Span.span)
    }
}
