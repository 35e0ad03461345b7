// SPDX-License-Identifier: Apache-2.0
import AlertModel
import CAlertBatch

/// The output fields that formats with keys of their own (CEF, LEEF, structured data) have places for.
enum NamedField: Int, CaseIterable {
    case userName, userID, parentName, parentID, parentLine, processName, processID, commandLine, executable
    case file, sourceAddress, sourcePort, targetAddress, targetPort, transport
    case containerID, containerName, image, imageTag, namespace, pod, eventType

    /// Falco's fields for it, the best one first.
    var names: [(id: calert_field_id, name: StaticString)] {
        switch self {
        case .userName: [(CALERT_FIELD_USER_NAME, "user.name"), (CALERT_FIELD_KA_USER_NAME, "ka.user.name")]
        case .userID: [(CALERT_FIELD_USER_UID, "user.uid")]
        case .parentName: [(CALERT_FIELD_PROC_PNAME, "proc.pname")]
        case .parentID: [(CALERT_FIELD_PROC_PPID, "proc.ppid")]
        case .parentLine: [(CALERT_FIELD_PROC_PCMDLINE, "proc.pcmdline")]
        case .processName: [(CALERT_FIELD_PROC_NAME, "proc.name")]
        case .processID: [(CALERT_FIELD_PROC_PID, "proc.pid")]
        case .commandLine: [(CALERT_FIELD_PROC_CMDLINE, "proc.cmdline")]
        case .executable: [(CALERT_FIELD_PROC_EXEPATH, "proc.exepath")]
        case .file: [(CALERT_FIELD_FD_NAME, "fd.name"), (CALERT_FIELD_FS_PATH_NAME, "fs.path.name")]
        case .sourceAddress: [(CALERT_FIELD_FD_CIP, "fd.cip"), (CALERT_FIELD_FD_LIP, "fd.lip")]
        case .sourcePort: [(CALERT_FIELD_FD_CPORT, "fd.cport"), (CALERT_FIELD_FD_LPORT, "fd.lport")]
        case .targetAddress: [(CALERT_FIELD_FD_SIP, "fd.sip"), (CALERT_FIELD_FD_RIP, "fd.rip")]
        case .targetPort: [(CALERT_FIELD_FD_SPORT, "fd.sport"), (CALERT_FIELD_FD_RPORT, "fd.rport")]
        case .transport: [(CALERT_FIELD_FD_L4PROTO, "fd.l4proto")]
        case .containerID: [(CALERT_FIELD_CONTAINER_ID, "container.id")]
        case .containerName: [(CALERT_FIELD_CONTAINER_NAME, "container.name")]
        case .image:
            [
                (CALERT_FIELD_CONTAINER_IMAGE_REPOSITORY, "container.image.repository"),
                (CALERT_FIELD_CONTAINER_IMAGE, "container.image"),
            ]
        case .imageTag: [(CALERT_FIELD_CONTAINER_IMAGE_TAG, "container.image.tag")]
        case .namespace:
            [(CALERT_FIELD_K8S_NS_NAME, "k8s.ns.name"), (CALERT_FIELD_KA_TARGET_NAMESPACE, "ka.target.namespace")]
        case .pod: [(CALERT_FIELD_K8S_POD_NAME, "k8s.pod.name")]
        case .eventType: [(CALERT_FIELD_EVT_TYPE, "evt.type")]
        }
    }

    static let count = allCases.count
    /// By `calert_field_id`: twice the field's number, and one more for the second best; 255 for any other.
    private static let places: [UInt8] = {
        var places = [UInt8](repeating: 255, count: Int(CALERT_FIELD_ID_COUNT))
        for field in allCases {
            for (rank, name) in field.names.enumerated() {
                places[Int(name.id.rawValue)] = UInt8(2 * field.rawValue + min(rank, 1))
            }
        }
        return places
    }()

    /// Which field a number of Falco's stands for, and whether it is the second best; nil for any other.
    @inline(__always)
    static func place(of id: UInt16) -> (field: Int, isSecond: Bool)? {
        guard Int(id) < places.count, places[Int(id)] != 255 else { return nil }
        return (Int(places[Int(id)] >> 1), places[Int(id)] & 1 == 1)
    }

