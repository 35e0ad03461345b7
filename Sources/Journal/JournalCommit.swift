// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Foundation
import GRDB

extension JournalWriter.State {
    /// Bytes of pages that a commit touches beside its blobs (seen: four to six pages).
    private static let overheadBytes = 5 * JournalConnection.pageSize

    mutating func commit(_ group: CommitGroup) throws(JournalError) -> CommitReceipt {
        // Taken out, so that the transaction's closure can change the encoder while the queue is in use.
        let queue = self.queue
        let before = (totals: totals, sources: sources, serial: checkpointSerial)
        let receipt: CommitReceipt
        do {
            receipt = try queue.writeWithoutTransaction { db in
                var receipt = CommitReceipt(places: [], epochs: [], deadLetterCount: 0)
                var bytes = Self.overheadBytes
                try db.inTransaction(.immediate) {
                    (receipt, bytes) = try store(group, db)
                    return .commit
                }
                folding.committed(bytes: bytes, db)
                return receipt
            }
        } catch {
            (totals, sources, checkpointSerial) = before
            throw JournalError(error)
        }
        entriesSincePrune += max(1, group.entries.count)
        commitsSincePrune += 1
        if commitsSincePrune >= 16 {
            commitsSincePrune = 0
            // What is committed is committed: history that stays too long is no failure of it.
            _ = try? prune(limit: 64 + 2 * entriesSincePrune)
        }
        return receipt
    }

    private mutating func store(_ group: CommitGroup, _ db: Database) throws -> (CommitReceipt, Int) {
        var places: [Int64] = []
        var epochs: [UInt64] = []
        var deadLetters = DeadLetterWriting()
        var bytes = Self.overheadBytes
        for entry in group.entries {
            places.append(totals.nextPlace)
            bytes += try store(entry, &deadLetters, db)
            epochs.append(totals.epoch)
            if case .configuration(let digest, _) = entry {
                bytes += try storeGenerations(of: digest, at: totals.nextPlace - 1, group.generations, db)
            }
        }
        for (source, checkpoint) in group.sourceCheckpoints {
            let id = try sourceID(source, db)
            try db.cachedStatement(sql: "INSERT OR REPLACE INTO source_checkpoints VALUES (?, ?)")
                .execute(arguments: [id, Data(checkpoint)])
        }
        for decision in group.decisions { bytes += try store(decision, db) }
        for (sink, cursor) in group.cursors {
            let shed = cursor.shed.bytes
            try db.cachedStatement(sql: "INSERT OR REPLACE INTO cursors VALUES (?, ?, ?, ?, ?)")
                .execute(arguments: [
                    sink, cursor.nextOutput, Data(cursor.position), cursor.shed.floor, shed.isEmpty ? nil : Data(shed),
                ])
        }
        if !group.refused.isEmpty || !group.replayed.isEmpty {
            bytes += try RefusedWriting.store(
                group.refused, replayed: group.replayed, limitBytes: deadLetterLimitBytes, db)
        }
        if let checkpoint = group.engineCheckpoint { bytes += try store(checkpoint, db) }
        try deadLetters.finish(limitBytes: deadLetterLimitBytes, db)
        try totals.write(db)
        return (CommitReceipt(places: places, epochs: epochs, deadLetterCount: deadLetters.count), bytes)
    }

    private mutating func store(
        _ entry: CommitGroup.Entry, _ deadLetters: inout DeadLetterWriting, _ db: Database
    ) throws -> Int {
        switch entry {
        case .alerts(let batch, let source):
            let id = try sourceID(source, db)
            for index in 0 ..< batch.rejectCount { try deadLetters.store(batch.reject(at: index), source: id, db) }
            return batch.count == 0 ? 0 : try store(batch, source: id, db)
        case .gap(let gap):
            let id = try sourceID(gap.source, db)
            return try storeControl(.gap, source: id, arrival: gap.to, ControlPayload.gap(gap), db)
        case .tick(let time):
            return try storeControl(.tick, arrival: time, nil, db)
        case .start(let epoch, let time):
            totals.epoch = epoch
            return try storeControl(.start, arrival: time, nil, db)
        case .configuration(let digest, let time):
            return try storeControl(.configuration, arrival: time, ControlPayload.configuration(digest), db)
        case .silence(let change, let time):
            return try storeControl(.silence, arrival: time, ControlPayload.silence(change), db)
        }
    }

