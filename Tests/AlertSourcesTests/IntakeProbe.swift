// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Glibc
import LockFree

@testable import AlertSources

/// A source's intake with the journal's side played by the test.
final class IntakeProbe {
    let intake: SourceIntake
    let journalBell = WaitWord()
    private(set) var alerts: [String] = []
    private(set) var rejects: [RejectedInput] = []
    private(set) var gaps: [Gap] = []
    private(set) var checkpoint: [UInt8]?

    init(checkpoint: [UInt8]? = nil, unitsPerBatch: Int = 1024) {
        self.checkpoint = checkpoint
        intake = SourceIntake(
            name: "log", pool: BatchPool(), journalBell: journalBell, storedCheckpoint: checkpoint, capacity: 64)
    }

    /// Commits what was submitted, at most `limit` of it. Alerts are told by their rule.
    @discardableResult
    func commit(atMost limit: Int = .max) -> Int {
        var count = 0
        while count < limit, let item = intake.next() {
            switch item.content {
            case .batch(let batch):
                for index in 0 ..< batch.count { alerts.append(batch.rule(at: index)) }
                for index in 0 ..< batch.rejectCount { rejects.append(batch.reject(at: index)) }
            case .gap(let gap): gaps.append(gap)
            }
            if let stored = item.checkpoint { checkpoint = stored }
            intake.settle(item, .committed)
            count += 1
        }
        return count
    }

    /// Commits until there were so many alerts. Parks in between.
    func commit(untilAlerts wanted: Int) {
        while true {
            let ticket = journalBell.ticket
            commit()
            if alerts.count >= wanted { return }
            journalBell.wait(for: ticket)
        }
    }
}

extension AlertBatch {
    func rule(at index: Int) -> String {
        let view = alert(at: index)
        return unsafe view.rule.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
    }
}

/// A folder that is gone at the end.
final class TestFolder {
    let path: String

    init() {
        var template = Array("/tmp/creance-files-XXXXXX".utf8CString)
        unsafe template.withUnsafeMutableBufferPointer { _ = unsafe mkdtemp($0.baseAddress!) }
        path = unsafe template.withUnsafeBufferPointer { unsafe String(cString: $0.baseAddress!) }
    }

    deinit {
        for name in OpenFile.names(in: path) where name != "." && name != ".." { unsafe _ = unlink(self[name]) }
        unsafe _ = rmdir(path)
    }

    subscript(name: String) -> String { path + "/" + name }

    func append(_ name: String, _ text: String) { write(name, Array(text.utf8), O_APPEND) }
    func write(_ name: String, _ bytes: [UInt8], _ flags: Int32 = O_TRUNC) {
        let file = unsafe open(self[name], O_WRONLY | O_CREAT | flags, 0o600)
        unsafe bytes.withUnsafeBytes { _ = unsafe Glibc.write(file, $0.baseAddress, $0.count) }
        close(file)
    }
    func read(_ name: String) -> [UInt8] { readSample(self[name]) }
    func rename(_ name: String, to other: String) { unsafe _ = Glibc.rename(self[name], self[other]) }
    func truncate(_ name: String) { unsafe _ = Glibc.truncate(self[name], 0) }
    func remove(_ name: String) { unsafe _ = unlink(self[name]) }
    func copy(_ name: String, to other: String) { write(other, read(name)) }
    /// Sets the time of the last write: seconds since 1970.
    func touch(_ name: String, at seconds: Int) {
        var times = [timespec(tv_sec: seconds, tv_nsec: 0), timespec(tv_sec: seconds, tv_nsec: 0)]
        unsafe _ = utimensat(AT_FDCWD, self[name], &times, 0)
    }
}

func line(_ rule: String) -> String { #"{"rule":"\#(rule)","priority":"Error","output":"12:00:00.000000000"}"# + "\n" }
func lines(_ range: ClosedRange<Int>) -> String { range.map { line("r\($0)") }.joined() }
func rules(_ range: ClosedRange<Int>) -> [String] { range.map { "r\($0)" } }

/// The bytes of a file; none when it cannot be read.
func readSample(_ path: String) -> [UInt8] {
    guard let file = try? OpenFile.open(path), let size = try? file.status().size else { return [] }
    return (try? file.bytes(at: 0, count: size)) ?? []
}

func sample(_ name: String) -> String {
    var folder = #filePath[...]
    for _ in 0 ..< 2 { folder = folder[..<folder.lastIndex(of: "/")!] }
    return folder + "/Samples/" + name
}
