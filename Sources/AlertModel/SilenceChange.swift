// SPDX-License-Identifier: Apache-2.0

/// Alerts that match `when` are kept, counted and correlated, and do not leave, until a point in time.
public struct Silence: Hashable, Sendable {
    /// What an operator names it by, and what explains the fate of an alert. Sixteen hexadecimal digits.
    public let id: String
    /// A condition in Falco's filter syntax.
    public let when: String
    public let until: EventTime
    public let reason: String
    /// Who set it at run time, as they said; empty for one of the configuration.
    public let createdBy: String
    /// When it was set at run time; nil for one of the configuration.
    public let createdAt: EventTime?

    /// Its id is a digest of everything else: the same silence has the same id after a restart and on every machine.
    public init(when: String, until: EventTime, reason: String, createdBy: String = "", createdAt: EventTime? = nil) {
        var writer = ByteWriter()
        writer.put(Array("silence".utf8))
        writer.put(when)
        writer.put(until)
        writer.put(reason)
        writer.put(createdBy)
        writer.put(createdAt) { $0.put($1) }
        self.init(
            id: RecordID.hexadecimal(SubjectID(digestOf: writer.bytes.span).high), when: when, until: until,
            reason: reason, createdBy: createdBy, createdAt: createdAt)
    }

    private init(
        id: String, when: String, until: EventTime, reason: String, createdBy: String, createdAt: EventTime?
    ) {
        self.id = id
        self.when = when
        self.until = until
        self.reason = reason
        self.createdBy = createdBy
        self.createdAt = createdAt
    }

    /// Bounds of what comes from outside, in bytes.
    public enum Limit {
        /// Silences in force at once that were set at run time.
        public static let count = 1_000
        public static let when = 4_096
        public static let reason = 1_024
        public static let author = 256
        public static let id = 64
    }

    /// Everything is there, and nothing is longer than its limit.
    public var isWithinLimits: Bool {
        (1 ... Limit.when).contains(when.utf8.count) && (1 ... Limit.reason).contains(reason.utf8.count)
            && createdBy.utf8.count <= Limit.author && (1 ... Limit.id).contains(id.utf8.count)
    }

    public func write(to writer: inout ByteWriter) {
        writer.put(id)
        writer.put(when)
        writer.put(until)
        writer.put(reason)
        writer.put(createdBy)
        writer.put(createdAt) { $0.put($1) }
    }

    public init(_ reader: inout ByteReader) throws(MalformedBytes) {
        self.init(
            id: try reader.takeString(), when: try reader.takeString(), until: try reader.takeTime(),
            reason: try reader.takeString(), createdBy: try reader.takeString(),
            createdAt: try reader.takeOptional { (reader) throws(MalformedBytes) in try reader.takeTime() })
        guard isWithinLimits else { throw MalformedBytes() }
    }
}

/// A silence set or lifted while the daemon runs: an entry of the journal, because decisions depend on it.
///
///     version u8 = 1 │ kind u8: 0 set, 1 lift │ set: the silence │ lift: id, by whom, each with its length in front
public enum SilenceChange: Hashable, Sendable {
    case set(Silence)
    /// - Parameter by: who lifted it, as they said.
    case lift(id: String, by: String)

    private static let version: UInt8 = 1

    /// The id of the silence it is about.
    public var id: String {
        switch self {
        case .set(let silence): silence.id
        case .lift(let id, _): id
        }
    }

    public func write(to writer: inout ByteWriter) {
        writer.put(Self.version)
        switch self {
        case .set(let silence):
            writer.put(UInt8(0))
            silence.write(to: &writer)
        case .lift(let id, let author):
            writer.put(UInt8(1))
            writer.put(id)
            writer.put(author)
        }
    }

    public init(_ reader: inout ByteReader) throws(MalformedBytes) {
        guard try reader.take(UInt8.self) == Self.version else { throw MalformedBytes() }
        switch try reader.take(UInt8.self) {
        case 0: self = .set(try Silence(&reader))
        case 1:
            let id = try reader.takeString()
            let author = try reader.takeString()
            guard (1 ... Silence.Limit.id).contains(id.utf8.count), author.utf8.count <= Silence.Limit.author else {
                throw MalformedBytes()
            }
            self = .lift(id: id, by: author)
        default: throw MalformedBytes()
        }
    }

    /// As the body of a journal entry.
    public var bytes: [UInt8] {
        var writer = ByteWriter()
        write(to: &writer)
        return writer.bytes
    }

    /// From the body of a journal entry, which must hold nothing else.
    public init(bytes: [UInt8]) throws(MalformedBytes) {
        var reader = ByteReader(bytes)
        try self.init(&reader)
        guard reader.isAtEnd else { throw MalformedBytes() }
    }
}