    private mutating func store(_ batch: AlertBatch, source: Int64, _ db: Database) throws -> Int {
        let payload = encoder.encode(batch) { raw in blocks.compress(raw) }
        let columns = Data(encoder.columns)
        try Self.insert(db).execute(arguments: [
            totals.nextPlace, EntryKind.alerts.rawValue, batch.count, source, Int64(bitPattern: totals.epoch),
            encoder.lastArrival, encoder.earliest, encoder.latest, encoder.rawByteCount, columns, payload,
        ])
        totals.nextPlace += Int64(batch.count)
        totals.entries += 1
        totals.alerts += Int64(batch.count)
        totals.rawBytes += Int64(encoder.rawByteCount)
        let (span, overflow) = encoder.latest.subtractingReportingOverflow(encoder.earliest)
        totals.maxSpan = max(totals.maxSpan, overflow ? .max : span)
        return columns.count + payload.count
    }

    private mutating func storeControl(
        _ kind: EntryKind, source: Int64 = 0, arrival: EventTime, _ payload: [UInt8]?, _ db: Database
    ) throws -> Int {
        try Self.insert(db).execute(arguments: [
            totals.nextPlace, kind.rawValue, 1, source, Int64(bitPattern: totals.epoch), arrival.nanoseconds, nil, nil,
            0,
            nil, payload.map { Data($0) },
        ])
        totals.nextPlace += 1
        totals.entries += 1
        return payload?.count ?? 0
    }

    private static func insert(_ db: Database) throws -> Statement {
        try db.cachedStatement(sql: "INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
    }

    private mutating func store(_ decision: Decision, _ db: Database) throws -> Int {
        precondition(decision.place > totals.decidedPlace, "decisions come in the order of their places, each once")
        totals.decidedPlace = decision.place + Int64(decision.placeCount) - 1
        totals.nextOutput = decision.firstOutput + Int64(decision.outputCount)
        let hasNotes = !decision.notes.isEmpty
        // Ticks and starts, of which nothing leaves, need no row.
        if decision.outputCount == 0, decision.fates.isEmpty, !hasNotes { return 0 }
        let blob = hasNotes ? notes.encode(decision.notes, &blocks) : nil
        try db.cachedStatement(sql: "INSERT INTO decisions VALUES (?, ?, ?, ?, ?)").execute(arguments: [
            decision.place, decision.firstOutput, decision.outputCount,
            decision.fates.isEmpty ? nil : Data(decision.fates), blob,
        ])
        try RecordRow.store(decision, db)
        return decision.fates.count + (blob?.count ?? 0)
    }

    /// Keeps what a configuration consists of while entries under it are kept, and drops what none needs any more.
    private mutating func storeGenerations(
        of digest: String, at place: Int64, _ bodies: [String: [UInt8]], _ db: Database
    ) throws -> Int {
        var bytes = 0
        let uses = [(GenerationRole.configuration, digest)] + bodies.keys.sorted().map { (GenerationRole.part, $0) }
        for (role, digest) in uses {
            try db.execute(
                sql: "INSERT OR IGNORE INTO generation_uses VALUES (?, ?, ?)",
                arguments: [place, role.rawValue, digest])
        }
        for (digest, body) in bodies {
            let isKnown = try Int.fetchOne(db, sql: "SELECT 1 FROM generations WHERE digest = ?", arguments: [digest])
            if isKnown != nil { continue }
            let packed = checkpoints.compress(body.span)
            try db.execute(
                sql: "INSERT INTO generations VALUES (?, ?, ?)", arguments: [digest, body.count, packed])
            bytes += packed.count
        }
        try Generations.prune(db, decidedPlace: totals.decidedPlace)
        return bytes
    }

    private mutating func store(_ checkpoint: EngineCheckpoint, _ db: Database) throws -> Int {
        checkpointSerial += 1
        let state = checkpoints.compress(checkpoint.state.span)
        // Two slots: when the newest is damaged, the one before still is there.
        try db.cachedStatement(sql: "INSERT OR REPLACE INTO engine_checkpoints VALUES (?, ?, ?, ?, ?, ?, ?)")
            .execute(arguments: [
                checkpointSerial % 2, checkpointSerial, checkpoint.version, checkpoint.nextPlace, checkpoint.nextOutput,
                checkpoint.state.count, state,
            ])
        return state.count
    }

    private mutating func sourceID(_ name: String, _ db: Database) throws -> Int64 {
        if let id = sources[name] { return id }
        try db.execute(sql: "INSERT INTO sources (name) VALUES (?)", arguments: [name])
        sources[name] = db.lastInsertedRowID
        return db.lastInsertedRowID
    }
}
