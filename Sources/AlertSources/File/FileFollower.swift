// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// Follows one file of JSON lines through both kinds of rotation: the acts, on the decisions of `Rotation`.
///
/// Each batch carries the place behind it as its checkpoint. A partial last line waits for its rest; when its file is
/// left, it is a unit of its own. One thread at a time.
final class FileFollower {
    private let settings: FileSourceSettings
    private let intake: SourceIntake
    private let folder: String
    private let name: String
    private var current: FollowedFile?
    /// The end of the file left last, or, before the first one is open, what an earlier run committed.
    private var left: FileCheckpoint?
    private var isResuming: Bool
    /// The file was not there at first: then it is read from its start, whatever `from` says.
    private var hasWaited = false

    init(_ settings: FileSourceSettings, into intake: SourceIntake) {
        self.settings = settings
        self.intake = intake
        let path = settings.path
        let slash = path.lastIndex(of: "/")
        name = slash.map { String(path[path.index(after: $0)...]) } ?? path
        folder = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        left = intake.storedCheckpoint.flatMap(FileCheckpoint.init)
        isResuming = left != nil
    }

    /// Is a file open?
    var isReading: Bool { current != nil }

    /// Does what there is to do now, at most one batch of it. False when there was nothing.
    func poll(now: EventTime) throws -> Bool {
        guard let current else { return try openNext(now) }
        let path = OpenFile.status(of: settings.path)
        let (step, status) = try current.decide(path: path, now: now)
        switch step {
        case .read:
            // Before its first bytes are taken: were there others, copied away before anybody looked?
            if current.isUntouched, try openCopyOfUnread(current.committed, siblings(), now) { return true }
            try read(current, status, now)
        case .startOver(let unread): try startOver(current, unread: unread, now)
        case .wait, .moveOn:
            if current.holdsMore {
                try read(current, status, now)
            } else if step == .moveOn {
                try leave(current, status, now)
            } else {
                return false
            }
        }
        return true
    }

    private func read(_ file: FollowedFile, _ status: FileStatus, _ now: EventTime) throws {
        var batch = intake.emptyBatch()
        try file.fill(&batch, size: status.size, now: now)
        try submit(batch, of: file, status, now)
    }

    private func submit(
        _ batch: consuming AlertBatchBuilder, of file: FollowedFile, _ status: FileStatus, _ now: EventTime
    ) throws {
        guard !batch.isEmpty else { return }
        intake.submit(batch, checkpoint: try file.advance(status, now: now).bytes)
    }

    // MARK: From file to file

    private func leave(_ file: FollowedFile, _ status: FileStatus, _ now: EventTime) throws {
        var batch = intake.emptyBatch()
        file.finish(&batch, broke: false, now: now)
        left = try file.advance(status, now: now)
        if !batch.isEmpty { intake.submit(batch, checkpoint: left?.bytes) }
        current = nil
    }

    /// The file was emptied or written anew. Copy-truncate has left a copy of it: then its rest is read there.
    private func startOver(_ file: FollowedFile, unread: Bool, _ now: EventTime) throws {
        let place = file.committed
        current = nil
        if try openCopy(of: place, besides: place.identity, now) { return }
        // What is read already is kept; a line whose rest is gone is not one.
        let restart = FileCheckpoint(
            identity: place.identity, offset: 0, modified: place.modified, arrival: place.arrival)
        var isLoss = unread
        repeat {
            var batch = intake.emptyBatch()
            try file.fill(&batch, size: 0, now: now)
            if !file.holdsMore, file.finish(&batch, broke: true, now: now) { isLoss = true }
            if !batch.isEmpty { intake.submit(batch, checkpoint: restart.bytes) }
        } while file.holdsMore
        if isLoss { submitGap(from: place.arrival, now, restart) }
        left = restart
        isResuming = true
    }

