// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Foundation
import Journal

/// A folder of one test's own, gone when the test ends.
final class TemporaryJournal: Sendable {
    let folder: String
    var path: String { folder + "/state/journal.db" }

    init() throws {
        let url = FileManager.default.temporaryDirectory.appending(path: "journal-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        folder = url.path
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func settings(_ change: (inout JournalSettings) -> Void = { _ in }) -> JournalSettings {
        var settings = JournalSettings(path: path)
        change(&settings)
        return settings
    }

    func reader() throws -> JournalReader { try JournalReader(path: path) { SampleDecoder() } }

    /// Every entry there is, page by page.
    func allEntries() throws -> [JournalEntry] {
        let reader = try reader()
        var entries: [JournalEntry] = []
        var place: Int64 = 0
        while true {
            let page = try reader.entries(from: place, limit: 7)
            if page.isEmpty { return entries }
            entries += page.entries
            place = page.nextPlace
        }
    }
}

extension CommitGroup {
    init(_ entries: Entry...) {
        self.init()
        for entry in entries { append(entry) }
    }
}
