// SPDX-License-Identifier: Apache-2.0
import GRDB

/// What can go wrong with the journal's file, by what the caller can do about it.
public enum JournalError: Error, Equatable, Sendable {
    /// Another process writes this journal. `process` is 0 when it did not say who it is.
    case inUse(path: String, process: Int32)
    /// A newer Creance wrote the file.
    case newerSchema(path: String, found: Int, supported: Int)
    /// The file is a database of something else, or no database at all.
    case notAJournal(path: String, reason: String)
    /// There is no journal at the path (readers only).
    case missing(path: String)
    /// The file or its folder cannot be opened or made.
    case cannotOpen(path: String, reason: String)
    /// No room: the group was not stored; committing the same group again may work later.
    case full
    /// Reading or writing failed: nothing of the group was stored; committing it again may work.
    case io(String)
    /// The database's own structure is damaged.
    case corrupt(String)
    /// A reader and the writer wanted the same thing for too long.
    case busy
}

extension JournalError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .inUse(let path, 0): "the journal \(path) is in use by another process"
        case .inUse(let path, let process): "the journal \(path) is in use by process \(process)"
        case .newerSchema(let path, let found, let supported):
            "the journal \(path) was written by a newer version (schema \(found); this one reads up to \(supported))"
        case .notAJournal(let path, let reason): "\(path) is not a journal: \(reason)"
        case .missing(let path): "there is no journal at \(path)"
        case .cannotOpen(let path, let reason): "cannot open the journal \(path): \(reason)"
        case .full: "the journal has no room: the file system or the file's limit is full"
        case .io(let reason): "the journal cannot be read or written: \(reason)"
        case .corrupt(let reason): "the journal's file is damaged: \(reason)"
        case .busy: "the journal is locked by another connection"
        }
    }
}

extension JournalError {
    /// SQLite's result codes (https://www.sqlite.org/rescode.html) sorted by what can be done.
    init(_ error: any Error) {
        switch error {
        case let error as JournalError: self = error
        case let error as DatabaseError:
            let reason = error.message ?? "SQLite error \(error.extendedResultCode.rawValue)"
            switch error.resultCode {
            case .SQLITE_FULL: self = .full
            case .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_FORMAT: self = .corrupt(reason)
            case .SQLITE_BUSY, .SQLITE_LOCKED: self = .busy
            // EFBIG and EDQUOT come as plain write errors.
            default: self = .io("\(reason) (\(error.extendedResultCode.rawValue))")
            }
        default: self = .io(String(describing: error))
        }
    }

    /// Runs `body`, with what GRDB throws turned into a `JournalError`.
    static func wrapping<Result>(_ body: () throws -> Result) throws(JournalError) -> Result {
        do { return try body() } catch { throw JournalError(error) }
    }

    /// The same while opening, where a file that is no database at all is worth its own words.
    static func opening<Result>(_ path: String, _ body: () throws -> Result) throws(JournalError) -> Result {
        do { return try body() } catch let error as DatabaseError {
            switch error.resultCode {
            case .SQLITE_NOTADB: throw .notAJournal(path: path, reason: "it is not a database")
            case .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_READONLY:
                throw .cannotOpen(
                    path: path, reason: error.message ?? "SQLite error \(error.extendedResultCode.rawValue)")
            default: throw JournalError(error)
            }
        } catch { throw JournalError(error) }
    }
}
