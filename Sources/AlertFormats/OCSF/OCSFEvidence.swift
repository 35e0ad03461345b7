// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// What an alert's fields fill of a finding: evidence, resources, observables, enrichments.
extension OCSFFormat {
    /// OCSF's `integer_t`.
    private static let integer = Int64(0) ... Int64(Int32.max)

    /// One piece of evidence with the process, the file, the ends of the connection and the container.
    func appendEvidence(_ alert: inout MappedAlert, _ id: RecordID, to buffer: inout OutputBuffer) {
        let start = buffer.openList("evidences")
        buffer.append(byte: 0x7B)
        let isProcess = appendProcess(&alert, id, to: &buffer)
        if !isProcess { appendUser("user", &alert, to: &buffer) }
        appendAudit(&alert, to: &buffer)
        appendFile(&alert, to: &buffer)
        if let ends = alert.ends {
            let source = append(ends.source, "src_endpoint", &alert, to: &buffer)
            let destination = append(ends.destination, "dst_endpoint", &alert, to: &buffer)
            if source || destination { appendConnection(&alert, to: &buffer) }
        } else if let connection = alert.connection {
            append("src_endpoint", connection.text, connection.source, to: &buffer)
            append("dst_endpoint", connection.text, connection.destination, to: &buffer)
            appendConnection(&alert, to: &buffer)
        }
        // A container alone is no evidence in OCSF: it stands among the resources.
        if buffer.isOpen(since: start) { appendContainer(&alert, to: &buffer) }
        guard buffer.isOpen(since: start) else { return buffer.truncate(to: start) }
        buffer.endObject()
        buffer.closeList(start)
    }

    private func appendProcess(_ alert: inout MappedAlert, _ id: RecordID, to buffer: inout OutputBuffer) -> Bool {
        guard alert.namesProcess else { return false }
        let start = buffer.open("process")
        let number = alert.number(.processID, in: Self.integer)
        buffer.member("pid", number: .processID, in: Self.integer, of: &alert)
        buffer.member("name", text: .processName, of: &alert)
        buffer.member("cmd_line", text: .commandLine, of: &alert)
        appendExecutable(.executable, &alert, to: &buffer)
        buffer.member("working_directory", text: .workingDirectory, of: &alert)
        buffer.member("tid", number: .threadID, in: Self.integer, of: &alert)
        appendUser("user", &alert, to: &buffer)
        if alert.number(.parentID, in: Self.integer) != nil {
            let parent = buffer.open("parent_process")
            buffer.member("pid", number: .parentID, in: Self.integer, of: &alert)
            buffer.member("name", text: .parentName, of: &alert)
            buffer.member("cmd_line", text: .parentCommandLine, of: &alert)
            appendExecutable(.parentExecutable, &alert, to: &buffer)
            buffer.close(parent)
        } else if alert.has(.parentName) || alert.has(.parentCommandLine) || alert.has(.parentExecutable) {
            // A process object needs a number; an ancestor does not.
            let ancestry = buffer.openList("ancestry")
            buffer.append(byte: 0x7B)
            buffer.member("name", text: .parentName, of: &alert)
            buffer.member("cmd_line", text: .parentCommandLine, of: &alert)
            buffer.member("path", text: .parentExecutable, of: &alert)
            buffer.endObject()
            buffer.closeList(ancestry)
        }
        if number == nil, buffer.isOpen(since: start) {
            // Known from this alert alone: its id is what identifies the process.
            buffer.append("\"uid\":\"")
            buffer.append(id)
            buffer.append("\",")
        }
        return buffer.close(start)
    }

    private func appendExecutable(_ field: KnownField, _ alert: inout MappedAlert, to buffer: inout OutputBuffer) {
        guard let path = alert.value(field), path.kind == .string else { return }
        guard appendFile("file", path.text, type: 1, to: &buffer) else { return }
        alert.mark(field)
    }

    /// A file object; false, and nothing, for a path that ends with its slash: a file needs a name.
    private func appendFile(
        _ name: StaticString, _ path: Span<UInt8>, type: Int, to buffer: inout OutputBuffer
    ) -> Bool {
        let offset = PathText.nameOffset(path)
        guard offset < path.count else { return false }
        let start = buffer.open(name)
        buffer.member("name", path.extracting(offset...))
        buffer.member("path", path)
        buffer.member("type_id", type)
        return buffer.close(start)
    }

