// SPDX-License-Identifier: Apache-2.0

/// Records as bytes, for the journal; the enclosing form has the version.
extension EngineRecord {
    public func write(to writer: inout ByteWriter) {
        switch self {
        case .summary(let summary):
            writer.put(UInt8(0))
            summary.write(to: &writer)
        case .incident(let incident):
            writer.put(UInt8(1))
            incident.write(to: &writer)
        case .storm(let storm):
            writer.put(UInt8(2))
            storm.write(to: &writer)
        }
    }

    public init(_ reader: inout ByteReader) throws(MalformedBytes) {
        switch try reader.take(UInt8.self) {
        case 0: self = .summary(try GroupSummary(&reader))
        case 1: self = .incident(try IncidentRecord(&reader))
        case 2: self = .storm(try StormRecord(&reader))
        default: throw MalformedBytes()
        }
    }
}

extension GroupSummary {
    func write(to writer: inout ByteWriter) {
        writer.put(group)
        writer.put(opened)
        writer.put(state.rawValue)
        writer.put(Int64(revision))
        writer.put(fields) { $0.put($1) }
        for number in [total, suppressed, variants] { writer.put(Int64(number)) }
        writer.put(first)
        writer.put(last)
        writer.put(byPriority) { $0.put(Int64($1)) }
        writer.put(samples) { $0.put($1) }
        writer.put(newVariants) { $0.put($1) }
    }

    init(_ reader: inout ByteReader) throws(MalformedBytes) {
        self.init(
            group: try reader.takeSubjectID(), opened: try reader.takeTime(), state: try reader.takeState(),
            revision: try reader.takeInt(), fields: try reader.takeKey(), total: try reader.takeInt(),
            suppressed: try reader.takeInt(), variants: try reader.takeInt(), first: try reader.takeTime(),
            last: try reader.takeTime(),
            byPriority: try reader.takeList { (reader) throws(MalformedBytes) in try reader.takeInt() },
            samples: try reader.takeList { (reader) throws(MalformedBytes) in try reader.takeRecordID() },
            newVariants: try reader.takeList { (reader) throws(MalformedBytes) in try reader.takeString() })
    }
}

extension IncidentRecord {
    func write(to writer: inout ByteWriter) {
        writer.put(incident)
        writer.put(state.rawValue)
        writer.put(Int64(revision))
        writer.put(firing) { $0.put($1) }
        for text in [ruleID, ruleTitle, ruleType] { writer.put(text) }
        writer.put(level.rawValue)
        writer.put(tags) { $0.put($1) }
        writer.put(group) { $0.put($1) }
        writer.put(value)
        writer.put(first)
        writer.put(last)
        writer.put(alerts) { $0.put($1) }
        writer.put(attack) { $0.put($1) }
        for flag in [isApproximate, mayBeUndercounted, hasGap] { writer.put(flag) }
        writer.put(mergedInto) { $0.put($1) }
    }

    init(_ reader: inout ByteReader) throws(MalformedBytes) {
        let incident = try reader.takeSubjectID()
        let state = try reader.takeState()
        let revision = try reader.takeInt()
        let firing = try reader.takeOptional { (reader) throws(MalformedBytes) in try reader.takeRecordID() }
        let texts = (try reader.takeString(), try reader.takeString(), try reader.takeString())
        guard let level = IncidentLevel(rawValue: try reader.take(UInt8.self)) else { throw MalformedBytes() }
        self.init(
            incident: incident, state: state, revision: revision, firing: firing, ruleID: texts.0, ruleTitle: texts.1,
            ruleType: texts.2, level: level,
            tags: try reader.takeList { (reader) throws(MalformedBytes) in try reader.takeString() },
            group: try reader.takeKey(), value: try reader.takeDouble(), first: try reader.takeTime(),
            last: try reader.takeTime(),
            alerts: try reader.takeList { (reader) throws(MalformedBytes) in try reader.takeRecordID() },
            attack: try reader.takeList { (reader) throws(MalformedBytes) in try reader.takeString() },
            isApproximate: try reader.takeBool(), mayBeUndercounted: try reader.takeBool(),
            hasGap: try reader.takeBool(),
            mergedInto: try reader.takeOptional { (reader) throws(MalformedBytes) in try reader.takeSubjectID() })
    }
}

extension StormRecord {
    func write(to writer: inout ByteWriter) {
        writer.put(storm)
        writer.put(state.rawValue)
        writer.put(Int64(revision))
        writer.put(scope.rawValue)
        writer.put(key)
        writer.put(Int64(held))
        writer.put(top) { writer, talker in
            writer.put(talker.key)
            writer.put(Int64(talker.count))
        }
        writer.put(first)
        writer.put(last)
        writer.put(samples) { $0.put($1) }
    }

    init(_ reader: inout ByteReader) throws(MalformedBytes) {
        let storm = try reader.takeSubjectID()
        let state = try reader.takeState()
        let revision = try reader.takeInt()
        guard let scope = Scope(rawValue: try reader.take(UInt8.self)) else { throw MalformedBytes() }
        self.init(
            storm: storm, state: state, revision: revision, scope: scope, key: try reader.takeString(),
            held: try reader.takeInt(),
            top: try reader.takeList { (reader) throws(MalformedBytes) in
                Talker(key: try reader.takeString(), count: try reader.takeInt())
            },
            first: try reader.takeTime(), last: try reader.takeTime(),
            samples: try reader.takeList { (reader) throws(MalformedBytes) in try reader.takeRecordID() })
    }
}

extension ByteWriter {
    public mutating func put(_ field: KeyField) {
        put(field.name)
        switch field.value {
        case .null: put(UInt8(0))
        case .text(let text):
            put(UInt8(1))
            put(text)
        case .integer(let number):
            put(UInt8(2))
            put(number)
        case .unsigned(let number):
            put(UInt8(3))
            put(number)
        case .double(let number):
            put(UInt8(4))
            put(number)
        case .bool(let flag):
            put(UInt8(5))
            put(flag)
        }
    }
}

extension ByteReader {
    public mutating func takeKeyField() throws(MalformedBytes) -> KeyField {
        let name = try takeString()
        let value: FieldValue
        switch try take(UInt8.self) {
        case 0: value = .null
        case 1: value = .text(try takeString())
        case 2: value = .integer(try take(Int64.self))
        case 3: value = .unsigned(try take(UInt64.self))
        case 4: value = .double(try takeDouble())
        case 5: value = .bool(try takeBool())
        default: throw MalformedBytes()
        }
        return KeyField(name: name, value: value)
    }

    mutating func takeKey() throws(MalformedBytes) -> [KeyField] {
        try takeList { (reader) throws(MalformedBytes) in try reader.takeKeyField() }
    }

    mutating func takeState() throws(MalformedBytes) -> RecordState {
        guard let state = RecordState(rawValue: try take(UInt8.self)) else { throw MalformedBytes() }
        return state
    }
}
