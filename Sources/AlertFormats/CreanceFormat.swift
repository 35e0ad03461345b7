// SPDX-License-Identifier: Apache-2.0
public import AlertModel

/// The project's own JSON, version 1: docs/schema/creance-record.schema.json. `RecordJSON.swift` has the engine's records.
///
/// `output_fields` are those of the `falco` format: of an alert that came as JSON, the object that came.
public struct CreanceFormat: AlertFormat {
    /// The value of `schema`: rises when a key changes, not when one is added.
    public static let schema = 1
    public var name: String { "creance" }

    public init() {}

    public func append(
        _ alert: borrowing AlertView, at index: Int, of entry: DecidedEntry, to buffer: inout OutputBuffer
    ) {
        buffer.append("{\"schema\":1,\"kind\":\"alert\",\"id\":\"")
        buffer.append(entry.id(at: index))
        buffer.append("\",\"time\":\"")
        buffer.append(alert.eventTime)
        if alert.isTimeFromArrival { buffer.append("\",\"time_source\":\"arrival") }
        buffer.append("\",\"priority\":\"")
        buffer.append(alert.priority)
        buffer.append("\",\"rule\":")
        buffer.append(quoted: alert.rule)
        buffer.append(",\"source\":")
        buffer.append(quoted: alert.source)
        buffer.append(",\"hostname\":")
        buffer.append(quoted: alert.hostname)
        buffer.append(",\"tags\":")
        buffer.appendTags(alert)
        buffer.append(",\"output\":")
        buffer.append(quoted: alert.output)
        buffer.append(",\"output_fields\":")
        appendFields(alert, to: &buffer)
        buffer.append(",\"received\":{\"source\":")
        buffer.append(quoted: entry.source.utf8Span.span)
        buffer.append(",\"time\":\"")
        buffer.append(alert.arrivalTime)
        buffer.append("\"}")
        appendNotes(index, of: entry, to: &buffer)
        buffer.append("}\n")
    }

    private func appendFields(_ alert: borrowing AlertView, to buffer: inout OutputBuffer) {
        if alert.encoding == .json {
            appendFields(alert, of: alert.raw, to: &buffer)
        } else if alert.isWrappedJSON {
            appendFields(alert, of: alert.wrapped, to: &buffer)
        } else {
            buffer.appendFields(alert)
        }
    }

    /// The object as it stands in the document: values, forms and order are Falco's. What the document does not hold as a
    /// plain object (its key may be written with escapes) is written anew from the fields.
    private func appendFields(_ alert: borrowing AlertView, of document: Span<UInt8>, to buffer: inout OutputBuffer) {
        if let place = JSONMember.find("output_fields", in: document), document[place.lowerBound] == 0x7B {
            buffer.append(json: document.extracting(place))
        } else {
            buffer.appendFields(alert)
        }
    }

    public func append(_ gap: Gap, of entry: DecidedEntry, to buffer: inout OutputBuffer) {
        buffer.append("{\"schema\":1,\"kind\":\"gap\",\"id\":\"")
        buffer.append(entry.id(at: 0))
        buffer.append("\",\"source\":")
        buffer.append(quoted: gap.source.utf8Span.span)
        buffer.append(",\"from\":\"")
        buffer.append(gap.from)
        buffer.append("\",\"to\":\"")
        buffer.append(gap.to)
        buffer.append("\",\"reason\":\"")
        buffer.append(verbatim: gap.reason.rawValue)
        buffer.append("\"}\n")
    }
}
