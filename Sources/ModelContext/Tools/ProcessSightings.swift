// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Journal

/// What one alert tells of processes.
struct ProcessSighting: Sendable {
    struct Ancestor: Sendable, Equatable {
        var pid: Int64?
        var name: String?
        var path: String?
        var commandLine: String?
    }

    let id: RecordID
    let time: EventTime
    let priority: Priority
    let rule: String
    var pid: Int64?
    var ppid: Int64?
    var own = Ancestor()
    var user: String?
    /// The parent first.
    var ancestors: [Ancestor] = []

    /// Ancestors read of one alert: Falco's `proc.aname[n]` and its siblings.
    static let ancestorLimit = 16

    init(_ found: FoundAlert) {
        let alert = found.batch.alert(at: found.index)
        id = found.id
        time = alert.eventTime
        priority = alert.priority
        rule = String(decoding: [UInt8](_span: alert.rule), as: UTF8.self)
        for index in 0 ..< alert.fieldCount {
            let field = alert.field(at: index)
            guard !field.kind.isNull else { continue }
            take(String(decoding: [UInt8](_span: field.key), as: UTF8.self), field)
        }
        own.pid = pid
    }

    private mutating func take(_ name: String, _ field: borrowing FieldView) {
        guard name.hasPrefix("proc.") || name.hasPrefix("user.") else { return }
        func text() -> String { String(decoding: [UInt8](_span: field.text), as: UTF8.self) }
        func number() -> Int64? { Int64(text()).flatMap { $0 > 0 ? $0 : nil } }
        switch name {
        case "proc.pid": pid = number()
        case "proc.ppid":
            let parent = number()
            ppid = parent
            change(0) { $0.pid = parent }
        case "proc.name": own.name = text()
        case "proc.exepath": own.path = text()
        case "proc.cmdline": own.commandLine = text()
        case "proc.pname": change(0) { $0.name = text() }
        case "proc.pexepath": change(0) { $0.path = text() }
        case "proc.pcmdline": change(0) { $0.commandLine = text() }
        case "user.name": user = text()
        default:
            guard let (kind, depth) = Self.ancestor(name) else { return }
            if depth == 0 {
                // `proc.apid[0]` is the process itself.
                if kind == "proc.apid", pid == nil { pid = number() }
                if kind == "proc.aname", own.name == nil { own.name = text() }
                return
            }
            change(depth - 1) { one in
                switch kind {
                case "proc.apid": one.pid = number()
                case "proc.aname": one.name = text()
                case "proc.aexepath": one.path = text()
                case "proc.acmdline": one.commandLine = text()
                default: break
                }
            }
        }
    }

    /// `proc.aname[2]` → (`proc.aname`, 2).
    private static func ancestor(_ name: String) -> (kind: String, depth: Int)? {
        guard name.hasSuffix("]"), let open = name.firstIndex(of: "[") else { return nil }
        let kind = String(name[..<open])
        guard ["proc.apid", "proc.aname", "proc.aexepath", "proc.acmdline"].contains(kind),
            let depth = Int(name[name.index(after: open)...].dropLast()), (0 ... ancestorLimit).contains(depth)
        else { return nil }
        return (kind, depth)
    }

    private mutating func change(_ index: Int, _ change: (inout Ancestor) -> Void) {
        while ancestors.count <= index { ancestors.append(Ancestor()) }
        change(&ancestors[index])
    }
}

/// One alert and others of the same container, or host, near it in time.
struct ProcessSightings: Sendable {
    /// Alerts looked at most, half of them before the one asked for.
    static let limit = 800
    static let blockLimit = 128

    /// The one asked for comes first.
    private(set) var sightings: [ProcessSighting]
    let isOfContainer: Bool
    let from: EventTime
    let through: EventTime
    /// There were no more.
    private(set) var isWhole = true

    /// nil: there is no such alert (any more).
    init?(_ id: RecordID, around span: Duration, _ reader: JournalReader) throws {
        guard let asked = try reader.alert(id) else { return nil }
        let alert = asked.batch.alert(at: asked.index)
        let facts = AlertFacts(alert, asked.notes.added, at: asked.index)
        let container = EntityKind.text(facts, FieldName("container.id"))
        sightings = [ProcessSighting(asked)]
        from = alert.eventTime.advanced(by: .zero - span)
        through = alert.eventTime.advanced(by: span)
        var query = AlertQuery()
        if let container, container != "host" {
            isOfContainer = true
            query.values[.container] = [container]
        } else {
            isOfContainer = false
            if container != nil { query.values[.container] = ["host"] }
        }
        let host = String(decoding: [UInt8](_span: alert.hostname), as: UTF8.self)
        if !host.isEmpty { query.values[.hostname] = [host] }
        query.blockLimit = Self.blockLimit
        query.limit = Self.limit / 2
        for (first, last, newest) in [(from, alert.eventTime, true), (alert.eventTime, through, false)] {
            (query.from, query.through, query.newestFirst) = (first, last, newest)
            let page = try reader.search(query)
            if page.next != nil { isWhole = false }
            for found in page.alerts where found.id != id && !isKnown(found) {
                sightings.append(ProcessSighting(found))
            }
        }
    }

    /// Both looks see what has the very same time.
    private func isKnown(_ found: FoundAlert) -> Bool { sightings.contains { $0.id == found.id } }
}
