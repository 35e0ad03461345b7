// SPDX-License-Identifier: Apache-2.0
import GRDB

/// How connections to the journal's file are set up. SQLite's own words: https://www.sqlite.org/pragma.html
enum JournalConnection {
    /// Only for new files. Small commits touch eight pages and pay for their size; big blocks cost the same with any.
    static let pageSize = 4096
    /// How long a connection waits for another one's lock before `.busy`.
    private static let busySeconds = 10.0

    static func writer(_ settings: JournalSettings) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.label = "creance.journal"
        configuration.foreignKeysEnabled = false
        configuration.busyMode = .timeout(busySeconds)
        let synchronous =
            switch settings.durability {
            case .memory: "OFF"
            case .os: "NORMAL"
            case .disk: "FULL"
            }
        let pageLimit = settings.fileLimitBytes.map { max(64, $0 / pageSize) }
        configuration.prepareDatabase { db in
            try db.execute(sql: "PRAGMA page_size = \(pageSize)")
            // Freed pages are used again as they are; nothing but the owner can read the file.
            try db.execute(sql: "PRAGMA secure_delete = OFF")
            let mode = try String.fetchOne(db, sql: "PRAGMA journal_mode = WAL")
            guard mode == "wal" else {
                throw JournalError.cannotOpen(
                    path: settings.path, reason: "its file system does not support SQLite's write-ahead log")
            }
            try db.execute(sql: "PRAGMA synchronous = \(synchronous)")
            // `LogFolding` decides when.
            try db.execute(sql: "PRAGMA wal_autocheckpoint = 0")
            try db.execute(sql: "PRAGMA cache_size = -4096")
            if let pageLimit { try db.execute(sql: "PRAGMA max_page_count = \(pageLimit)") }
        }
        return try DatabaseQueue(path: settings.path, configuration: configuration)
    }

    static func reader(_ path: String) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.label = "creance.journal.reader"
        configuration.readonly = true
        configuration.busyMode = .timeout(busySeconds)
        configuration.prepareDatabase { db in try db.execute(sql: "PRAGMA cache_size = -2048") }
        return try DatabaseQueue(path: path, configuration: configuration)
    }
}
