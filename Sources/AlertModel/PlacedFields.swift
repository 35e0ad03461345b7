// SPDX-License-Identifier: Apache-2.0
import CAlertBatch

/// The fields that keys and variants read, by the numbers `PlacedFields` knows them under.
enum FieldSlot: Int, CaseIterable {
    case container, namespace, pod, userID, userName, executable, processName, parent
    case transportProtocol, serverAddress, serverPort, file, eventType
    case verb, resource, targetNamespace, targetName, auditUser
    case commandLine, executableLine

    var id: calert_field_id {
        switch self {
        case .container: CALERT_FIELD_CONTAINER_ID
        case .namespace: CALERT_FIELD_K8S_NS_NAME
        case .pod: CALERT_FIELD_K8S_POD_NAME
        case .userID: CALERT_FIELD_USER_UID
        case .userName: CALERT_FIELD_USER_NAME
        case .executable: CALERT_FIELD_PROC_EXEPATH
        case .processName: CALERT_FIELD_PROC_NAME
        case .parent: CALERT_FIELD_PROC_PNAME
        case .transportProtocol: CALERT_FIELD_FD_L4PROTO
        case .serverAddress: CALERT_FIELD_FD_SIP
        case .serverPort: CALERT_FIELD_FD_SPORT
        case .file: CALERT_FIELD_FD_NAME
        case .eventType: CALERT_FIELD_EVT_TYPE
        case .verb: CALERT_FIELD_KA_VERB
        case .resource: CALERT_FIELD_KA_TARGET_RESOURCE
        case .targetNamespace: CALERT_FIELD_KA_TARGET_NAMESPACE
        case .targetName: CALERT_FIELD_KA_TARGET_NAME
        case .auditUser: CALERT_FIELD_KA_USER_NAME
        case .commandLine: CALERT_FIELD_PROC_CMDLINE
        case .executableLine: CALERT_FIELD_PROC_EXELINE
        }
    }
}

/// Which slot a field's number has: one look-up per field of an alert.
enum FieldSlots {
    /// By `calert_field_id`; 255 for fields that no key reads, `ancestor` for those that may be ancestors.
    static let slots: [UInt8] = {
        var slots = [UInt8](repeating: 255, count: 65_536)
        slots[0] = ancestor
        slots[Int(CALERT_FIELD_PROC_ANAME.rawValue)] = ancestor
        for slot in FieldSlot.allCases { slots[Int(slot.id.rawValue)] = UInt8(slot.rawValue) }
        return slots
    }()

    /// Names for what enrichment may have added.
    static let names = texts.map { FieldName($0) }

    static let ancestor: UInt8 = 254

    /// By `calert_field_id`: whether the default key or a variant reads the field. For sources of plugins it reads all.
    static func isRead(_ id: UInt16) -> Bool { slots[Int(id)] < 255 }

    private static let texts = [
        "container.id", "k8s.ns.name", "k8s.pod.name", "user.uid", "user.name", "proc.exepath", "proc.name",
        "proc.pname", "fd.l4proto", "fd.sip", "fd.sport", "fd.name", "evt.type", "ka.verb", "ka.target.resource",
        "ka.target.namespace", "ka.target.name", "ka.user.name", "proc.cmdline", "proc.exeline",
    ]
}

/// An alert's fields, found in one pass.
struct PlacedFields: ~Escapable {
    /// `proc.aname[1]` … `proc.aname[15]`; 0 is `proc.aname` itself. Further ancestors are not looked at.
    static let ancestorLimit = 16

    let facts: AlertFacts
    private var places = InlineArray<20, Int16>(repeating: -1)
    private var ancestors = InlineArray<16, Int16>(repeating: -1)
    private(set) var ancestorCount = 0

    @_lifetime(copy facts)
    init(_ facts: borrowing AlertFacts) {
        self.facts = copy facts
        let alert = facts.alert
        let slots = FieldSlots.slots
        for index in 0 ..< alert.fieldCount {
            let field = alert.field(at: index)
            let slot = slots[Int(field.keyID)]
            if slot == 255 { continue }
            if slot == FieldSlots.ancestor {
                noteAncestor(field.key, index)
            } else if places[Int(slot)] < 0, !field.kind.isNull {
                places[Int(slot)] = Int16(truncatingIfNeeded: index)
            }
        }
    }

    /// The field's value, or the one that was added; nil for null in all its forms.
    @_lifetime(copy self)
    @inline(__always)
    func value(_ slot: FieldSlot) -> ValueView? {
        let place = places[slot.rawValue]
        if place >= 0 {
            let field = facts.alert.field(at: Int(place))
            return ValueView(kind: field.kind, text: field.text, bits: field.bits)
        }
        guard facts.hasAdded else { return nil }
        return facts.addedValue(FieldSlots.names[slot.rawValue])
    }

    /// The name of the ancestor so many generations up; nil when the alert does not say.
    @_lifetime(copy self)
    func ancestor(_ generation: Int) -> ValueView? {
        let place = ancestors[generation]
        guard place >= 0 else { return nil }
        let field = facts.alert.field(at: Int(place))
        return ValueView(kind: field.kind, text: field.text, bits: field.bits)
    }

    private mutating func noteAncestor(_ key: Span<UInt8>, _ index: Int) {
        guard key.count >= 10, key.startsWith("proc.aname") else { return }
        var generation = 0
        if key.count > 10 {
            guard key.count >= 13, key.count <= 14, key[10] == 91, key[key.count - 1] == 93 else { return }
            for place in 11 ..< key.count - 1 {
                guard key[place] >= 48, key[place] <= 57 else { return }
                generation = generation * 10 + Int(key[place] - 48)
            }
        }
        guard generation < Self.ancestorLimit, ancestors[generation] < 0,
            !facts.alert.field(at: index).kind.isNull
        else { return }
        ancestors[generation] = Int16(truncatingIfNeeded: index)
        ancestorCount += 1
    }
}
