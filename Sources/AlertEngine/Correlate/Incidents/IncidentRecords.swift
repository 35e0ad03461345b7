// SPDX-License-Identifier: Apache-2.0
import AlertModel
import SigmaRules

extension IncidentTable {
    /// A digest of rule id, rule body, key and first time: the same in every run over the same journal (records.md).
    static func id(_ rule: CorrelationRule, _ fields: [KeyField], first: EventTime) -> SubjectID {
        var writer = ByteWriter()
        writer.put(rule.id)
        writer.put(rule.body)
        writer.put(KeyPlan.canonical(fields))
        writer.put(first)
        return SubjectID(digestOf: writer.bytes.span)
    }

    /// Makes the next record of an incident. `moment` nil: outside the order of time.
    mutating func show(
        _ slot: UInt32, _ state: RecordState, firing: AlertReference?, mergedInto: SubjectID? = nil,
        _ moment: EngineMoment?, _ outbox: inout Outbox
    ) {
        guard var incident = incidents[Int(slot)] else { return }
        let rule = rules[incident.rule].rule
        if !incident.hasGap, gaps.touches(incident, hold: rules[incident.rule].hold) {
            incident.hasGap = true
            incidents[Int(slot)]?.hasGap = true
        }
        if rule.makesIncidents {
            outbox.add(
                .incident(
                    IncidentRecord(
                        incident: incident.id, state: state, revision: incident.revision,
                        firing: firing.map { outbox.id(of: $0) }, ruleID: rule.id, ruleTitle: rule.title,
                        ruleType: rule.kind.name, level: rule.level, tags: rule.tags, group: incident.fields,
                        value: incident.value, first: incident.first, last: incident.last,
                        alerts: incident.alerts.map { outbox.id(of: $0.reference) }, attack: incident.tactics.names,
                        isApproximate: incident.isApproximate, mayBeUndercounted: incident.mayBeUndercounted,
                        hasGap: incident.hasGap, mergedInto: mergedInto)),
                followsAlert: followsAlert)
        }
        incidents[Int(slot)]?.revision += 1
        incidents[Int(slot)]?.shownValue = incident.value
        incidents[Int(slot)]?.hasChanged = false
        if let moment { incidents[Int(slot)]?.shownAt = moment.now }
    }
}
