// SPDX-License-Identifier: Apache-2.0
public import AlertModel

/// The engine's own records, and what it noted about an alert, in the project's JSON.
extension CreanceFormat {
    public func append(_ record: EngineRecord, of entry: DecidedEntry, to buffer: inout OutputBuffer) {
        switch record {
        case .summary(let summary):
            appendHead("summary", record, to: &buffer)
            append(summary, to: &buffer)
        case .incident(let incident):
            appendHead("incident", record, to: &buffer)
            append(incident, to: &buffer)
        case .storm(let storm):
            appendHead("storm", record, to: &buffer)
            append(storm, to: &buffer)
        }
        buffer.append("}\n")
    }

    private func appendHead(_ kind: StaticString, _ record: EngineRecord, to buffer: inout OutputBuffer) {
        let revision: Int =
            switch record {
            case .summary(let summary): summary.revision
            case .incident(let incident): incident.revision
            case .storm(let storm): storm.revision
            }
        buffer.append("{\"schema\":1,\"kind\":\"")
        buffer.append(kind)
        buffer.append("\",\"id\":\"")
        buffer.append(record.id)
        buffer.append("\",\"state\":\"")
        buffer.append(verbatim: record.state.name)
        buffer.append("\",\"revision\":")
        buffer.append(Int64(revision))
    }

    private func append(_ summary: GroupSummary, to buffer: inout OutputBuffer) {
        buffer.append(",\"group\":{\"id\":\"")
        buffer.append(summary.group)
        buffer.append("\",\"fields\":")
        buffer.append(object: summary.fields)
        buffer.append("},\"total\":")
        buffer.append(Int64(summary.total))
        buffer.append(",\"suppressed\":")
        buffer.append(Int64(summary.suppressed))
        buffer.append(",\"variants\":")
        buffer.append(Int64(summary.variants))
        appendTimes(summary.first, summary.last, to: &buffer)
        buffer.append(",\"by_priority\":{")
        var isFirst = true
        for (priority, count) in zip(Priority.allCases, summary.byPriority) where count != 0 {
            buffer.append(isFirst ? "\"" : ",\"")
            buffer.append(priority)
            buffer.append("\":")
            buffer.append(Int64(count))
            isFirst = false
        }
        buffer.append("},\"samples\":")
        buffer.append(ids: summary.samples)
        if !summary.newVariants.isEmpty {
            buffer.append(",\"new_variants\":")
            buffer.append(texts: summary.newVariants)
        }
    }

    private func append(_ incident: IncidentRecord, to buffer: inout OutputBuffer) {
        buffer.append(",\"incident\":{\"id\":\"")
        buffer.append(incident.incident)
        buffer.append("\"},\"rule\":{\"id\":")
        buffer.append(quoted: incident.ruleID.utf8Span.span)
        buffer.append(",\"title\":")
        buffer.append(quoted: incident.ruleTitle.utf8Span.span)
        buffer.append(",\"type\":")
        buffer.append(quoted: incident.ruleType.utf8Span.span)
        buffer.append(",\"level\":\"")
        buffer.append(verbatim: incident.level.name)
        buffer.append("\"},\"group\":")
        buffer.append(object: incident.group)
        buffer.append(",\"value\":")
        buffer.append(number: incident.value)
        appendTimes(incident.first, incident.last, to: &buffer)
        buffer.append(",\"alerts\":")
        buffer.append(ids: incident.alerts)
        buffer.append(",\"attack\":")
        buffer.append(texts: incident.attack)
        buffer.append(",\"approximate\":")
        buffer.append(bool: incident.isApproximate)
        buffer.append(",\"undercount_possible\":")
        buffer.append(bool: incident.mayBeUndercounted)
        buffer.append(",\"gap\":")
        buffer.append(bool: incident.hasGap)
        buffer.append(",\"tags\":")
        buffer.append(texts: incident.tags)
        if let firing = incident.firing {
            buffer.append(",\"firing\":\"")
            buffer.append(firing)
            buffer.append("\"")
        }
        if let other = incident.mergedInto {
            buffer.append(",\"merged_into\":\"")
            buffer.append(other)
            buffer.append("\"")
        }
    }

