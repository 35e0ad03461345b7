// SPDX-License-Identifier: Apache-2.0
import AlertFormats
public import AlertModel
import Glibc

/// Appends lines to a file.
///
/// Delivery: effectively once. After kill −9 at any moment no line is missing, torn or there twice: see `FileTail`. After
/// a power loss the newest lines may be missing unless `fsync: batch`. Folders above the file are created. Only one sink
/// writes a file; it is held by flock(2). Nothing is ever cut off a file: a line torn by a full disk is completed when
/// there is room. With `rotate` the file is renamed and another begun between two lines, and renamed ones are packed and
/// removed beside the lane: see `RotationUpkeep`.
public final class FileSink: AlertSink {
    public static var typeName: String { "file" }
    public static var deliveryClass: DeliveryClass { .effectivelyOnce }
    /// Permissions of a file that is created: alerts name users and commands.
    static let mode: UInt32 = 0o640
    static let retryAfter = Duration.seconds(1)

    public let counters = DeliveryCounters()
    public var tally: (any SinkTally)? { FileTally(counters) }
    private let settings: FileSinkSettings
    /// What routes call it; nil: every output is its own.
    private let name: String?
    private let format: any AlertFormat

    /// What the journal has stored of the cursors.
    private let stored: StoredCursor
    private let clock: @Sendable () -> EventTime

    /// Nil before `open`, and when the file was rotated away and no new one could be made yet.
    private var file: OutputFile?
    private var opensAnew = false
    private var rotation: FileRotation?
    private(set) var upkeep: RotationUpkeep?
    private var remarks: [String] = []
    /// Tests end a rotation here, and do the upkeep themselves.
    var fault: @Sendable (RotationStep) throws(DeliveryError) -> Void = { _ in }
    var startsUpkeep = true
    private var inode: UInt64 = 0
    private var isRegular = false
    /// Length of the file when the last write had ended.
    private var length: Int64 = 0
    /// Somebody else's unfinished line stands at the end.
    private var needsLineFeed = false
    private var needsSynchronise = false
    /// Lines may be there already.
    private var tail: FileTail?
    /// The rest of a line goes to the file that was rotated away in the middle of it.
    private var torn: OutputFile?
    /// The buffer begins with the rest of a line.
    private var isRest = false

    /// Lines that are taken and not yet written; the first `written` bytes are.
    private var buffer = OutputBuffer(capacity: 1 << 16)
    private var written = 0
    private var bufferedRecords = 0
    /// write(2); tests put a full disk in its place.
    var writing: (OutputFile, borrowing OutputBuffer, Int) -> Int = { $0.write($1, from: $2) }
    /// The first output not yet taken.
    private var nextOutput = Int64.min

    /// `name`: what routes call it; nil for a sink that gets every output. `clock`: for rotation; nil: the system's.
    public init(
        _ settings: FileSinkSettings, name: String? = nil, stored: StoredCursor = StoredCursor(),
        clock: (@Sendable () -> EventTime)? = nil
    ) {
        self.settings = settings
        self.name = name
        self.stored = stored
        self.clock = clock ?? { FilePath.now }
        format = settings.format.format()
    }

    deinit { upkeep?.stop() }

    // MARK: Opening

    public func open(at cursor: SinkCursor?) throws(DeliveryError) {
        guard file == nil else { return }
        FilePath.createFolders(above: settings.path)
        let (opened, status) = try openPath()
        use(opened, status)
        if let cursor {
            nextOutput = max(nextOutput, cursor.nextOutput)
            stored.note(cursor.position)
        }
        guard isRegular else { return }
        if let rotate = settings.rotation {
            rotation = FileRotation(rotate, lastWrite: status.modified)
            let upkeep = RotationUpkeep(
                path: settings.path, rotate, stored: stored, counters: counters, clock: clock, fault: fault)
            if startsUpkeep { upkeep.start() }
            self.upkeep = upkeep
        }
        lookBack(opened, status, from: cursor.flatMap { FilePosition($0.position) })
    }

    private func openPath() throws(DeliveryError) -> (OutputFile, FileStatus) {
        guard let opened = OutputFile(path: settings.path, creating: Self.mode), let status = opened.status else {
            throw failure("cannot open", errno)
        }
        guard status.kind != .other else {
            throw .reject(reason: "\(settings.path) is neither a file nor a device that can be written to")
        }
        guard opened.lock() else {
            throw .retry(after: Self.retryAfter, reason: "\(settings.path) is written by another sink or process")
        }
        return (opened, status)
    }

