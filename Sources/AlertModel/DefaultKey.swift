// SPDX-License-Identifier: Apache-2.0

/// The default key, member by member.
enum DefaultKey {
    static func walk<Receiver: KeyReceiver>(_ fields: borrowing PlacedFields, into receiver: inout Receiver) {
        let alert = fields.facts.alert
        receiver.receive(.rule, .text, text: alert.rule)
        receiver.receive(.source, .text, text: alert.source)
        scope(fields, into: &receiver)
        receiver.receive(.namespace, fields.value(.namespace))
        receiver.receive(.pod, fields.value(.pod))
        receiver.receive(.userID, fields.value(.userID), orElse: .userName, fields.value(.userName))
        receiver.receive(.executable, fields.value(.executable), orElse: .processName, fields.value(.processName))
        receiver.receive(.parent, fields.value(.parent))
        object(fields, into: &receiver)
    }

    /// The container, or the host with its name: a plain `host` would merge every node.
    static func scope<Receiver: KeyReceiver>(_ fields: borrowing PlacedFields, into receiver: inout Receiver) {
        if let container = fields.value(.container), !container.text.equals("host") {
            receiver.receive(.scope, container)
        } else {
            receiver.receive(.scope, .host, text: fields.facts.alert.hostname)
        }
    }

    private static func object<Receiver: KeyReceiver>(
        _ fields: borrowing PlacedFields, into receiver: inout Receiver
    ) {
        let source = fields.facts.alert.source
        if source.equals("syscall") || source.isEmpty {
            systemCallObject(fields, into: &receiver)
        } else if source.equals("k8s_audit") {
            receiver.receive(.verb, fields.value(.verb))
            receiver.receive(.resource, fields.value(.resource))
            receiver.receive(.targetNamespace, fields.value(.targetNamespace))
            receiver.receive(.targetName, fields.value(.targetName))
            receiver.receive(.auditUser, fields.value(.auditUser))
        } else {
            firstTexts(fields, into: &receiver)
        }
    }

    private static func systemCallObject<Receiver: KeyReceiver>(
        _ fields: borrowing PlacedFields, into receiver: inout Receiver
    ) {
        if let address = fields.value(.serverAddress) {
            receiver.receive(.transportProtocol, fields.value(.transportProtocol))
            receiver.receive(.serverAddress, address)
            receiver.receive(.serverPort, fields.value(.serverPort))
        } else if let name = fields.value(.file) {
            if let server = name.text.serverHalf {
                // `client:port->server:port`: only the server's half is the same from one connection to the next.
                receiver.receive(.transportProtocol, fields.value(.transportProtocol))
                receiver.receive(.server, .text, text: name.text.extracting(server...))
            } else {
                receiver.receive(.file, name)
            }
        } else {
            receiver.receive(.eventType, fields.value(.eventType))
        }
    }

    /// For plugin sources: the first four texts in order of their names, which no transport changes.
    private static func firstTexts<Receiver: KeyReceiver>(
        _ fields: borrowing PlacedFields, into receiver: inout Receiver
    ) {
        let alert = fields.facts.alert
        var chosen = InlineArray<5, Int>(repeating: 0)
        var count = 0
        for index in 0 ..< alert.fieldCount {
            let field = alert.field(at: index)
            guard field.kind == .string, !field.key.namesOneEvent else { continue }
            var place = count
            while place > 0, alert.field(at: chosen[place - 1]).key.follows(field.key) {
                chosen[place] = chosen[place - 1]
                place -= 1
            }
            chosen[place] = index
            count = min(count + 1, 4)
        }
        for place in 0 ..< count {
            let field = alert.field(at: chosen[place])
            receiver.receive(name: field.key)
            receiver.receive(.named, .text, text: field.text)
        }
    }
}

extension KeyReceiver {
    mutating func receive(_ code: KeyCode, _ value: borrowing ValueView?) {
        guard let value = copy value else { return receiveNull(code) }
        receive(code, kind: value.kind, text: value.text, bits: value.bits)
    }

    /// The first of two values that is not null.
    fileprivate mutating func receive(
        _ code: KeyCode, _ value: borrowing ValueView?, orElse second: KeyCode, _ other: borrowing ValueView?
    ) {
        if let value = copy value {
            receive(code, kind: value.kind, text: value.text, bits: value.bits)
        } else {
            receive(second, other)
        }
    }
}

extension Span where Element == UInt8 {
    /// Where the server's half of a connection's name begins: behind `->`, and behind the kernel's address of a local
    /// socket (`ffff8a->ffff8b /run/x.sock`). nil for everything that is no connection; a file's path begins with `/`
    /// and may hold anything.
    var serverHalf: Int? {
        guard count > 0, self[0] != 47, let arrow = offsetBehindArrow else { return nil }
        for index in arrow ..< count where self[index] == 32 { return index + 1 }
        return arrow
    }

    /// The name of a field that has another value at every event: times, counters, identities of one event or session.
    var namesOneEvent: Bool {
        if startsWith("evt.") || equals("uuid") || equals("ct.id") { return true }
        return contains("time") || contains("uuid") || contains("session") || contains("requestid")
    }

    public func contains(_ text: StaticString) -> Bool {
        var start = 0
        while start + text.utf8CodeUnitCount <= count {
            if extracting(start...).startsWith(text) { return true }
            start += 1
        }
        return false
    }
}
