// SPDX-License-Identifier: Apache-2.0
import AlertModel

extension EntryNotes {
    /// What is noted about some alerts of an entry, as the notes of a batch that holds only these, in this order: no
    /// records and no routes.
    func selecting(_ alerts: [Int]) -> EntryNotes {
        var selected = EntryNotes()
        guard !isEmpty else { return selected }
        selected.subjects = subjects
        if !marks.isEmpty {
            selected.marks = alerts.map { marks.indices.contains($0) ? marks[$0] : AlertMark() }
        }
        if !links.isEmpty {
            let byAlert = Dictionary(grouping: links, by: \.alert)
            for (position, alert) in alerts.enumerated() {
                for link in byAlert[alert] ?? [] {
                    selected.links.append(IncidentLink(alert: position, incident: link.incident))
                }
            }
        }
        if added.alertCount > 0 {
            for alert in alerts {
                added.forEach(ofAlert: alert) { name, kind, bits, text in
                    selected.added.add(name, text, kind: kind, bits: bits)
                }
                selected.added.endAlert()
            }
        }
        return selected
    }
}