    private func append(_ storm: StormRecord, to buffer: inout OutputBuffer) {
        buffer.append(",\"storm\":{\"id\":\"")
        buffer.append(storm.storm)
        buffer.append("\"},\"scope\":\"")
        buffer.append(verbatim: storm.scope.name)
        buffer.append("\",\"key\":")
        buffer.append(quoted: storm.key.utf8Span.span)
        buffer.append(",\"held\":")
        buffer.append(Int64(storm.held))
        buffer.append(",\"top\":[")
        for (index, talker) in storm.top.enumerated() {
            buffer.append(index == 0 ? "{\"key\":" : ",{\"key\":")
            buffer.append(quoted: talker.key.utf8Span.span)
            buffer.append(",\"count\":")
            buffer.append(Int64(talker.count))
            buffer.append("}")
        }
        buffer.append("]")
        appendTimes(storm.first, storm.last, to: &buffer)
        buffer.append(",\"samples\":")
        buffer.append(ids: storm.samples)
    }

    private func appendTimes(_ first: EventTime, _ last: EventTime, to buffer: inout OutputBuffer) {
        buffer.append(",\"first\":\"")
        buffer.append(first)
        buffer.append("\",\"last\":\"")
        buffer.append(last)
        buffer.append("\"")
    }

    /// What the engine noted about an alert; nothing when it noted nothing.
    func appendNotes(_ index: Int, of entry: DecidedEntry, to buffer: inout OutputBuffer) {
        if !entry.notes.marks.isEmpty { appendGroup(index, entry.notes, to: &buffer) }
        if entry.notes.added.alertCount > 0, !entry.notes.added.isEmpty(ofAlert: index) {
            appendEnrichment(index, entry.notes.added, to: &buffer)
        }
        if !entry.notes.links.isEmpty { appendIncidents(index, entry.notes.links, to: &buffer) }
    }

    private func appendGroup(_ index: Int, _ notes: EntryNotes, to buffer: inout OutputBuffer) {
        guard notes.marks.indices.contains(index) else { return }
        let mark = notes.marks[index]
        if case .group(let group)? = notes.subject(of: index) {
            buffer.append(",\"group\":{\"id\":\"")
            buffer.append(group)
            buffer.append("\",\"variant\":")
            buffer.append(UInt64(mark.variant))
            buffer.append(",\"count\":")
            buffer.append(UInt64(mark.count))
            buffer.append("}")
        }
        guard !mark.flags.isEmpty else { return }
        var isFirst = true
        for (flag, name) in AlertMark.Flags.names where mark.flags.contains(flag) {
            buffer.append(isFirst ? ",\"marks\":[\"" : ",\"")
            buffer.append(verbatim: name)
            buffer.append("\"")
            isFirst = false
        }
        if !isFirst { buffer.append("]") }
    }

    private func appendEnrichment(_ index: Int, _ added: AddedFields, to buffer: inout OutputBuffer) {
        let start = buffer.count
        appendMembers(index, added, to: &buffer)
        guard buffer.count > start else { return }
        buffer.append("}")
    }

    private func appendMembers(_ index: Int, _ added: AddedFields, to buffer: inout OutputBuffer) {
        for place in 0 ..< added.count(ofAlert: index) {
            buffer.append(place == 0 ? ",\"enrichment\":{" : ",")
            added.withField(place, ofAlert: index) { name, kind, bits, text in
                buffer.append(quoted: name.text.span)
                buffer.append(byte: 0x3A)
                buffer.append(kind, bits: bits, text: text)
            }
        }
    }

    private func appendIncidents(_ index: Int, _ links: [IncidentLink], to buffer: inout OutputBuffer) {
        // Links come in order of alerts.
        var low = 0
        var high = links.count
        while low < high {
            let middle = (low + high) / 2
            if links[middle].alert < index { low = middle + 1 } else { high = middle }
        }
        var isFirst = true
        while low < links.count, links[low].alert == index {
            buffer.append(isFirst ? ",\"incidents\":[\"" : ",\"")
            buffer.append(links[low].incident)
            buffer.append("\"")
            isFirst = false
            low += 1
        }
        if !isFirst { buffer.append("]") }
    }
}

extension AlertMark.Flags {
    /// The values of `marks`, in order.
    public static let names: [(flag: AlertMark.Flags, name: String)] = [
        (.late, "late"), (.skewed, "skewed"), (.ungrouped, "ungrouped"), (.unplaced, "unplaced"),
    ]
}
