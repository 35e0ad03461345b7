// SPDX-License-Identifier: Apache-2.0
import AlertEngine
import AlertModel
import Journal
import Logging
import Testing

@testable import Pipeline

@Suite struct RecoveryTests {
    private let folder = TemporaryFolder()

    @Test func `a silence set at run time holds when no checkpoint can be used and its entry is older than history`()
        throws
    {
        let second: Int64 = 1_000_000_000
        func time(_ seconds: Int64) -> EventTime { EventTime(nanoseconds: seconds * second) }
        let silence = Silence(
            when: "rule = r", until: time(9_999), reason: "upgrade", createdBy: "ann", createdAt: time(1))
        let path = "\(folder.path)/journal.db"
        let writer = try JournalWriter(JournalSettings(path: path, retainAge: .seconds(10)))
        var group = CommitGroup()
        group.append(.start(epoch: 1, at: time(1)))
        group.append(.silence(.set(silence), at: time(1)))
        for tick in 2 ... 40 as ClosedRange<Int64> { group.append(.tick(time(tick))) }
        _ = try writer.commit(group)
        group.removeAll()
        group.append(Decision(place: 1, placeCount: 41, fates: [], firstOutput: 1, outputCount: 0))
        // Of no version that there is.
        group.engineCheckpoint = EngineCheckpoint(version: 1, nextPlace: 42, nextOutput: 1, state: [1])
        _ = try writer.commit(group)
        #expect(try writer.prune(limit: 1_000).entries > 20)

        let reader = try JournalReader.open(path)
        let machine = Surroundings(isRoot: false, environment: ["HOME": "/nowhere"], hasFalcoSocket: false)
        let configuration = Configuration.standard
        let shelf = try GenerationShelf(
            try .read(configuration, name: "", text: []), configuration, reader, machine,
            Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let recovery = try Recovery(reader, shelf)
        #expect(recovery.lostCheckpoints == 1)
        let found = recovery.engine.stages.silencer.status(at: time(40)).first { $0.silence.id == silence.id }
        #expect(found?.isInForce == true && found?.isConfigured == false)
    }
}