    private func appendFile(_ alert: inout MappedAlert, to buffer: inout OutputBuffer) {
        guard let field = alert.file, let path = alert.value(field)?.text else { return }
        var type = 0
        if field == .descriptorName, let kind = alert.value(.descriptorType) {
            type = kind.text.equals("directory") ? 2 : 1
        }
        guard appendFile("file", path, type: type, to: &buffer) else { return }
        alert.mark(field)
        if type != 0 { alert.mark(.descriptorType) }
    }

    private func appendUser(_ name: StaticString, _ alert: inout MappedAlert, to buffer: inout OutputBuffer) {
        let start = buffer.open(name)
        buffer.member("name", text: .userName, of: &alert)
        buffer.member("uid", text: .userID, of: &alert)
        buffer.close(start)
    }

    /// Who asked the Kubernetes API for what.
    private func appendAudit(_ alert: inout MappedAlert, to buffer: inout OutputBuffer) {
        if alert.has(.auditUser) {
            let actor = buffer.open("actor")
            let user = buffer.open("user")
            buffer.member("name", text: .auditUser, of: &alert)
            buffer.close(user)
            buffer.close(actor)
        }
        guard alert.has(.auditVerb) else { return }
        let api = buffer.open("api")
        buffer.member("operation", text: .auditVerb, of: &alert)
        buffer.close(api)
    }

    private func append(
        _ end: Endpoint, _ name: StaticString, _ alert: inout MappedAlert, to buffer: inout OutputBuffer
    ) -> Bool {
        guard alert.address(end.address) != nil || alert.has(end.name) else { return false }
        let start = buffer.open(name)
        buffer.member("ip", address: end.address, of: &alert)
        buffer.member("hostname", text: end.name, of: &alert)
        buffer.member("port", number: end.port, in: 0 ... 65_535, of: &alert)
        let place = buffer.open("location")
        buffer.member("country", text: end.country, of: &alert)
        buffer.member("city", text: end.city, of: &alert)
        buffer.close(place)
        let system = buffer.open("autonomous_system")
        buffer.member("number", number: end.number, in: 0 ... 4_294_967_295, of: &alert)
        buffer.member("name", text: end.organization, of: &alert)
        buffer.close(system)
        return buffer.close(start)
    }

    private func append(
        _ name: StaticString, _ text: Span<UInt8>, _ end: (address: Range<Int>, port: Range<Int>),
        to buffer: inout OutputBuffer
    ) {
        let start = buffer.open(name)
        buffer.member("ip", text.extracting(end.address))
        buffer.member("port", digits: text.extracting(end.port))
        buffer.close(start)
    }

    private func appendConnection(_ alert: inout MappedAlert, to buffer: inout OutputBuffer) {
        buffer.append("\"connection_info\":{\"direction_id\":0,\"direction\":\"Unknown\",")
        buffer.member("protocol_name", text: .transport, of: &alert)
        if let type = alert.value(.descriptorType) {
            if type.text.equals("ipv4") {
                buffer.member("protocol_ver_id", 4)
                alert.mark(.descriptorType)
            } else if type.text.equals("ipv6") {
                buffer.member("protocol_ver_id", 6)
                alert.mark(.descriptorType)
            }
        }
        buffer.endObject()
    }

    private func appendContainer(_ alert: inout MappedAlert, to buffer: inout OutputBuffer) {
        guard alert.isInContainer else { return }
        let start = buffer.open("container")
        buffer.member("uid", text: .containerID, of: &alert)
        buffer.member("name", text: .containerName, of: &alert)
        buffer.member("runtime", text: .runtime, of: &alert)
        let name: KnownField = alert.has(.repository) ? .repository : .image
        // An image needs an identity: the best one that is known.
        let identity: KnownField = alert.has(.imageID) ? .imageID : alert.has(.imageDigest) ? .imageDigest : name
        if alert.has(identity) {
            let image = buffer.open("image")
            buffer.member("uid", text: identity, of: &alert)
            buffer.member("name", text: name, of: &alert)
            buffer.member("tag", text: .imageTag, of: &alert)
            buffer.close(image)
        }
        buffer.close(start)
    }

