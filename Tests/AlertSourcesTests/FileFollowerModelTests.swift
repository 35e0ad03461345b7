// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Testing

@testable import AlertSources

/// Random histories of a log, its rotations, its reader and the reader's crashes: every line is journaled once, in order.
struct FileFollowerModelTests {
    /// SplitMix64 (Steele, Lea, Flood 2014).
    private struct Random: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
    }

    /// The writer's side: one log that grows by whole and partial lines and is rotated in one of the two ways.
    private final class Log {
        let folder = TestFolder()
        let copies: Bool
        private(set) var written = 0
        private var unfinished = ""
        private var rotations = 0
        private var clock = 1_000_000

        init(copies: Bool) { self.copies = copies }

        private func put(_ text: String) {
            folder.append("a.json", text)
            clock += 1
            folder.touch("a.json", at: clock)
        }

        func write(_ count: Int, splitAt: Int?) {
            var text = unfinished
            unfinished = ""
            for _ in 0 ..< count {
                written += 1
                text += line("r\(written)")
            }
            if let splitAt, !text.isEmpty {
                let cut = text.index(text.endIndex, offsetBy: -min(splitAt, text.count))
                unfinished = String(text[cut...])
                text = String(text[..<cut])
            }
            if !text.isEmpty { put(text) }
        }

        func rotate() {
            // A writer ends its line before it changes files.
            write(0, splitAt: nil)
            guard OpenFile.status(of: folder["a.json"]) != nil else { return }
            rotations += 1
            let rotated = "a.json-\(rotations)"
            if copies {
                // Copies of the same instant would be as good as any other.
                folder.copy("a.json", to: rotated)
                clock += 1
                folder.touch(rotated, at: clock)
                folder.truncate("a.json")
                clock += 1
                folder.touch("a.json", at: clock)
            } else {
                folder.rename("a.json", to: rotated)
                put("")
            }
        }
    }

    private func run(seed: UInt64, copies: Bool) throws {
        var random = Random(state: seed)
        let log = Log(copies: copies)
        let settings = FileSourceSettings(path: log.folder["a.json"], follow: true)
        var probe = IntakeProbe()
        var follower = FileFollower(settings, into: probe.intake)
        var journaled: [String] = []
        var now = EventTime(nanoseconds: 1)
        func settle() throws {
            var steps = 0
            while try follower.poll(now: now) {
                probe.commit()
                steps += 1
                try #require(steps < 10_000)
            }
            probe.commit()
        }
        log.write(1, splitAt: nil)
        try settle()
        for _ in 0 ..< 60 {
            now = now.advanced(by: .milliseconds(10))
            switch Int.random(in: 0 ..< 10, using: &random) {
            case 0 ..< 4:
                let splitAt = Bool.random(using: &random) ? Int.random(in: 1 ... 60, using: &random) : nil
                log.write(Int.random(in: 0 ... 30, using: &random), splitAt: splitAt)
            case 4 ..< 7:
                for _ in 0 ..< Int.random(in: 1 ... 4, using: &random) { _ = try follower.poll(now: now) }
            case 7:
                probe.commit(atMost: Int.random(in: 0 ... 3, using: &random))
            case 8:
                // A crash: what was not committed is gone.
                journaled += probe.alerts
                #expect(probe.rejects.isEmpty && probe.gaps.isEmpty)
                probe = IntakeProbe(checkpoint: probe.checkpoint)
                follower = FileFollower(settings, into: probe.intake)
            default:
                log.write(Int.random(in: 0 ... 5, using: &random), splitAt: nil)
                log.rotate()
            }
        }
        log.write(1, splitAt: nil)
        try settle()
        journaled += probe.alerts
        let wrong = (0 ..< min(journaled.count, log.written)).first { journaled[$0] != "r\($0 + 1)" }
        #expect(wrong == nil, "seed \(seed): \(wrong.map { "\(journaled[$0]) in the place of r\($0 + 1)" } ?? "")")
        #expect(journaled.count == log.written)
        #expect(probe.rejects.isEmpty && probe.gaps.isEmpty, "seed \(seed)")
    }

    @Test(arguments: 0 ..< 60 as Range<UInt64>)
    func `rename and create`(seed: UInt64) throws { try run(seed: seed, copies: false) }

    @Test(arguments: 0 ..< 60 as Range<UInt64>)
    func `copy and truncate`(seed: UInt64) throws { try run(seed: seed, copies: true) }
}
