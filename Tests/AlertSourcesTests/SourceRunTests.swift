// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Foundation
import Glibc
import LockFree
import Synchronization
import Testing

@testable import AlertSources

/// Sources on a thread of their own, as the pipeline runs them.
struct SourceRunTests {
    private let folder = TestFolder()
    private let clock: @Sendable () -> EventTime = { EventTime(nanoseconds: 1_780_000_000_000_000_000) }

    /// A running lane; `join` returns the error it ended with.
    private final class Lane: Sendable {
        private let ended = WaitWord()
        private let outcome = Mutex<Result<Void, any Error>?>(nil)

        init(_ source: any AlertSource, _ intake: SourceIntake) {
            Thread.detachNewThread { [self] in
                let result = Result { try source.run(into: intake) }
                outcome.withLock { $0 = result }
                ended.signal()
            }
        }

        func join() throws {
            while true {
                let ticket = ended.ticket
                if let result = outcome.withLock({ $0 }) { return try result.get() }
                ended.wait(for: ticket)
            }
        }
    }

    @Test func `a followed file is read as it grows, until the stop`() throws {
        let probe = IntakeProbe()
        let source = FileSource(FileSourceSettings(path: folder["a.json"], follow: true), now: clock)
        #expect(source.state == .starting)
        let lane = Lane(source, probe.intake)
        folder.append("a.json", lines(1 ... 3))
        probe.commit(untilAlerts: 3)
        folder.append("a.json", lines(4 ... 5))
        probe.commit(untilAlerts: 5)
        probe.intake.stop()
        try lane.join()
        #expect(probe.alerts == rules(1 ... 5))
        #expect(source.state == .finished)
    }

    @Test func `a recording is read once, also by a second run`() throws {
        folder.append("a.json", lines(1 ... 3000))
        let settings = FileSourceSettings(path: folder["a.json"])
        let first = IntakeProbe()
        let lane = Lane(FileSource(settings, now: clock), first.intake)
        first.commit(untilAlerts: 3000)
        try lane.join()
        first.commit()
        #expect(first.alerts == rules(1 ... 3000))
        let second = IntakeProbe(checkpoint: first.checkpoint)
        try FileSource(settings, now: clock).run(into: second.intake)
        second.commit()
        #expect(second.alerts.isEmpty)
    }

    @Test func `a recording is read on after a crash`() throws {
        folder.append("a.json", lines(1 ... 3000))
        let settings = FileSourceSettings(path: folder["a.json"])
        let first = IntakeProbe()
        let lane = Lane(FileSource(settings, now: clock), first.intake)
        // Only the first batch is committed.
        first.commit(untilAlerts: 1)
        let committed = first.alerts
        let checkpoint = first.checkpoint
        first.intake.stop()
        try lane.join()
        let second = IntakeProbe(checkpoint: checkpoint)
        try FileSource(settings, now: clock).run(into: second.intake)
        second.commit()
        #expect(committed + second.alerts == rules(1 ... 3000))
    }

    @Test func `a recording that is not there is an error`() {
        let probe = IntakeProbe()
        let source = FileSource(FileSourceSettings(path: folder["none"]), now: clock)
        #expect(throws: FileError.self) { try source.run(into: probe.intake) }
        #expect(source.state == .failed)
    }

    private func openPipe() -> (read: Int32, write: Int32) {
        var ends: [Int32] = [0, 0]
        unsafe _ = Glibc.pipe(&ends)
        return (ends[0], ends[1])
    }

    private func write(_ text: String, to descriptor: Int32) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            bytes = bytes.dropFirst(max(count, 0))
        }
    }

    @Test func `a pipe is read until its end, its last line with or without a line feed`() throws {
        let (read, end) = openPipe()
        defer { close(read) }
        let probe = IntakeProbe()
        let lane = Lane(StdinSource(StdinSourceSettings(), descriptor: read, now: clock), probe.intake)
        write(lines(1 ... 2) + "banner\n", to: end)
        probe.commit(untilAlerts: 2)
        write(lines(3 ... 2000), to: end)
        write(#"{"rule":"r2001","priority":"Error"}"#, to: end)
        close(end)
        probe.commit(untilAlerts: 2001)
        try lane.join()
        probe.commit()
        #expect(probe.alerts == rules(1 ... 2001))
        #expect(probe.rejects.map(\.reason) == [.plainText])
    }

    @Test func `a pipe that stays open is left at the stop, with what had arrived`() throws {
        let (read, end) = openPipe()
        defer {
            close(read)
            close(end)
        }
        let probe = IntakeProbe()
        write(lines(1 ... 2) + #"{"rule":"#, to: end)
        let source = StdinSource(StdinSourceSettings(), descriptor: read, now: clock)
        probe.intake.stop()
        try Lane(source, probe.intake).join()
        probe.commit()
        #expect(probe.alerts == rules(1 ... 2))
        #expect(probe.rejects.map(\.reason) == [.truncated])
        #expect(source.state == .finished)
    }
}
