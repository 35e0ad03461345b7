// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// What the schemas of others (ECS, OCSF, OpenTelemetry) have a place for, among Falco's output fields and among those
/// that enrichment adds.
enum KnownField: UInt8, CaseIterable {
    /// Any other field. A field of this number is never looked for.
    case other = 0
    case eventTime, eventType
    case processID, processName, commandLine, executable, workingDirectory, threadID, namespacedID
    case parentID, parentName, parentCommandLine, parentExecutable, sessionID, sessionName, groupLeader
    case userName, userID, groupName, groupID
    case containerID, containerName, runtime, repository, image, imageTag, imageDigest, imageID, privileged
    case namespace, pod, podID, podUID, deployment, node
    case auditVerb, auditUser, targetName, targetNamespace, targetResource
    case descriptorName, descriptorType, path, transport, isServer
    case clientAddress, clientPort, clientName, clientCountry, clientCity, clientNumber, clientOrganization
    case serverAddress, serverPort, serverName, serverCountry, serverCity, serverNumber, serverOrganization
    case localAddress, localPort, localName, localCountry, localCity, localNumber, localOrganization
    case remoteAddress, remotePort, remoteName, remoteCountry, remoteCity, remoteNumber, remoteOrganization
    case attack

    /// Falco's name; nil for what only enrichment has.
    var name: String? {
        switch self {
        case .eventTime: "evt.time"
        case .eventType: "evt.type"
        case .processID: "proc.pid"
        case .processName: "proc.name"
        case .commandLine: "proc.cmdline"
        case .executable: "proc.exepath"
        case .workingDirectory: "proc.cwd"
        case .threadID: "thread.tid"
        case .namespacedID: "proc.vpid"
        case .parentID: "proc.ppid"
        case .parentName: "proc.pname"
        case .parentCommandLine: "proc.pcmdline"
        case .parentExecutable: "proc.pexepath"
        case .sessionID: "proc.sid"
        case .sessionName: "proc.sname"
        case .groupLeader: "proc.pgid"
        case .userName: "user.name"
        case .userID: "user.uid"
        case .groupName: "group.name"
        case .groupID: "group.gid"
        case .containerID: "container.id"
        case .containerName: "container.name"
        case .runtime: "container.type"
        case .repository: "container.image.repository"
        case .image: "container.image"
        case .imageTag: "container.image.tag"
        case .imageDigest: "container.image.digest"
        case .imageID: "container.image.id"
        case .privileged: "container.privileged"
        case .namespace: "k8s.ns.name"
        case .pod: "k8s.pod.name"
        case .podID: "k8s.pod.id"
        case .podUID: "k8s.pod.uid"
        case .deployment: "k8s.deployment.name"
        case .node: "k8s.node.name"
        case .auditVerb: "ka.verb"
        case .auditUser: "ka.user.name"
        case .targetName: "ka.target.name"
        case .targetNamespace: "ka.target.namespace"
        case .targetResource: "ka.target.resource"
        case .descriptorName: "fd.name"
        case .descriptorType: "fd.type"
        case .path: "fs.path.name"
        case .transport: "fd.l4proto"
        case .isServer: "fd.is_server"
        case .clientAddress: "fd.cip"
        case .clientPort: "fd.cport"
        case .clientName: "fd.cip.name"
        case .serverAddress: "fd.sip"
        case .serverPort: "fd.sport"
        case .serverName: "fd.sip.name"
        case .localAddress: "fd.lip"
        case .localPort: "fd.lport"
        case .localName: "fd.lip.name"
        case .remoteAddress: "fd.rip"
        case .remotePort: "fd.rport"
        case .remoteName: "fd.rip.name"
        default: nil
        }
    }

    /// By the number that Falco's field list gives a name: `rawValue` of the field it stands for, 0 for none.
    static let byID: [UInt8] = {
        var table: [UInt8] = []
        for field in allCases {
            guard let name = field.name else { continue }
            let id = Int(FieldName(name).id)
            precondition(id != 0, "\(name) is not in Falco's field list")
            while table.count <= id { table.append(0) }
            table[id] = field.rawValue
        }
        return table
    }()

    /// What a field that enrichment added stands for, when its name is none of Falco's: `fd.sip.geo.country` and its
    /// like, and `attack`.
    static func added(_ name: Span<UInt8>) -> KnownField {
        if name.equals("attack") { return .attack }
        guard name.count > 13, name.startsWith("fd."), name[4] == 0x69, name[5] == 0x70, name[6] == 0x2E else {
            return .other
        }
        let country: KnownField =
            switch name[3] {
            case UInt8(ascii: "c"): .clientCountry
            case UInt8(ascii: "s"): .serverCountry
            case UInt8(ascii: "l"): .localCountry
            case UInt8(ascii: "r"): .remoteCountry
            default: .other
            }
        guard country != .other else { return .other }
        let rest = name.extracting(7...)
        if rest.equals("geo.country") { return country }
        if rest.equals("geo.city") { return KnownField(rawValue: country.rawValue + 1) ?? .other }
        if rest.equals("as.number") { return KnownField(rawValue: country.rawValue + 2) ?? .other }
        if rest.equals("as.organization") { return KnownField(rawValue: country.rawValue + 3) ?? .other }
        return .other
    }
}
