// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Foundation
import LockFree
import Synchronization

/// Packs and removes the files that a file sink rotated away, on a thread of its own while the sink is open.
final class RotationUpkeep: Sendable {
    /// After a failure, and between looks for files that have become too old.
    static let pause = Duration.seconds(60)
    /// How often the stored cursor is looked at while a file waits for it.
    static let cursorInterval = Duration.milliseconds(200)
    static let chunkBytes = 256 << 10

    enum Outcome: Equatable { case did, waiting, done, failed }

    private let path: String
    private let settings: RotationSettings
    private let stored: StoredCursor
    private let counters: DeliveryCounters
    private let clock: @Sendable () -> EventTime
    /// Tests end the work here.
    private let fault: @Sendable (RotationStep) throws(DeliveryError) -> Void
    private let bell = WaitWord()
    private let stopping = Atomic<Bool>(false)
    private let ended = Atomic<Bool>(true)
    private let reason = Mutex<String?>(nil)

    /// `path`: of the file that is written to.
    init(
        path: String, _ settings: RotationSettings, stored: StoredCursor, counters: DeliveryCounters,
        clock: @escaping @Sendable () -> EventTime,
        fault: @escaping @Sendable (RotationStep) throws(DeliveryError) -> Void = { _ in }
    ) {
        self.path = path
        self.settings = settings
        self.stored = stored
        self.counters = counters
        self.clock = clock
        self.fault = fault
    }

    // MARK: The sink's lane

    func start() {
        ended.store(false, ordering: .relaxed)
        let thread = Thread { [self] in
            Thread.current.name = "file upkeep"
            work()
            // Release pairs with the acquire in `stop`.
            ended.store(true, ordering: .releasing)
            bell.signal()
        }
        thread.stackSize = 1 << 20
        thread.start()
    }

    /// A file was rotated away.
    func look() { bell.signal() }

    /// Returns when the thread has ended; packing that is under way is given up, and begun again by the next one.
    func stop() {
        stopping.store(true, ordering: .releasing)
        bell.signal()
        while true {
            let ticket = bell.ticket
            if ended.load(ordering: .acquiring) { return }
            bell.wait(for: ticket, timeout: .seconds(1))
        }
    }

    /// Why the last attempt failed, once.
    func takeFailure() -> String? {
        reason.withLock { reason in
            defer { reason = nil }
            return reason
        }
    }

    // MARK: The thread

    private var isStopping: Bool { stopping.load(ordering: .acquiring) }

    private func work() {
        var seen: [UInt8]?
        while !isStopping {
            let ticket = bell.ticket
            let position = stored.position
            // While a file waits for the cursor, there is nothing to see before it moves.
            if position == seen {
                if bell.wait(for: ticket, timeout: Self.cursorInterval) { seen = nil }
                continue
            }
            seen = nil
            switch step() {
            case .did: break
            case .waiting: seen = position
            case .done: bell.wait(for: ticket, timeout: Self.pause)
            case .failed:
                // Not shortened by the next rotation: the disk may be full.
                let end = ContinuousClock.now + Self.pause
                while !isStopping, ContinuousClock.now < end {
                    bell.wait(for: bell.ticket, timeout: end - .now)
                }
            }
        }
    }

    /// Does the next thing there is to do.
    func step() -> Outcome {
        guard let (folder, name) = FilePath.resolved(path) else { return .done }
        let names = RotatedNames(name)
        let listing = FilePath.names(in: folder)
        let files = listing.compactMap { names.file($0.name) }
        let passed = Self.passed(files, listing, current: FilePath.status(of: path)?.inode, stored.position)
        do throws(DeliveryError) {
            switch UpkeepPlan.next(files, passed: passed, settings, at: clock()) {
            case .done: return .done
            case .wait: return .waiting
            case .remove(let file):
                try fault(.removing)
                try check(FilePath.remove("\(folder)/\(file.name)"), "remove", file.name)
                if file.form != .part, !files.contains(where: { $0.stamp == file.stamp && $0 != file }) {
                    counters.add(1, to: .removed)
                }
            case .pack(let file):
                guard let packing = settings.compression.packing else { return .done }
                guard try pack(file.name, in: folder, packing) else { return .done }
                counters.add(1, to: .packed)
            }
            return .did
        } catch {
            counters.add(1, to: .rotationFailures)
            if case .retry(_, let reason) = error { self.reason.withLock { $0 = reason } }
            return .failed
        }
    }

    /// The newest stamp of which nothing can come again. The stored position names a file: what was rotated away before that
    /// one is passed; so is everything, when it names the one written to now.
    private static func passed(
        _ files: [RotatedNames.File], _ listing: [(name: String, inode: UInt64)], current: UInt64?, _ bytes: [UInt8]
    ) -> String? {
        guard let position = FilePosition(bytes) else { return nil }
        let plain = files.filter { $0.form == .plain }.sorted { $0.stamp < $1.stamp }
        if position.inode == current { return plain.last?.stamp }
        let named = listing.first { $0.inode == position.inode }?.name
        guard let place = plain.firstIndex(where: { $0.name == named }), place > 0 else { return nil }
        return plain[place - 1].stamp
    }

    /// False when it was given up because the sink closes.
    private func pack(_ name: String, in folder: String, _ packing: StreamCompression) throws(DeliveryError) -> Bool {
        let packed = RotatedNames.packed(name, packing)
        let part = "\(folder)/\(RotatedNames.part(packed))"
        try fault(.packing)
        guard let input = OutputFile(path: "\(folder)/\(name)", creating: nil), let status = input.status else {
            throw failure(errno, "open", name)
        }
        guard let output = OutputFile(path: part, creating: status.mode) else { throw failure(errno, "create", packed) }
        try fault(.partMade)
        do throws(DeliveryError) {
            guard try copy(input, to: output, StreamCompressor(packing), packed) else {
                _ = FilePath.remove(part)
                return false
            }
        } catch {
            // Half a file would take the room that the disk lacks.
            if case .retry = error { _ = FilePath.remove(part) }
            throw error
        }
        try fault(.partWritten)
        try check(Int32(-output.synchronise()), "put on the disk", packed)
        try fault(.partSynchronised)
        try check(FilePath.rename(part, to: "\(folder)/\(packed)"), "rename", packed)
        _ = FilePath.synchronise(folder: folder)
        try fault(.packedNamed)
        try check(FilePath.remove("\(folder)/\(name)"), "remove", name)
        try fault(.plainRemoved)
        return true
    }

    private func copy(
        _ input: OutputFile, to output: OutputFile, _ compressor: StreamCompressor, _ name: String
    ) throws(DeliveryError) -> Bool {
        var room = [UInt8](repeating: 0, count: Self.chunkBytes)
        var place: Int64 = 0
        while true {
            if isStopping { return false }
            let count = input.read(into: &room, at: place)
            guard count >= 0 else { throw failure(Int32(-count), "read", name) }
            place += Int64(count)
            let ready = compressor.compress(room.span.extracting(first: count), isLast: count == 0)
            try check(output.write(all: ready), "write", name)
            if count == 0 { return true }
        }
    }

    private func check(_ code: Int32, _ what: String, _ name: String) throws(DeliveryError) {
        if code != 0 { throw failure(code, what, name) }
    }

    private func failure(_ code: Int32, _ what: String, _ name: String) -> DeliveryError {
        .retry(after: Self.pause, reason: "cannot \(what) \(name): \(errorText(code))")
    }
}
