// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Foundation
import Journal

/// Which file stands at a path, so that another one in its place is seen.
struct JournalFile: Equatable, Sendable {
    private let device: UInt64
    private let number: UInt64

    /// nil when there is none, for now.
    init?(at path: String) {
        guard let attributes = try? FileManager.default.attributesOfItem(atPath: path),
            let number = (attributes[.systemFileNumber] as? NSNumber)?.uint64Value
        else { return nil }
        self.number = number
        device = (attributes[.systemNumber] as? NSNumber)?.uint64Value ?? 0
    }
}

/// A stretch of the log: outputs from `from` to one before `next`.
struct LogPage: Sendable {
    let from: Int64
    let next: Int64
    /// In order. Numbers between them are lost: pruned or damaged.
    var entries: [DecidedEntry] = []
    /// Some of it cannot be read.
    var isDamaged = false
}

/// What was read last, without holes in its numbers.
struct RecentEntries: Sendable {
    private var entries: [DecidedEntry] = []
    private var bytes = 0
    private var first: Int64 = 0
    private var next: Int64 = 0

    mutating func append(_ page: DecidedPage, from output: Int64, _ limits: AlertLog.Limits) {
        guard page.unreadable.isEmpty else {
            self = RecentEntries()
            return
        }
        if output != next || entries.isEmpty {
            entries = []
            bytes = 0
            first = output
        }
        for entry in page.entries {
            entries.append(entry)
            bytes += entry.weight
        }
        next = page.nextOutput
        var gone = 0
        while gone < entries.count, bytes > limits.recentBytes || entries.count - gone > limits.recentEntries {
            bytes -= entries[gone].weight
            first = entries[gone].endOutput
            gone += 1
        }
        entries.removeFirst(gone)
    }

    /// nil when what is asked for is not here.
    func page(from output: Int64, to end: Int64) -> LogPage? {
        guard output >= first, output < next, next <= end else { return nil }
        // Whoever is woken wants the newest.
        var start = entries.count
        while start > 0, entries[start - 1].endOutput > output { start -= 1 }
        return LogPage(from: output, next: next, entries: Array(entries[start...]))
    }
}

extension DecidedEntry {
    /// Memory it keeps, about.
    fileprivate var weight: Int {
        if case .alerts(let batch) = content { return 512 + batch.byteCount }
        return 512 + 1_024 * notes.records.count
    }
}