    private func use(_ opened: OutputFile, _ status: FileStatus) {
        file = opened
        inode = status.inode
        isRegular = status.kind == .regular
        length = status.length
        needsLineFeed = false
        opensAnew = false
        counters.add(1, to: .opened)
    }

    /// Prepares to recognise what was written behind `position`.
    private func lookBack(_ opened: OutputFile, _ status: FileStatus, from position: FilePosition?) {
        self.tail = nil
        if let position, position.inode == status.inode, position.length == status.length { return }
        let chain = FileChain(settings.path, opened, status, from: position)
        guard !chain.links.isEmpty else { return }
        var tail = FileTail()
        for link in chain.links { tail.add(link.file, inode: link.inode, from: link.place) }
        self.tail = tail
    }

    // MARK: Writing

    public func write(_ entry: DecidedEntry, from output: Int64) throws(DeliveryError) {
        try handOverWhenFull()
        nextOutput = max(nextOutput, output, entry.firstOutput)
        while nextOutput < entry.endOutput {
            if tail != nil {
                try takeOne(entry)
            } else {
                take(entry, limitBytes: limitBytes, limitRecords: settings.batch.count - bufferedRecords)
            }
            try handOverWhenFull()
        }
    }

    private var limitBytes: Int { min(settings.batch.bytes, settings.rotation?.sizeBytes ?? .max) }

    private func take(_ entry: DecidedEntry, limitBytes: Int, limitRecords: Int) {
        let appended = format.append(
            outputsOf: entry, from: nextOutput, for: name, limitBytes: limitBytes, limitRecords: limitRecords,
            to: &buffer)
        nextOutput = appended.next
        bufferedRecords += appended.count
    }

    /// Takes one record unless the file has it.
    private func takeOne(_ entry: DecidedEntry) throws(DeliveryError) {
        // A line in the buffer would be looked for behind its own place.
        try handOver()
        let before = nextOutput
        take(entry, limitBytes: 0, limitRecords: 1)
        // The rest of the entry is for other sinks.
        guard !buffer.isEmpty else { return }
        var match = FileTail.Match.absent
        do {
            match = try tail?.match(buffer.bytes) ?? .absent
        } catch {
            nextOutput = before
            forgetBuffer()
            throw error
        }
        switch match {
        case .present:
            forgetBuffer()
            counters.add(1, to: .recognised)
        case .torn(let count):
            buffer.remove(count, at: 0)
            isRest = true
            counters.add(1, to: .completedLines)
            if let place = tail?.file, place !== file { torn = place }
            if tail?.next() != true { endTail() }
        case .absent:
            endTail()
        }
    }

    private func forgetBuffer() {
        buffer.removeAll()
        bufferedRecords = 0
    }

    /// Everything further is new.
    private func endTail() {
        guard let tail else { return }
        counters.add(tail.foreignLines, to: .foreignLines)
        needsLineFeed = tail.endsUnfinished
        length = file?.status?.length ?? length
        self.tail = nil
    }

    private func handOverWhenFull() throws(DeliveryError) {
        if buffer.count >= limitBytes || bufferedRecords >= settings.batch.count { try handOver() }
    }

    /// Writes the buffer to its end.
    private func handOver() throws(DeliveryError) {
        guard !buffer.isEmpty else { return }
        if written == 0, !isRest, tail == nil { try rotateWhenDue() }
        guard let target = torn ?? file else {
            throw .retry(after: Self.retryAfter, reason: "\(settings.path) is not open")
        }
        if needsLineFeed, torn == nil {
            let result = target.writeLineFeed()
            guard result == 1 else { throw failure("cannot write", Int32(-result)) }
            needsLineFeed = false
        }
        needsSynchronise = true
        while written < buffer.count {
            let result = writing(target, buffer, written)
            guard result > 0 else { throw failure("cannot write", result == 0 ? ENOSPC : Int32(-result)) }
            written += result
            counters.add(result, to: .bytes)
        }
        counters.add(bufferedRecords, to: .records)
        written = 0
        isRest = false
        forgetBuffer()
        if torn != nil {
            _ = settings.sync == .batch ? target.synchronise() : 0
            torn = nil
        } else if let end = target.endOfLastWrite {
            length = end
        }
    }

