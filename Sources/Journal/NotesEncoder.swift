// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Foundation

/// Turns the engine's notes about one entry into the `notes` blob of its decision.
///
///     blob   version 1 · 0 · body · CRC-32               as it is, where zstd does not pay
///            version 1 · 1 · length u32 · zstd(body) · CRC-32
///     body   marks      count · subjects · variants · counts · flags       each 0 + one for all, or 1 + one each
///            subjects   count · { kind byte · two or three u64, or a text }
///            links      count · { difference of the alert's index · incident }
///            records    count · { difference of the position · length · EngineRecord }
///            added      names: count · texts     alerts: count · { count · { name · kind byte · bits · text } }
///            routes     sets: count · { count · texts }     outputs: count · sets, as the marks' columns
///
/// Numbers are LEB128 varints, or little-endian where their width is said; a text has its length in front. The row knows
/// how many alerts there are: a reader refuses what does not fit them. Memory is used again; nothing is allocated per alert.
struct NotesEncoder {
    static let formatVersion: UInt8 = 1
    /// A body below this stays as it is: zstd's frame alone takes seventeen bytes.
    private static let smallestPacked = 96

    private var body: [UInt8] = []
    private var names: [FieldName] = []

    /// The blob. `notes` are not empty.
    mutating func encode(_ notes: EntryNotes, _ compressor: inout Compressor) -> Data {
        body.removeAll(keepingCapacity: true)
        defer { if body.capacity > 4 << 20 { body = [] } }
        appendMarks(notes.marks)
        appendSubjects(notes.subjects)
        appendLinks(notes.links)
        appendRecords(notes.records)
        appendAdded(notes.added)
        appendRoutes(notes.routes)
        return Self.blob(body, &compressor)
    }

    private static func blob(_ body: [UInt8], _ compressor: inout Compressor) -> Data {
        var blob: [UInt8] = [formatVersion, 0]
        if body.count >= smallestPacked {
            let packed = compressor.compress(body.span)
            if packed.count + 4 < body.count {
                blob[1] = 1
                blob.appendLittleEndian(UInt32(body.count))
                blob += packed
            }
        }
        if blob[1] == 0 { blob += body }
        blob.appendLittleEndian(checksum(blob.span))
        return Data(blob)
    }

    private mutating func appendMarks(_ marks: [AlertMark]) {
        body.appendVarint(UInt64(marks.count))
        body.appendColumn(marks.count) { UInt64(marks[$0].subject) }
        body.appendColumn(marks.count) { UInt64(marks[$0].variant) }
        body.appendColumn(marks.count) { UInt64(marks[$0].count) }
        body.appendColumn(marks.count) { UInt64(marks[$0].flags.rawValue) }
    }

    private mutating func appendSubjects(_ subjects: [NoteSubject]) {
        body.appendVarint(UInt64(subjects.count))
        for subject in subjects {
            body.append(subject.kind.rawValue)
            switch subject {
            case .group(let id), .storm(let id): append(id)
            case .silence(let text), .inhibition(let text): body.appendText(text)
            case .original(let id):
                body.appendLittleEndian(id.installation)
                body.appendLittleEndian(id.epoch)
                body.appendLittleEndian(id.place)
            }
        }
    }

    private mutating func appendLinks(_ links: [IncidentLink]) {
        body.appendVarint(UInt64(links.count))
        var last = 0
        for link in links {
            body.appendVarint(zigzag: Int64(link.alert - last))
            append(link.incident)
            last = link.alert
        }
    }

    private mutating func appendRecords(_ records: [PlacedRecord]) {
        body.appendVarint(UInt64(records.count))
        var last = 0
        for placed in records {
            var writer = ByteWriter()
            placed.record.write(to: &writer)
            body.appendVarint(zigzag: Int64(placed.position - last))
            body.appendVarint(UInt64(writer.bytes.count))
            body += writer.bytes
            last = placed.position
        }
    }

    private mutating func appendAdded(_ added: AddedFields) {
        names.removeAll(keepingCapacity: true)
        for alert in 0 ..< added.alertCount {
            added.forEach(ofAlert: alert) { name, _, _, _ in
                if Self.index(of: name, in: names) == nil { names.append(name) }
            }
        }
        body.appendVarint(UInt64(names.count))
        for name in names { body.appendText(name.text) }
        body.appendVarint(UInt64(added.alertCount))
        for alert in 0 ..< added.alertCount {
            var count: UInt64 = 0
            added.forEach(ofAlert: alert) { _, _, _, _ in count += 1 }
            body.appendVarint(count)
            added.forEach(ofAlert: alert) { name, kind, bits, text in
                // Every name was met above.
                body.appendVarint(UInt64(Self.index(of: name, in: names) ?? 0))
                body.append(kind.rawValue)
                body.appendVarint(bits)
                body.appendVarint(UInt64(text.count))
                for place in text.indices { body.append(text[place]) }
            }
        }
    }

    /// Enrichment adds a dozen names at most to all alerts together.
    private static func index(of name: borrowing FieldName, in names: [FieldName]) -> Int? {
        for index in names.indices where names[index].text == name.text { return index }
        return nil
    }

    private mutating func appendRoutes(_ routes: OutputRoutes) {
        body.appendVarint(UInt64(routes.sets.count))
        for set in routes.sets {
            body.appendVarint(UInt64(set.count))
            for sink in set { body.appendText(sink) }
        }
        body.appendVarint(UInt64(routes.perOutput.count))
        body.appendColumn(routes.perOutput.count) { UInt64(routes.perOutput[$0]) }
    }

    private mutating func append(_ id: SubjectID) {
        body.appendLittleEndian(id.high)
        body.appendLittleEndian(id.low)
    }
}

extension NoteSubject {
    /// The kinds as they stand in blobs. The numbers never change.
    enum Kind: UInt8 { case group = 0, silence, inhibition, storm, original }

    var kind: Kind {
        switch self {
        case .group: .group
        case .silence: .silence
        case .inhibition: .inhibition
        case .storm: .storm
        case .original: .original
        }
    }
}

extension [UInt8] {
    /// A number for each of `count` things: 0 and the one they share, or 1 and one each. Nothing for nothing.
    @inline(__always)
    mutating func appendColumn(_ count: Int, _ value: (Int) -> UInt64) {
        guard count > 0 else { return }
        let first = value(0)
        var isSame = true
        for index in 1 ..< Swift.max(1, count) where value(index) != first {
            isSame = false
            break
        }
        append(isSame ? 0 : 1)
        for index in 0 ..< (isSame ? 1 : count) { appendVarint(value(index)) }
    }

    mutating func appendText(_ text: [UInt8]) {
        appendVarint(UInt64(text.count))
        append(contentsOf: text)
    }
}