    private func openNext(_ now: EventTime) throws -> Bool {
        guard let left else { return try openFirst(now) }
        let siblings = siblings()
        if isResuming {
            if try openCopyOfUnread(left, siblings, now) { return true }
            // Whatever its name is now, then whatever holds the same bytes (the copy that copy-truncate made).
            if let same = siblings.first(where: { $0.status.identity == left.identity }), try open(same, at: left, now)
            {
                return true
            }
            if try openCopy(of: left, besides: left.identity, now) { return true }
        }
        let identity = isResuming ? nil : left.identity
        guard let next = Sibling.next(after: identity, modified: left.modified, name: name, among: siblings) else {
            return false
        }
        let place = FileCheckpoint(
            identity: next.status.identity, offset: 0, modified: next.status.modified, arrival: left.arrival)
        let isLoss = isResuming
        guard try open(next, at: place, now) else { return false }
        if isLoss { submitGap(from: left.arrival, now, place) }
        return true
    }

    private func openFirst(_ now: EventTime) throws -> Bool {
        guard let status = OpenFile.status(of: settings.path) else {
            // Something that is no regular file is not waited for.
            do { _ = try OpenFile.open(settings.path) } catch  where !error.isAbsence { throw error } catch {}
            hasWaited = true
            return false
        }
        let file = try OpenFile.open(settings.path)
        let isAtEnd = settings.from == .end && !hasWaited
        let offset = isAtEnd ? try file.lastLineStart(size: status.size, limit: settings.receiveLimitBytes) : 0
        let place = FileCheckpoint(
            identity: status.identity, offset: offset, modified: status.modified, arrival: now,
            anchor: try file.anchor(before: offset))
        follow(file, from: place, now)
        // From here on a rotation cannot take the file away unseen, not even with a crash before its first alert.
        intake.submit(intake.emptyBatch(), checkpoint: place.bytes)
        return true
    }

    /// A file of which nothing was read has no bytes to know its copy by: a copy made since is told by its time.
    private func openCopyOfUnread(_ place: FileCheckpoint, _ siblings: [Sibling], _ now: EventTime) throws -> Bool {
        guard place.offset == 0, siblings.contains(where: { $0.name == name && $0.status.identity == place.identity }),
            let copy = Sibling.next(after: place.identity, modified: place.modified, name: name, among: siblings)
        else { return false }
        return try open(copy, at: place, now)
    }

    private func openCopy(of place: FileCheckpoint, besides identity: FileIdentity, _ now: EventTime) throws -> Bool {
        guard !place.anchor.isEmpty else { return false }
        for sibling in siblings() where sibling.status.identity != identity && sibling.status.size >= place.offset {
            if try open(sibling, at: place, now) { return true }
        }
        return false
    }

    /// False when it is no longer there, or not the file that `place` is in.
    private func open(_ sibling: Sibling, at place: FileCheckpoint, _ now: EventTime) throws -> Bool {
        guard let file = try? OpenFile.open(folder + "/" + sibling.name) else { return false }
        let status = try file.status()
        guard status.identity == sibling.status.identity, try file.continues(place) else { return false }
        var place = place
        place.identity = status.identity
        place.modified = status.modified
        follow(file, from: place, now)
        return true
    }

    private func follow(_ file: consuming OpenFile, from place: FileCheckpoint, _ now: EventTime) {
        current = FollowedFile(file, from: place, limitBytes: settings.receiveLimitBytes, now: now)
        isResuming = false
    }

    private func submitGap(from: EventTime, _ now: EventTime, _ place: FileCheckpoint) {
        intake.submit(
            Gap(source: intake.name, from: min(from, now), to: now, reason: .rotatedAway), checkpoint: place.bytes)
    }

    /// The file at the path and those that rotation made of earlier ones.
    private func siblings() -> [Sibling] {
        OpenFile.names(in: folder).compactMap { candidate in
            guard candidate == name || Sibling.isRotated(candidate, from: name) else { return nil }
            return OpenFile.status(of: folder + "/" + candidate).map { Sibling(name: candidate, status: $0) }
        }
    }
}
