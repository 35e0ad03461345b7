// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// What no place of a schema took.
extension OutputBuffer {
    /// `"name":{…},` with the output fields that are left; nothing when none is. `isFlat`: keys without dots, so that no
    /// value ever stands where another alert has an object.
    mutating func appendLeft(_ name: StaticString, isFlat: Bool = true, of alert: borrowing MappedAlert) {
        let table = KnownField.byID
        let start = open(name)
        forgetKeys()
        for index in 0 ..< alert.facts.alert.fieldCount where alert.isLeft(index, table) {
            let field = alert.facts.alert.field(at: index)
            if isFlat {
                appendFlatKey(field.key, index: index)
            } else {
                appendKey("", field.key, index: index)
                append(byte: 0x3A)
            }
            appendFlat(field.kind, bits: field.bits, text: field.text)
            append(byte: 0x2C)
        }
        close(start)
    }

    /// The same for what enrichment added.
    mutating func appendLeftAdded(_ name: StaticString, of alert: borrowing MappedAlert) {
        guard alert.facts.addedCount > 0 else { return }
        let table = KnownField.byID
        let start = open(name)
        forgetKeys()
        for index in 0 ..< alert.facts.addedCount where alert.isLeft(added: index, table) {
            let value = alert.facts.added(at: index)
            appendFlatKey(alert.facts.addedName(at: index).text.span, index: index)
            appendFlat(value.kind, bits: value.bits, text: value.text)
            append(byte: 0x2C)
        }
        close(start)
    }

    /// A value that is no object: lists and objects are their JSON text, numbers beyond those of 64 bits with a sign (and
    /// beyond a double) their digits, both as strings.
    mutating func appendFlat(_ kind: FieldKind, bits: UInt64, text: Span<UInt8>) {
        switch kind {
        case .json: append(quoted: text)
        case .uint64 where bits > UInt64(Int64.max): append(asText: ValueView(kind: kind, text: text, bits: bits))
        case .double where !Double(bitPattern: bits).isFinite:
            append(asText: ValueView(kind: kind, text: text, bits: bits))
        default: append(kind, bits: bits, text: text)
        }
    }

    /// What the engine noted about an alert, as members: its group, marks and incidents.
    mutating func appendNoteMembers(_ index: Int, of entry: DecidedEntry) {
        if entry.notes.marks.indices.contains(index) {
            let mark = entry.notes.marks[index]
            if case .group(let group)? = entry.notes.subject(of: index) {
                let start = open("group")
                key("id")
                append(byte: 0x22)
                append(group)
                append("\",")
                member("variant", Int(mark.variant))
                member("count", Int(mark.count))
                close(start)
            }
            if !mark.flags.isEmpty {
                let start = openList("marks")
                for (flag, name) in AlertMark.Flags.names where mark.flags.contains(flag) {
                    append(quoted: name.utf8Span.span)
                    append(byte: 0x2C)
                }
                closeList(start)
            }
        }
        guard !entry.notes.links.isEmpty else { return }
        let start = openList("incidents")
        for incident in entry.notes.incidents(of: index) {
            append(byte: 0x22)
            append(incident.incident)
            append("\",")
        }
        closeList(start)
    }
}

extension EntryNotes {
    /// The links of one alert. Links come in order of alerts.
    func incidents(of alert: Int) -> ArraySlice<IncidentLink> {
        var low = 0
        var high = links.count
        while low < high {
            let middle = (low + high) / 2
            if links[middle].alert < alert { low = middle + 1 } else { high = middle }
        }
        var end = low
        while end < links.count, links[end].alert == alert { end += 1 }
        return links[low ..< end]
    }
}