    public func flush() throws(DeliveryError) {
        try handOver()
        guard needsSynchronise, settings.sync == .batch, isRegular, let file else { return }
        let result = file.synchronise()
        guard result == 0 else { throw failure("cannot put on the disk", Int32(-result)) }
        needsSynchronise = false
    }

    private func failure(_ what: String, _ code: Int32) -> DeliveryError {
        counters.add(1, to: .retries)
        return .retry(after: Self.retryAfter, reason: "\(what) \(settings.path): \(errorText(code))")
    }

    // MARK: Rotating

    /// Between two lines, with nothing half written: `buffer` goes into the new file whole.
    private func rotateWhenDue() throws(DeliveryError) {
        if opensAnew { return try openAnew() }
        guard let rotation, isRegular, let file else { return }
        let now = clock()
        guard rotation.isDue(length: length, adding: buffer.count, at: now) else {
            self.rotation?.lastWrite = now
            return
        }
        try fault(.due)
        if needsLineFeed {
            let result = file.writeLineFeed()
            guard result == 1 else { throw failure("cannot write", Int32(-result)) }
            needsLineFeed = false
        }
        if settings.sync == .batch {
            let result = file.synchronise()
            guard result == 0 else { throw failure("cannot put on the disk", Int32(-result)) }
            needsSynchronise = false
        }
        if let resolved = FilePath.resolved(settings.path), let status = file.status,
            FilePath.status(of: settings.path)?.isSameFile(as: status) == true
        {
            guard rename(in: resolved.folder, resolved.name, at: now) else {
                counters.add(1, to: .rotationFailures)
                remarks.append("\(settings.path) cannot be renamed and grows on: \(errorText(errno))")
                self.rotation?.pause(at: now)
                return
            }
            counters.add(1, to: .rotations)
        }
        // Else somebody renamed or removed it and did not say so: the new one is due all the same.
        try fault(.renamed)
        opensAnew = true
        self.file = nil
        try openAnew()
        self.rotation?.lastWrite = now
    }

    private func rename(in folder: String, _ name: String, at now: EventTime) -> Bool {
        let names = RotatedNames(name)
        let last = FilePath.names(in: folder).compactMap { names.file($0.name)?.stamp }.max()
        let target = "\(folder)/\(names.plain(RotatedNames.stamp(now, behind: last)))"
        return FilePath.rename("\(folder)/\(name)", to: target) == 0
    }

    public func takeRemarks() -> [String] {
        defer { remarks.removeAll() }
        return remarks + (upkeep?.takeFailure().map { [$0] } ?? [])
    }

    private func openAnew() throws(DeliveryError) {
        FilePath.createFolders(above: settings.path)
        let (opened, status) = try openPath()
        use(opened, status)
        needsLineFeed = isRegular && status.length > 0 && !endsWithLineFeed(opened, status.length)
        try fault(.opened)
        if settings.sync == .batch, let folder = FilePath.resolved(settings.path)?.folder {
            _ = FilePath.synchronise(folder: folder)
        }
        upkeep?.look()
    }

    // MARK: Places

    public var position: [UInt8] {
        guard isRegular else { return [] }
        return (tail?.position ?? FilePosition(inode: inode, length: length)).bytes
    }

    public func reopen() throws(DeliveryError) {
        try flush()
        FilePath.createFolders(above: settings.path)
        let current = file?.status
        upkeep?.look()
        if let current, let named = FilePath.status(of: settings.path), named.isSameFile(as: current) { return }
        let (opened, status) = try openPath()
        let reached = FilePosition(position)
        use(opened, status)
        if tail != nil, isRegular {
            // Still comparing: the same as a start from the place reached.
            return lookBack(opened, status, from: reached)
        }
        tail = nil
        // What stands there is not ours: begin on a line of its own.
        needsLineFeed = isRegular && status.length > 0 && !endsWithLineFeed(opened, status.length)
    }

    private func endsWithLineFeed(_ file: OutputFile, _ length: Int64) -> Bool {
        var last: [UInt8] = [0]
        return file.read(into: &last, at: length - 1) == 1 && last[0] == 0x0A
    }

    public func close() {
        try? flush()
        upkeep?.stop()
        upkeep = nil
        file = nil
        opensAnew = false
        tail = nil
        torn = nil
        written = 0
        isRest = false
        forgetBuffer()
    }
}