    /// The container, the pod, the object of the Kubernetes API.
    func appendResources(_ alert: inout MappedAlert, to buffer: inout OutputBuffer) {
        let start = buffer.openList("resources")
        if alert.isInContainer {
            buffer.append("{\"type\":\"container\",")
            buffer.member("uid", text: .containerID, of: &alert)
            buffer.member("name", text: .containerName, of: &alert)
            buffer.endObject()
        }
        if alert.has(.pod) || alert.has(.podUID) || alert.has(.podID) {
            buffer.append("{\"type\":\"pod\",")
            buffer.member("uid", text: alert.has(.podUID) ? .podUID : .podID, of: &alert)
            buffer.member("name", text: .pod, of: &alert)
            buffer.member("namespace", text: .namespace, of: &alert)
            buffer.endObject()
        }
        if alert.has(.targetName) {
            buffer.append(byte: 0x7B)
            buffer.member("type", text: .targetResource, of: &alert)
            buffer.member("name", text: .targetName, of: &alert)
            buffer.member("namespace", text: .targetNamespace, of: &alert)
            buffer.endObject()
        }
        buffer.closeList(start)
    }

    /// What analysts look for across findings. Types are those that every version of OCSF has.
    func appendObservables(_ alert: borrowing MappedAlert, to buffer: inout OutputBuffer) {
        let start = buffer.openList("observables")
        let hostname = alert.facts.alert.hostname
        if !hostname.isEmpty {
            buffer.append("{\"name\":\"device.hostname\",\"type_id\":1,\"type\":\"Hostname\",\"value\":")
            buffer.append(quoted: hostname)
            buffer.append("},")
        }
        if let name = alert.value(.processName) {
            buffer.append(
                "{\"name\":\"evidences[0].process.name\",\"type_id\":9,\"type\":\"Process Name\",\"value\":")
            buffer.append(asText: name)
            buffer.append("},")
        }
        if let name = alert.value(.userName) {
            buffer.append("{\"name\":\"")
            alert.namesProcess ? buffer.append("evidences[0].process.user") : buffer.append("evidences[0].user")
            buffer.append(".name\",\"type_id\":4,\"type\":\"User Name\",\"value\":")
            buffer.append(asText: name)
            buffer.append("},")
        }
        if let field = alert.file, let path = alert.value(field)?.text {
            let offset = PathText.nameOffset(path)
            if offset < path.count {
                buffer.append("{\"name\":\"evidences[0].file.name\",\"type_id\":7,\"type\":\"File Name\",\"value\":")
                buffer.append(quoted: path.extracting(offset...))
                buffer.append("},")
            }
        }
        if let ends = alert.ends {
            if let address = alert.address(ends.source.address) {
                appendObservable("evidences[0].src_endpoint.ip", address.text, to: &buffer)
            }
            if let address = alert.address(ends.destination.address) {
                appendObservable("evidences[0].dst_endpoint.ip", address.text, to: &buffer)
            }
        } else if let connection = alert.connection {
            let (source, destination) = (connection.source.address, connection.destination.address)
            appendObservable("evidences[0].src_endpoint.ip", connection.text.extracting(source), to: &buffer)
            appendObservable("evidences[0].dst_endpoint.ip", connection.text.extracting(destination), to: &buffer)
        }
        buffer.closeList(start)
    }

    private func appendObservable(_ name: StaticString, _ address: Span<UInt8>, to buffer: inout OutputBuffer) {
        buffer.append("{\"name\":\"")
        buffer.append(name)
        buffer.append("\",\"type_id\":2,\"type\":\"IP Address\",\"value\":")
        buffer.append(quoted: address)
        buffer.append("},")
    }

    /// What was added and has no attribute of its own.
    func appendEnrichments(_ alert: borrowing MappedAlert, to buffer: inout OutputBuffer) {
        guard alert.facts.addedCount > 0 else { return }
        let table = KnownField.byID
        let start = buffer.openList("enrichments")
        for index in 0 ..< alert.facts.addedCount where alert.isLeft(added: index, table) {
            let name = alert.facts.addedName(at: index)
            let value = alert.facts.added(at: index)
            buffer.append("{\"name\":")
            buffer.append(quoted: name.text.span)
            buffer.append(",\"value\":")
            buffer.append(asText: value)
            buffer.append(",\"data\":{\"value\":")
            buffer.appendFlat(value.kind, bits: value.bits, text: value.text)
            buffer.append("},\"provider\":\"Creance\"},")
        }
        buffer.closeList(start)
    }
}