    /// The field of that name, for what records say; nil for any other.
    init?(name: String) {
        guard let place = Self.place(of: FieldName(name).id) else { return nil }
        self.init(rawValue: place.field)
    }
}

/// Where the named fields of one alert are: in the alert, or in what enrichment added.
struct NamedFields {
    /// Behind an alert's own fields come those that were added.
    private var places = InlineArray<22, Int16>(repeating: -1)
    private let ownCount: Int

    /// One pass over the alert's fields, and one over what was added where something was.
    init(_ alert: borrowing AlertView, at index: Int, of entry: DecidedEntry) {
        ownCount = alert.fieldCount
        var second = 0
        for place in 0 ..< ownCount {
            let field = alert.field(at: place)
            guard let found = NamedField.place(of: field.keyID), !field.kind.isNull else { continue }
            note(found.field, found.isSecond, place, &second)
        }
        let added = entry.notes.added
        guard added.alertCount > 0 else { return }
        for place in 0 ..< added.count(ofAlert: index) {
            let found = added.withField(place, ofAlert: index) { name, kind, _, _ in
                kind.isNull ? nil : NamedField.place(of: name.id)
            }
            if let found, places[found.field] < 0 { note(found.field, found.isSecond, ownCount + place, &second) }
        }
    }

    @inline(__always)
    private mutating func note(_ field: Int, _ isSecond: Bool, _ place: Int, _ second: inout Int) {
        // The best one replaces the second best; of equals the first stays.
        guard places[field] < 0 || second & 1 << field != 0 && !isSecond else { return }
        places[field] = Int16(truncatingIfNeeded: place)
        if isSecond { second |= 1 << field } else { second &= ~(1 << field) }
    }

    /// Whether the output field at `place` stands under a key of its own.
    func holds(_ place: Int, _ id: UInt16) -> Bool {
        guard let found = NamedField.place(of: id) else { return false }
        return places[found.field] == Int16(truncatingIfNeeded: place)
    }

    /// Calls `body` with the field's kind and text; does nothing when there is none.
    @inline(__always)
    func with(
        _ field: NamedField, _ alert: borrowing AlertView, at index: Int, of entry: DecidedEntry,
        _ body: (FieldKind, Span<UInt8>) -> Void
    ) {
        let place = Int(places[field.rawValue])
        guard place >= 0 else { return }
        if place < ownCount {
            let own = alert.field(at: place)
            body(own.kind, own.text)
        } else {
            entry.notes.added.withField(place - ownCount, ofAlert: index) { _, kind, _, text in body(kind, text) }
        }
    }
}

/// What a text has to be before it may stand where a reader expects a number or an address.
enum TypedText {
    static func isInteger(_ kind: FieldKind, _ text: Span<UInt8>) -> Bool {
        guard kind == .int64 || kind == .uint64, text.count > 0, text.count <= 20 else { return false }
        for place in text.indices where !(0x30 ... 0x39).contains(text[place]) {
            guard place == 0, text[place] == 0x2D, text.count > 1 else { return false }
        }
        return true
    }

    /// A port of TCP or UDP: 0 … 65535.
    static func isPort(_ kind: FieldKind, _ text: Span<UInt8>) -> Bool {
        guard isInteger(kind, text), text.count <= 5, text[0] != 0x2D else { return false }
        var value = 0
        for place in text.indices { value = value * 10 + Int(text[place] - 0x30) }
        return value <= 65_535
    }

    enum Address { case four, six }

    /// The form of an address in digits; nil for text that is none. (Falco writes them with inet_ntop.)
    static func address(_ text: Span<UInt8>) -> Address? {
        guard text.count >= 2, text.count <= 45 else { return nil }
        var (dots, colons, digits) = (0, 0, 0)
        for place in text.indices {
            switch text[place] {
            case 0x30 ... 0x39: digits += 1
            case 0x61 ... 0x66, 0x41 ... 0x46: digits += 1_000
            case 0x2E: dots += 1
            case 0x3A: colons += 1
            default: return nil
            }
        }
        if colons == 0 { return dots == 3 && (4 ... 12).contains(digits) ? .four : nil }
        return colons >= 2 && colons <= 7 ? .six : nil
    }
}
