// SPDX-License-Identifier: Apache-2.0

extension EngineRecord {
    /// The priority that stands for the record where one is needed.
    public var priority: Priority {
        switch self {
        case .summary(let summary): summary.priority
        case .incident(let incident): incident.level.priority
        case .storm(let storm): storm.state == .close ? .notice : .warning
        }
    }
}

extension DecidedEntry {
    /// A gap record goes as late as the gravest alert: it says that something is missing.
    public static let gapPriority = Priority.emergency

    public func priority(of output: EntryOutput) -> Priority {
        switch (output, content) {
        case (.alert(let index), .alerts(let batch)): batch.alert(at: index).priority
        case (.record(let index), _): notes.records[index].record.priority
        default: Self.gapPriority
        }
    }

    /// The entry as one sink is to have it: without what is shed, and ending before output `end`.
    public func without(_ shed: ShedOutputs, for sink: String, before end: Int64 = .max) -> DecidedEntry {
        let selection = RouteSelection(notes.routes, sink: sink)
        var notes = notes
        notes.routes.sets = [[], [sink]]
        notes.routes.perOutput.removeAll(keepingCapacity: true)
        var number = firstOutput
        for output in OutputWalk(self) {
            let isWanted =
                number < end && selection.contains(Int(number - firstOutput))
                && !shed.contains(number, priority(of: output))
            notes.routes.perOutput.append(isWanted ? 1 : 0)
            number += 1
        }
        let count = Int(Swift.min(endOutput, Swift.max(end, firstOutput)) - firstOutput)
        return DecidedEntry(
            installation: installation, epoch: epoch, place: place, source: source, content: content, fates: fates,
            notes: notes, firstOutput: firstOutput, outputCount: count)
    }

    /// The gap record that stands for shed outputs, under the number of the last of them. Its id comes from nothing but its
    /// arguments.
    public static func gap(_ gap: Gap, at output: Int64, installation: UInt64) -> DecidedEntry {
        var writer = ByteWriter()
        writer.put(gap.source)
        writer.put(gap.reason.rawValue)
        writer.put(output)
        let epoch = SubjectID(digestOf: writer.bytes.span).high
        return DecidedEntry(
            installation: installation, epoch: epoch, place: output, source: gap.source, content: .gap(gap), fates: [],
            firstOutput: output, outputCount: 1)
    }
}
