// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// The field sets of ECS that an alert's fields fill. Each writes nothing when it has no field.
extension ECSFormat {
    /// ECS type `long`.
    private static let long = Int64.min ... Int64.max

    func appendHost(_ alert: inout MappedAlert, to buffer: inout OutputBuffer) {
        let name = alert.facts.alert.hostname
        guard !name.isEmpty else { return }
        let start = buffer.open("host")
        buffer.member("name", name)
        buffer.member("hostname", name)
        buffer.close(start)
    }

    func appendProcess(_ alert: inout MappedAlert, to buffer: inout OutputBuffer) {
        let start = buffer.open("process")
        buffer.member("pid", number: .processID, in: Self.long, of: &alert)
        buffer.member("name", text: .processName, of: &alert)
        buffer.member("command_line", text: .commandLine, of: &alert)
        buffer.member("executable", text: .executable, of: &alert)
        buffer.member("working_directory", text: .workingDirectory, of: &alert)
        buffer.member("vpid", number: .namespacedID, in: Self.long, of: &alert)
        let thread = buffer.open("thread")
        buffer.member("id", number: .threadID, in: Self.long, of: &alert)
        buffer.close(thread)
        let parent = buffer.open("parent")
        buffer.member("pid", number: .parentID, in: Self.long, of: &alert)
        buffer.member("name", text: .parentName, of: &alert)
        buffer.member("command_line", text: .parentCommandLine, of: &alert)
        buffer.member("executable", text: .parentExecutable, of: &alert)
        buffer.close(parent)
        let leader = buffer.open("group_leader")
        buffer.member("pid", number: .groupLeader, in: Self.long, of: &alert)
        buffer.close(leader)
        let session = buffer.open("session_leader")
        buffer.member("pid", number: .sessionID, in: Self.long, of: &alert)
        buffer.member("name", text: .sessionName, of: &alert)
        buffer.close(session)
        let user = buffer.open("user")
        buffer.member("id", text: .userID, of: &alert)
        buffer.member("name", text: .userName, of: &alert)
        buffer.close(user)
        buffer.close(start)
    }

    func appendUser(_ alert: inout MappedAlert, to buffer: inout OutputBuffer) {
        let start = buffer.open("user")
        buffer.member("id", text: .userID, of: &alert)
        buffer.member("name", text: alert.has(.userName) ? .userName : .auditUser, of: &alert)
        let group = buffer.open("group")
        buffer.member("id", text: .groupID, of: &alert)
        buffer.member("name", text: .groupName, of: &alert)
        buffer.close(group)
        buffer.close(start)
    }

    func appendContainer(_ alert: inout MappedAlert, to buffer: inout OutputBuffer) {
        guard alert.isInContainer else { return }
        let start = buffer.open("container")
        buffer.member("id", text: .containerID, of: &alert)
        buffer.member("name", text: .containerName, of: &alert)
        buffer.member("runtime", text: .runtime, of: &alert)
        let image = buffer.open("image")
        buffer.member("name", text: alert.has(.repository) ? .repository : .image, of: &alert)
        buffer.list("tag", text: .imageTag, of: &alert)
        let hash = buffer.open("hash")
        buffer.list("all", text: .imageDigest, of: &alert)
        buffer.close(hash)
        buffer.close(image)
        let context = buffer.open("security_context")
        buffer.member("privileged", bool: .privileged, of: &alert)
        buffer.close(context)
        buffer.close(start)
    }

    func appendOrchestrator(_ alert: inout MappedAlert, to buffer: inout OutputBuffer) {
        let isPod = alert.has(.pod) || alert.has(.podUID) || alert.has(.podID)
        let start = buffer.open("orchestrator")
        buffer.member("namespace", text: alert.has(.namespace) ? .namespace : .targetNamespace, of: &alert)
        let resource = buffer.open("resource")
        if isPod {
            buffer.member("type", literal: "pod")
            buffer.member("name", text: .pod, of: &alert)
            buffer.member("id", text: alert.has(.podUID) ? .podUID : .podID, of: &alert)
        } else if alert.has(.targetResource) || alert.has(.targetName) {
            buffer.member("type", text: .targetResource, of: &alert)
            buffer.member("name", text: .targetName, of: &alert)
        } else if alert.has(.deployment) {
            buffer.member("type", literal: "deployment")
            buffer.member("name", text: .deployment, of: &alert)
        }
        buffer.close(resource)
        if buffer.isOpen(since: start) { buffer.member("type", literal: "kubernetes") }
        buffer.close(start)
    }

    func appendFile(_ alert: inout MappedAlert, to buffer: inout OutputBuffer) {
        guard let field = alert.file, let path = alert.value(field)?.text else { return }
        let start = buffer.open("file")
        buffer.member("path", text: field, of: &alert)
        let name = PathText.nameOffset(path)
        if name < path.count { buffer.member("name", path.extracting(name...)) }
        if name > 0 { buffer.member("directory", path.extracting(..<max(1, name - 1))) }
        if let type = alert.value(.descriptorType), field == .descriptorName {
            buffer.member("type", literal: type.text.equals("directory") ? "dir" : "file")
            alert.mark(.descriptorType)
        }
        buffer.close(start)
    }

    func appendNetwork(_ alert: inout MappedAlert, to buffer: inout OutputBuffer) {
        if let ends = alert.ends {
            append(ends.source, "source", &alert, to: &buffer)
            append(ends.destination, "destination", &alert, to: &buffer)
        } else if let connection = alert.connection {
            append("source", connection.text, connection.source, to: &buffer)
            append("destination", connection.text, connection.destination, to: &buffer)
        }
        let start = buffer.open("network")
        buffer.member("transport", text: .transport, of: &alert)
        if let type = alert.value(.descriptorType), type.text.equals("ipv4") || type.text.equals("ipv6") {
            buffer.member("type", text: .descriptorType, of: &alert)
        }
        buffer.close(start)
    }

