// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Testing

@testable import AlertSources

/// What a followed file's reader does on a real file system, step by step: `settle` polls until there is nothing to do.
struct FileFollowerTests {
    private let folder = TestFolder()
    private let now = EventTime(nanoseconds: 1_780_000_000_000_000_000)

    private func follower(_ probe: IntakeProbe, from: FileSourceSettings.FirstPlace = .start) -> FileFollower {
        FileFollower(FileSourceSettings(path: folder["a.json"], follow: true, from: from), into: probe.intake)
    }

    private func settle(_ follower: FileFollower, _ probe: IntakeProbe, at time: EventTime? = nil) throws {
        var steps = 0
        while try follower.poll(now: time ?? now) {
            probe.commit()
            steps += 1
            try #require(steps < 1000)
        }
        probe.commit()
    }

    @Test func `a partial last line waits for its rest`() throws {
        let probe = IntakeProbe()
        let follower = follower(probe)
        folder.append("a.json", lines(1 ... 2) + #"{"rule":"r3","#)
        try settle(follower, probe)
        #expect(probe.alerts == rules(1 ... 2))
        folder.append("a.json", #""priority":"Error"}"#)
        try settle(follower, probe)
        #expect(probe.alerts == rules(1 ... 2))
        folder.append("a.json", "\n")
        try settle(follower, probe)
        #expect(probe.alerts == rules(1 ... 3))
        #expect(probe.rejects.isEmpty && probe.gaps.isEmpty)
    }

    @Test func `a file that appears later is read from its start, whatever place was asked for`() throws {
        let probe = IntakeProbe()
        let follower = follower(probe, from: .end)
        try settle(follower, probe)
        #expect(!follower.isReading)
        folder.append("a.json", lines(1 ... 2))
        try settle(follower, probe)
        #expect(probe.alerts == rules(1 ... 2))
    }

    @Test func `from the end, what is there already is passed over up to a line's start`() throws {
        folder.append("a.json", lines(1 ... 2) + #"{"rule":"r3","#)
        let probe = IntakeProbe()
        let follower = follower(probe, from: .end)
        try settle(follower, probe)
        folder.append("a.json", #""priority":"Error"}"# + "\n" + line("r4"))
        try settle(follower, probe)
        #expect(probe.alerts == rules(3 ... 4))
    }

    @Test func `rename and create: the old file is read to its end before the new one`() throws {
        let probe = IntakeProbe()
        let follower = follower(probe)
        folder.append("a.json", lines(1 ... 2))
        try settle(follower, probe)
        folder.rename("a.json", to: "a.json.1")
        folder.append("a.json.1", line("r3"))
        folder.append("a.json", "")
        try settle(follower, probe)
        // The writer has not opened the new file yet.
        folder.append("a.json.1", line("r4"))
        try settle(follower, probe)
        folder.append("a.json.1", line("r5"))
        folder.append("a.json", line("r6"))
        try settle(follower, probe)
        #expect(probe.alerts == rules(1 ... 6))
        #expect(probe.rejects.isEmpty && probe.gaps.isEmpty)
    }

    @Test func `an old file's last line without an end is a unit when the file is left`() throws {
        let probe = IntakeProbe()
        let follower = follower(probe)
        folder.append("a.json", line("r1") + #"{"rule":"cut"#)
        try settle(follower, probe)
        folder.rename("a.json", to: "a.json.1")
        folder.append("a.json", line("r2"))
        try settle(follower, probe)
        #expect(probe.alerts == rules(1 ... 2))
        #expect(probe.rejects.map(\.reason) == [.truncated])
    }

    @Test func `copy and truncate: the file is read on from its start`() throws {
        let probe = IntakeProbe()
        let follower = follower(probe)
        folder.append("a.json", lines(1 ... 3))
        try settle(follower, probe)
        folder.copy("a.json", to: "a.json.1")
        folder.truncate("a.json")
        try settle(follower, probe)
        folder.append("a.json", line("r4"))
        try settle(follower, probe)
        #expect(probe.alerts == rules(1 ... 4))
        #expect(probe.gaps.isEmpty)
    }

    @Test func `copy and truncate: what was not read yet is found in the copy`() throws {
        let probe = IntakeProbe()
        let follower = follower(probe)
        folder.append("a.json", lines(1 ... 2))
        try settle(follower, probe)
        folder.append("a.json", lines(3 ... 4))
        folder.copy("a.json", to: "a.json.1")
        folder.truncate("a.json")
        folder.append("a.json", line("r5"))
        try settle(follower, probe)
        #expect(probe.alerts == rules(1 ... 5))
        #expect(probe.rejects.isEmpty && probe.gaps.isEmpty)
    }

    @Test func `a file that is emptied and outgrows its old length between two looks is not taken for the old one`()
        throws
    {
        let probe = IntakeProbe()
        let follower = follower(probe)
        folder.append("a.json", lines(1 ... 2))
        try settle(follower, probe)
        folder.truncate("a.json")
        folder.append("a.json", lines(3 ... 9))
        try settle(follower, probe)
        #expect(probe.alerts == rules(1 ... 9))
    }

    @Test func `emptied without a copy while a line is half read: a reject and a gap`() throws {
        let probe = IntakeProbe()
        let follower = follower(probe)
        folder.append("a.json", line("r1") + #"{"rule":"#)
        try settle(follower, probe)
        folder.truncate("a.json")
        try settle(follower, probe, at: now.advanced(by: .seconds(1)))
        folder.append("a.json", line("r2"))
        try settle(follower, probe)
        #expect(probe.alerts == rules(1 ... 2))
        #expect(probe.rejects.map(\.reason) == [.truncated])
        #expect(probe.gaps.map(\.reason) == [.rotatedAway])
        #expect(probe.gaps.first?.from == now)
    }

    @Test func `reading resumes behind the last commit`() throws {
        let first = IntakeProbe()
        folder.append("a.json", lines(1 ... 2) + #"{"rule":"r3","#)
        try settle(follower(first), first)
        folder.append("a.json", #""priority":"Error"}"# + "\n" + line("r4"))
        let second = IntakeProbe(checkpoint: first.checkpoint)
        try settle(follower(second), second)
        #expect(second.alerts == rules(3 ... 4))
        let third = IntakeProbe(checkpoint: second.checkpoint)
        try settle(follower(third), third)
        #expect(third.alerts.isEmpty && third.gaps.isEmpty)
    }

    @Test func `rotated several times meanwhile: the rotated files are finished in the order of writing`() throws {
        let first = IntakeProbe()
        folder.append("a.json", lines(1 ... 2))
        folder.touch("a.json", at: 1000)
        try settle(follower(first), first)
        folder.append("a.json", line("r3"))
        folder.rename("a.json", to: "a.json.2")
        folder.touch("a.json.2", at: 1001)
        folder.append("a.json.1", line("r4"))
        folder.touch("a.json.1", at: 1002)
        folder.append("a.json.3", line("old"))
        folder.touch("a.json.3", at: 900)
        folder.append("a.json", line("r5"))
        let second = IntakeProbe(checkpoint: first.checkpoint)
        let resumed = follower(second)
        try settle(resumed, second)
        #expect(second.alerts == rules(3 ... 5))
        #expect(second.gaps.isEmpty)
        folder.append("a.json", line("r6"))
        try settle(resumed, second)
        #expect(second.alerts == rules(3 ... 6))
    }

    @Test func `emptied by copy and truncate meanwhile: the copy is finished first`() throws {
        let first = IntakeProbe()
        folder.append("a.json", lines(1 ... 2))
        try settle(follower(first), first)
        folder.append("a.json", line("r3"))
        folder.copy("a.json", to: "a.json.1")
        folder.truncate("a.json")
        folder.append("a.json", line("r4"))
        let second = IntakeProbe(checkpoint: first.checkpoint)
        try settle(follower(second), second)
        #expect(second.alerts == rules(3 ... 4))
        #expect(second.gaps.isEmpty)
    }

    @Test func `rotated away meanwhile: a gap, then the file that is there`() throws {
        let first = IntakeProbe()
        folder.append("a.json", lines(1 ... 2))
        try settle(follower(first), first)
        folder.remove("a.json")
        // Another file, so that the new one gets another inode.
        folder.append("b", "")
        folder.append("a.json", line("r3"))
        let later = now.advanced(by: .seconds(5))
        let second = IntakeProbe(checkpoint: first.checkpoint)
        try settle(follower(second), second, at: later)
        #expect(second.alerts == ["r3"])
        #expect(second.gaps == [Gap(source: "log", from: now, to: later, reason: .rotatedAway)])
        let third = IntakeProbe(checkpoint: second.checkpoint)
        try settle(follower(third), third)
        #expect(third.alerts.isEmpty && third.gaps.isEmpty)
    }

    @Test func `a checkpoint that is none is a first run`() throws {
        folder.append("a.json", line("r1"))
        let probe = IntakeProbe(checkpoint: [1, 2, 3])
        try settle(follower(probe), probe)
        #expect(probe.alerts == ["r1"])
    }

    @Test func `a folder is refused`() {
        let probe = IntakeProbe()
        let follower = FileFollower(FileSourceSettings(path: folder.path, follow: true), into: probe.intake)
        #expect(throws: FileError.self) { try follower.poll(now: now) }
    }

    @Test func `many batches, each with the place behind it`() throws {
        folder.append("a.json", lines(1 ... 5000))
        let probe = IntakeProbe()
        let follower = follower(probe)
        #expect(try follower.poll(now: now))
        #expect(try follower.poll(now: now))
        probe.commit()
        let before = probe.alerts.count
        #expect(before > 0 && before < 5000)
        let second = IntakeProbe(checkpoint: probe.checkpoint)
        try settle(self.follower(second), second)
        #expect(probe.alerts + second.alerts == rules(1 ... 5000))
    }
}
