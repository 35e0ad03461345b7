// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Foundation
import Synchronization
import Testing

@testable import AlertSinks

/// kill −9 at every step of rotation and upkeep: the files in order of their names hold every line once.
@Suite struct RotationCrashTests {
    /// SplitMix64 (Steele, Lea, Flood 2014).
    private struct Dice: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
    }

    /// Ends a life at the n-th moment.
    private final class Death: Sendable {
        static let error = DeliveryError.reject(reason: "killed")
        private let left: Mutex<Int>
        private let seen = Mutex<Set<RotationStep>>([])
        init(after moments: Int) { left = Mutex(moments) }

        var steps: Set<RotationStep> { seen.withLock { $0 } }
        var hasCome: Bool { left.withLock { $0 < 0 } }
        func moment(_ step: RotationStep?) throws(DeliveryError) {
            let isNow = left.withLock { left in
                left -= 1
                return left < 0
            }
            guard isNow else { return }
            if let step { seen.withLock { _ = $0.insert(step) } }
            throw Self.error
        }
    }

    private let entries = Stream.entries(14, of: 4)

    /// One installation: lives until all is written. Returns the steps that lives ended at.
    private func run(seed: UInt64, _ compression: RotationSettings.Compression) throws -> Set<RotationStep> {
        var dice = Dice(state: seed)
        let folder = try Folder()
        let clock = SetClock()
        // What the journal has: the cursor stored last, with all that the sink published up to then.
        var journal: SinkCursor?
        var ends: Set<RotationStep> = []
        for _ in 0 ..< 500 {
            let stored = StoredCursor()
            let sink = FileSink(
                FileSinkSettings(
                    path: folder.path("alerts.json"), format: .creance, sync: seed % 16 == 0 ? .batch : .never,
                    batch: BatchLimits(count: Int.random(in: 1 ... 6, using: &dice)),
                    rotation: RotationSettings(sizeBytes: 1_000, keep: 1_000, compression: compression)),
                stored: stored, clock: { clock.now })
            let death = Death(after: Int.random(in: 0 ... 25, using: &dice))
            sink.startsUpkeep = false
            sink.fault = { (step) throws(DeliveryError) in try death.moment(step) }
            let cut = Int.random(in: 1 ... 300, using: &dice)
            sink.writing = { file, buffer, offset in
                do {
                    try death.moment(nil)
                    return file.write(buffer, from: offset)
                } catch {
                    _ = file.write(buffer, from: offset, limit: cut)
                    return -Int(EIO)
                }
            }
            do {
                try sink.open(at: journal)
                for entry in entries where entry.endOutput > journal?.nextOutput ?? 1 {
                    try sink.write(entry, from: journal?.nextOutput ?? 1)
                    clock.advance(Int64.random(in: 0 ... 2, using: &dice))
                    guard Bool.random(using: &dice) else { continue }
                    try sink.flush()
                    let published = SinkCursor(nextOutput: entry.endOutput, position: sink.position)
                    if Bool.random(using: &dice) {
                        journal = published
                        stored.note(published.position)
                    }
                    for _ in 0 ..< Int.random(in: 0 ... 3, using: &dice) {
                        _ = sink.upkeep?.step()
                        if death.hasCome { throw Death.error }
                    }
                }
                try sink.flush()
                sink.close()
                return try finish(folder, journal, clock, compression, ends.union(death.steps))
            } catch {
                // The process is gone: nothing is closed or flushed.
                ends.formUnion(death.steps)
            }
        }
        Issue.record("seed \(seed): no life reached the end")
        return ends
    }

    /// A last life that nothing disturbs; then the files are compared with the undisturbed run.
    private func finish(
        _ folder: Folder, _ journal: SinkCursor?, _ clock: SetClock, _ compression: RotationSettings.Compression,
        _ ends: Set<RotationStep>
    ) throws -> Set<RotationStep> {
        let stored = StoredCursor()
        let sink = FileSink(
            FileSinkSettings(
                path: folder.path("alerts.json"), format: .creance,
                rotation: RotationSettings(sizeBytes: 1_000, keep: 1_000, compression: compression)),
            stored: stored, clock: { clock.now })
        sink.startsUpkeep = false
        try sink.open(at: journal)
        try sink.feed(entries, from: journal?.nextOutput ?? 1)
        stored.note(sink.position)
        while sink.upkeep?.step() == .did {}
        #expect(sink.upkeep?.step() == .done)
        sink.close()
        var bytes: [UInt8] = []
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.url.path).sorted()
        for name in names where name != "alerts.json" {
            var content = try folder.bytes(name)
            switch compression {
            case .none: break
            case .zstd: content = try #require(Unpacking.zstd(content), "\(name) of \(names)")
            case .gzip: content = try #require(Unpacking.gzip(content), "\(name) of \(names)")
            }
            #expect(content.last == 0x0A, "\(name) ends in the middle of a line")
            bytes += content
        }
        bytes += try folder.bytes("alerts.json")
        if bytes != Stream.bytes(entries) {
            let pattern = /"rule":"Rule ([0-9.]+)/
            let rules = String(decoding: bytes, as: UTF8.self).matches(of: pattern).map { String($0.1) }
            Issue.record("\(names): \(rules)")
        }
        return ends
    }

    @Test(arguments: RotationSettings.Compression.allCases)
    func `ended at any moment, again and again, nothing is lost, torn or repeated`(
        compression: RotationSettings.Compression
    ) throws {
        let expected: Set<RotationStep> =
            compression == .none ? [.due, .renamed, .opened] : Set(RotationStep.allCases)
        var ends: Set<RotationStep> = []
        // Further lives until every moment was an end at least once: else the test shows less than it says.
        for seed in 0 ..< UInt64(400) where seed < 16 || !expected.isSubset(of: ends) {
            ends.formUnion(try run(seed: seed, compression))
        }
        #expect(expected.subtracting(ends).isEmpty, "no life ended at \(expected.subtracting(ends))")
    }
}