    private func append(
        _ end: Endpoint, _ name: StaticString, _ alert: inout MappedAlert, to buffer: inout OutputBuffer
    ) {
        let start = buffer.open(name)
        if let address = alert.address(end.address) {
            buffer.member("address", address.text)
            buffer.member("ip", address: end.address, of: &alert)
        }
        buffer.member("port", number: end.port, in: 0 ... 65_535, of: &alert)
        buffer.member("domain", text: end.name, of: &alert)
        let place = buffer.open("geo")
        buffer.member("country_iso_code", text: end.country, of: &alert)
        buffer.member("city_name", text: end.city, of: &alert)
        buffer.close(place)
        let network = buffer.open("as")
        buffer.member("number", number: end.number, in: 0 ... 4_294_967_295, of: &alert)
        let organization = buffer.open("organization")
        buffer.member("name", text: end.organization, of: &alert)
        buffer.close(organization)
        buffer.close(network)
        buffer.close(start)
    }

    private func append(
        _ name: StaticString, _ text: Span<UInt8>, _ end: (address: Range<Int>, port: Range<Int>),
        to buffer: inout OutputBuffer
    ) {
        let start = buffer.open(name)
        buffer.member("address", text.extracting(end.address))
        buffer.member("ip", text.extracting(end.address))
        buffer.member("port", digits: text.extracting(end.port))
        buffer.close(start)
    }

    func appendThreat(_ alert: inout MappedAlert, to buffer: inout OutputBuffer) {
        guard let attack = alert.value(.attack), attack.kind == .json else { return }
        guard appendThreat(attack.text, to: &buffer) else { return }
        alert.mark(.attack)
    }

    /// `threat`, from the text of field `attack`; false when it names nothing.
    @discardableResult
    func appendThreat(_ text: Span<UInt8>, to buffer: inout OutputBuffer) -> Bool {
        let start = buffer.open("threat")
        let tactics = buffer.open("tactic")
        buffer.list("id", text) { item, _, buffer in
            guard item.isTactic, let tactic = AttackTactic(text.extracting(item.value)) else { return }
            buffer.appendItem(tactic.id)
        }
        buffer.list("name", text) { item, _, buffer in
            guard item.isTactic, let tactic = AttackTactic(text.extracting(item.value)) else { return }
            buffer.appendItem(tactic.name)
        }
        buffer.close(tactics)
        let techniques = buffer.open("technique")
        appendTechniques(text, isSub: false, to: &buffer)
        let parts = buffer.open("subtechnique")
        appendTechniques(text, isSub: true, to: &buffer)
        buffer.close(parts)
        buffer.close(techniques)
        guard buffer.isOpen(since: start) else {
            buffer.close(start)
            return false
        }
        buffer.member("framework", literal: "MITRE ATT&CK")
        buffer.close(start)
        return true
    }

    /// Numbers and names of techniques, or of their parts. A technique that comes with several parts stands there once.
    private func appendTechniques(_ text: Span<UInt8>, isSub: Bool, to buffer: inout OutputBuffer) {
        let length = AttackList.techniqueLength
        var last = 0 ..< 0
        buffer.list("id", text) { item, _, buffer in
            guard !item.isTactic, !isSub || item.value.count > length else { return }
            let number = isSub ? item.value : item.value.prefix(length)
            defer { last = number }
            guard isSub || !text.extracting(number).equals(text.extracting(last)) else { return }
            buffer.append(quoted: text.extracting(number))
            buffer.append(byte: 0x2C)
        }
        last = 0 ..< 0
        buffer.list("name", text) { item, nameEnd, buffer in
            guard !item.isTactic, !item.name.isEmpty, !isSub || item.value.count > length else { return }
            let number = isSub ? item.value : item.value.prefix(length)
            defer { last = number }
            guard isSub || !text.extracting(number).equals(text.extracting(last)) else { return }
            let start = isSub ? min(nameEnd + 2, item.name.upperBound) : item.name.lowerBound
            let end = isSub ? item.name.upperBound : nameEnd
            buffer.append(quoted: text.extracting(start ..< end))
            buffer.append(byte: 0x2C)
        }
    }
}

extension OutputBuffer {
    /// Something was written behind the brace of the object that began at `start`.
    func isOpen(since start: Int) -> Bool { count > start && bytes[count - 1] == 0x2C }

    /// A list of one text, for fields of ECS that are lists.
    mutating func list(_ name: StaticString, text field: KnownField, of alert: inout MappedAlert) {
        guard let value = alert.value(field) else { return }
        key(name)
        append(byte: 0x5B)
        append(asText: value)
        append("],")
        alert.mark(field)
    }

    mutating func appendItem(_ text: StaticString) {
        append(byte: 0x22)
        append(text)
        append("\",")
    }

    /// A list made of the items of field `attack`; nothing when `visit` writes none.
    mutating func list(
        _ name: StaticString, _ text: Span<UInt8>, _ visit: (AttackList.Item, Int, inout OutputBuffer) -> Void
    ) {
        let start = openList(name)
        var list = AttackList(text)
        while let item = list.next() { visit(item, list.nameEnd(item), &self) }
        closeList(start)
    }
}

extension Range where Bound == Int {
    func prefix(_ length: Int) -> Range<Int> { lowerBound ..< Swift.min(upperBound, lowerBound + length) }
}
