// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// The way back from a `notes` blob. `NotesEncoder` has the layout.
extension EntryNotes {
    /// The longest body that is unpacked.
    private static let bodyLimit = 1 << 28

    /// nil when the blob is damaged, of a version not known, or does not fit an entry of `alertCount` alerts.
    init?(_ blob: [UInt8], alertCount: Int, _ zstd: ZstdReading) {
        guard blob.count >= 6 else { return nil }
        let content = blob.span.extracting(first: blob.count - 4)
        var sum = ByteCursor(blob.span.extracting(last: 4))
        guard sum.littleEndian(UInt32.self) == checksum(content), content[0] == NotesEncoder.formatVersion else {
            return nil
        }
        switch content[1] {
        case 0: self.init(body: content.extracting(droppingFirst: 2), alertCount: alertCount)
        case 1:
            var head = ByteCursor(content.extracting(droppingFirst: 2))
            guard let length = head.littleEndian(UInt32.self), Int(length) <= Self.bodyLimit,
                let frame = head.bytes(head.remaining), let body = zstd.content(frame, length: Int(length))
            else { return nil }
            self.init(body: body.span, alertCount: alertCount)
        default: return nil
        }
    }

    private init?(body: Span<UInt8>, alertCount: Int) {
        self.init()
        var cursor = ByteCursor(body)
        guard takeMarks(&cursor, alertCount), takeSubjects(&cursor), takeLinks(&cursor, alertCount),
            takeRecords(&cursor, alertCount), takeAdded(&cursor, alertCount),
            takeRoutes(&cursor, outputLimit: alertCount + records.count + 1), cursor.remaining == 0
        else { return nil }
    }

    private mutating func takeMarks(_ cursor: inout ByteCursor, _ alertCount: Int) -> Bool {
        guard let count = cursor.varint(), count == 0 || count == UInt64(alertCount),
            let subjects = cursor.column(Int(count)), let variants = cursor.column(Int(count)),
            let counts = cursor.column(Int(count)), let flags = cursor.column(Int(count))
        else { return false }
        marks.reserveCapacity(Int(count))
        for index in 0 ..< Int(count) {
            guard let subject = UInt32(exactly: subjects[index]), let variant = UInt32(exactly: variants[index]),
                let count = UInt32(exactly: counts[index]), let flags = UInt8(exactly: flags[index])
            else { return false }
            marks.append(
                AlertMark(subject: subject, variant: variant, count: count, flags: AlertMark.Flags(rawValue: flags)))
        }
        return true
    }

    private mutating func takeSubjects(_ cursor: inout ByteCursor) -> Bool {
        guard let count = cursor.count() else { return false }
        for _ in 0 ..< count {
            guard let kind = cursor.byte().flatMap(NoteSubject.Kind.init(rawValue:)),
                let subject = Self.subject(kind, &cursor)
            else { return false }
            subjects.append(subject)
        }
        return true
    }

    private static func subject(_ kind: NoteSubject.Kind, _ cursor: inout ByteCursor) -> NoteSubject? {
        switch kind {
        case .group: return cursor.subjectID().map(NoteSubject.group)
        case .storm: return cursor.subjectID().map(NoteSubject.storm)
        case .silence: return cursor.text().map(NoteSubject.silence)
        case .inhibition: return cursor.text().map(NoteSubject.inhibition)
        case .original:
            guard let installation = cursor.littleEndian(UInt64.self), let epoch = cursor.littleEndian(UInt64.self),
                let place = cursor.littleEndian(Int64.self)
            else { return nil }
            return .original(RecordID(installation: installation, epoch: epoch, place: place))
        }
    }

    private mutating func takeLinks(_ cursor: inout ByteCursor, _ alertCount: Int) -> Bool {
        guard let count = cursor.count() else { return false }
        var alert: Int64 = 0
        for _ in 0 ..< count {
            guard let difference = cursor.zigzag(), let incident = cursor.subjectID() else { return false }
            alert &+= difference
            guard alert >= 0, alert < alertCount else { return false }
            links.append(IncidentLink(alert: Int(alert), incident: incident))
        }
        return true
    }

    private mutating func takeRecords(_ cursor: inout ByteCursor, _ alertCount: Int) -> Bool {
        guard let count = cursor.count() else { return false }
        var position: Int64 = 0
        for _ in 0 ..< count {
            guard let difference = cursor.zigzag(), let length = cursor.count(), let bytes = cursor.bytes(length)
            else { return false }
            // Positions ascend: outputs are numbered by them.
            guard difference >= 0, difference <= Int64(alertCount) - position else { return false }
            position += difference
            var reader = ByteReader(bytes)
            guard let record = try? EngineRecord(&reader), reader.isAtEnd else { return false }
            records.append(PlacedRecord(position: Int(position), record: record))
        }
        return true
    }

    private mutating func takeAdded(_ cursor: inout ByteCursor, _ alertCount: Int) -> Bool {
        guard let nameCount = cursor.count() else { return false }
        var names: [FieldName] = []
        for _ in 0 ..< nameCount {
            guard let name = cursor.text() else { return false }
            names.append(FieldName(name))
        }
        guard let count = cursor.count(), count <= alertCount else { return false }
        for _ in 0 ..< count {
            guard let entryCount = cursor.count() else { return false }
            for _ in 0 ..< entryCount {
                guard let name = cursor.varint(), name < UInt64(names.count),
                    let kind = cursor.byte().flatMap(FieldKind.init(rawValue:)), let bits = cursor.varint(),
                    let length = cursor.count(), let text = cursor.bytes(length)
                else { return false }
                added.add(names[Int(name)], text.span, kind: kind, bits: bits)
            }
            added.endAlert()
        }
        return true
    }

    private mutating func takeRoutes(_ cursor: inout ByteCursor, outputLimit: Int) -> Bool {
        guard let setCount = cursor.count() else { return false }
        for _ in 0 ..< setCount {
            guard let sinkCount = cursor.count() else { return false }
            var set: [String] = []
            for _ in 0 ..< sinkCount {
                guard let sink = cursor.text() else { return false }
                set.append(sink)
            }
            routes.sets.append(set)
        }
        guard let count = cursor.varint(), count <= UInt64(outputLimit), let perOutput = cursor.column(Int(count))
        else { return false }
        for set in perOutput {
            guard set < UInt64(max(1, setCount)) else { return false }
            routes.perOutput.append(UInt16(truncatingIfNeeded: set))
        }
        return setCount <= 1 << 16
    }
}

extension ByteCursor {
    /// A number of things that take at least a byte each: never more than there are bytes.
    mutating func count() -> Int? {
        guard let count = varint(), count <= UInt64(remaining) else { return nil }
        return Int(count)
    }

    mutating func subjectID() -> SubjectID? {
        guard let high = littleEndian(UInt64.self), let low = littleEndian(UInt64.self) else { return nil }
        return SubjectID(high: high, low: low)
    }

    /// What `appendColumn` wrote for `count` things; the caller bounds `count`.
    mutating func column(_ count: Int) -> [UInt64]? {
        guard count > 0 else { return [] }
        switch byte() {
        case 0: return varint().map { [UInt64](repeating: $0, count: count) }
        case 1:
            guard count <= remaining else { return nil }
            var values: [UInt64] = []
            values.reserveCapacity(count)
            for _ in 0 ..< count {
                guard let value = varint() else { return nil }
                values.append(value)
            }
            return values
        default: return nil
        }
    }
}
