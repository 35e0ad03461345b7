// SPDX-License-Identifier: Apache-2.0
public import AlertModel

/// A line for people: `time priority rule [host/container] output`.
///
/// Hostile text cannot forge a line, a colour or a reading direction: see `append(visible:)`.
public struct TextFormat: AlertFormat {
    public var name: String { "text" }
    /// Write ANSI colours.
    public let colours: Bool

    public init(colours: Bool) { self.colours = colours }

    /// Colours belong on a terminal, unless NO_COLOR is set to anything (no-color.org) or the terminal is `dumb`.
    public static func coloursWanted(isTerminal: Bool, environment: [String: String]) -> Bool {
        isTerminal && (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
    }

    public func append(
        _ alert: borrowing AlertView, at index: Int, of entry: DecidedEntry, to buffer: inout OutputBuffer
    ) {
        appendHead(alert.eventTime, alert.priority, to: &buffer)
        buffer.append(visible: alert.rule)
        reset(&buffer)
        appendPlace(alert, to: &buffer)
        let output = alert.output
        if output.count > 0 {
            buffer.append("  ")
            buffer.append(visible: output.extracting(droppingFirst: Self.prefixLength(output, alert.priority)))
        }
        buffer.append(byte: 0x0A)
    }

    public func append(_ gap: Gap, of entry: DecidedEntry, to buffer: inout OutputBuffer) {
        appendHead(gap.to, gap.isLossLikely ? .warning : .notice, to: &buffer)
        buffer.append("Creance gap")
        reset(&buffer)
        buffer.append("  alerts of source ")
        buffer.append(visible: gap.source.utf8Span.span)
        buffer.append(" may be missing since ")
        buffer.append(gap.from, fractionDigits: 3)
        buffer.append(": ")
        buffer.append(verbatim: gap.reason.rawValue)
        buffer.append(byte: 0x0A)
    }

    func appendHead(_ time: EventTime, _ priority: Priority, to buffer: inout OutputBuffer) {
        buffer.append(time, fractionDigits: 3)
        buffer.append(byte: 0x20)
        if colours { buffer.append(Self.colour(priority)) }
        let start = buffer.count
        buffer.append(priority)
        while buffer.count - start < 13 { buffer.append(byte: 0x20) }
        reset(&buffer)
        buffer.append(byte: 0x20)
        if colours { buffer.append("\u{1B}[1m") }
    }

    func reset(_ buffer: inout OutputBuffer) {
        if colours { buffer.append("\u{1B}[0m") }
    }

    private static func colour(_ priority: Priority) -> StaticString {
        switch priority {
        case .emergency, .alert, .critical: "\u{1B}[1;37;41m"
        case .error: "\u{1B}[1;31m"
        case .warning: "\u{1B}[1;33m"
        case .notice: "\u{1B}[36m"
        case .informational: "\u{1B}[32m"
        case .debug: "\u{1B}[2m"
        }
    }

    /// `[host]`, `[host/container]`, or nothing.
    private func appendPlace(_ alert: borrowing AlertView, to buffer: inout OutputBuffer) {
        let start = buffer.count
        buffer.append("  [")
        let empty = buffer.count
        buffer.append(visible: alert.hostname)
        if let name = Self.field("container.name", of: alert) {
            appendContainer(alert.field(at: name).text, empty, to: &buffer)
        } else if let id = Self.field("container.id", of: alert), !alert.field(at: id).text.equals("host") {
            appendContainer(alert.field(at: id).text, empty, to: &buffer)
        }
        if buffer.count == empty { buffer.truncate(to: start) } else { buffer.append(byte: 0x5D) }
    }

    /// The index of the field with this name, when it has a value.
    private static func field(_ name: String, of alert: borrowing AlertView) -> Int? {
        for index in 0 ..< alert.fieldCount {
            let field = alert.field(at: index)
            if !field.kind.isNull, field.key.equals(name) { return index }
        }
        return nil
    }

    private func appendContainer(_ name: Span<UInt8>, _ empty: Int, to buffer: inout OutputBuffer) {
        if buffer.count > empty { buffer.append(byte: 0x2F) }
        buffer.append(visible: name)
    }

    /// The length of `20:26:40.000484839: Warning ` in front of Falco's output, which the line says already; 0 when the
    /// output does not start so.
    static func prefixLength(_ output: Span<UInt8>, _ priority: Priority) -> Int {
        var place = 0
        for wanted in "00:00:00.000000000: ".utf8 {
            guard place < output.count else { return 0 }
            let byte = output[place]
            if wanted == 0x30 ? !(0x30 ... 0x39).contains(byte) : byte != wanted { return 0 }
            place += 1
        }
        for wanted in priority.name.utf8 {
            guard place < output.count, output[place] == wanted else { return 0 }
            place += 1
        }
        return place < output.count && output[place] == 0x20 ? place + 1 : 0
    }
}
