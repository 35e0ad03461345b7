// SPDX-License-Identifier: Apache-2.0
public import AlertModel

/// Everything that was decided for one entry, as bytes: what two runs must agree on.
public struct EntryTrace: Hashable, Sendable {
    public let place: Int64
    public let fates: [UInt8]
    public let firstOutput: Int64
    public let outputCount: Int
    let marks: [AlertMark]
    let subjects: [NoteSubject]
    let links: [IncidentLink]
    let records: [[UInt8]]
    let positions: [Int]
    let routes: OutputRoutes

    public init(_ decision: EntryDecision) {
        place = decision.place
        fates = decision.fates
        firstOutput = decision.firstOutput
        outputCount = decision.outputCount
        marks = decision.notes.marks
        subjects = decision.notes.subjects
        links = decision.notes.links
        positions = decision.notes.records.map(\.position)
        routes = decision.notes.routes
        records = decision.notes.records.map { placed in
            var writer = ByteWriter()
            placed.record.write(to: &writer)
            return writer.bytes
        }
    }

    /// What is not the same; nil when all is.
    func difference(from other: EntryTrace) -> String? {
        if self == other { return nil }
        if place != other.place { return "place \(place) against \(other.place)" }
        if fates != other.fates { return "fates \(fates) against \(other.fates)" }
        if records != other.records || positions != other.positions {
            return "records \(readable) against \(other.readable)"
        }
        if firstOutput != other.firstOutput || outputCount != other.outputCount {
            return "outputs \(firstOutput)+\(outputCount) against \(other.firstOutput)+\(other.outputCount)"
        }
        if marks != other.marks || subjects != other.subjects {
            return "marks \(marks) of \(subjects) against \(other.marks) of \(other.subjects)"
        }
        return links != other.links ? "links" : "routes \(routes) against \(other.routes)"
    }

    private var readable: [String] {
        zip(positions, records).map { position, bytes in
            var reader = ByteReader(bytes)
            return "\(position): \((try? EngineRecord(&reader)).map { "\($0)" } ?? "unreadable")"
        }
    }
}
