// SPDX-License-Identifier: Apache-2.0

extension DecidedEntry {
    /// The id of one of the entry's outputs.
    public func id(of output: EntryOutput) -> OutputID {
        switch output {
        case .alert(let index): .place(id(at: index))
        case .gap: .place(id(at: 0))
        case .record(let index): .record(notes.records[index].record.id)
        }
    }

    /// What an output belongs with: an alert's group of repeats, or the subject of a record; nil without any.
    public func subject(of output: EntryOutput) -> SubjectID? {
        switch output {
        case .alert(let index):
            if case .group(let group)? = notes.subject(of: index) { return group }
            return nil
        case .gap: return nil
        case .record(let index): return notes.records[index].record.subject
        }
    }
}
