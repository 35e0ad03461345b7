// SPDX-License-Identifier: Apache-2.0
import FalcoProcess
import Foundation
import Synchronization
import Testing

/// Lines from the thread that reads them.
private final class Lines: Sendable {
    private let lines = Mutex<[String]>([])
    func add(_ whole: [String]) { lines.withLock { $0 += whole } }
    var alerts: Int { lines.withLock { $0.count { $0.hasPrefix("{") } } }
}

/// The process itself, whatever it does.
struct ProcessTests {
    @Test func `arguments arrive as they are, one by one, without a shell`() async throws {
        let falco = try StandIn("falco-silent")
        let arguments = ["-l", "a 'b' \"c\" $(touch /tmp/no) ; | & `x` *", "", "ünï", "--", "-o"]
        let answer = try await FalcoProcess(falco.settings).run(arguments)
        #expect(answer.exitCode == 0 && answer.output.isEmpty)
        let all = try String(contentsOfFile: "\(falco.folder.path)/arguments", encoding: .utf8)
        #expect(all == arguments.map { "\($0)\n" }.joined())
    }

    @Test func `nothing of our environment reaches it but what it needs`() async throws {
        let falco = try StandIn("falco-silent")
        unsafe setenv("CREANCE_TEST_SECRET", "hunter2", 1)
        _ = try await FalcoProcess(falco.settings).run([])
        let names = Set(try falco.noted("environment").map { String($0.prefix { $0 != "=" }) })
        // The last three are a shell's own.
        #expect(
            names.isSubset(of: ["PATH", "LANG", "TZ", "HOST_ROOT", "FALCO_HOSTNAME", "PWD", "SHLVL", "_", "OLDPWD"]))
    }

    @Test func `the exit code, both outputs and the folder are those of the run`() async throws {
        let falco = try StandIn("falco-badconfig")
        let folder = try PrivateFolder()
        let answer = try await FalcoProcess(falco.settings).run([], in: folder.path)
        #expect(answer.exitCode == 1)
        #expect(String(decoding: answer.errors, as: UTF8.self).hasPrefix("Error: You must create a config file"))
        #expect(
            try falco.noted("folder").first.map { URL(filePath: $0).lastPathComponent }
                == URL(filePath: folder.path).lastPathComponent)
        folder.remove()
        #expect(!FileManager.default.fileExists(atPath: folder.path))
    }

    @Test func `a program that is not there, is none or may not be run is told as such`() async throws {
        let place = try TestFolder()
        try place.write("hello", "text")
        for path in ["/nowhere/falco", place.path, "\(place.path)/text"] {
            let failure = await #expect(throws: FalcoFailure.self) {
                try await FalcoProcess(FalcoProcess.Settings(executable: path)).run([])
            }
            guard case .notStarted = failure else {
                Issue.record("\(path): \(String(describing: failure))")
                continue
            }
        }
    }

    @Test func `one that never ends is stopped when its time is up`() async throws {
        let falco = try StandIn("falco-slow")
        var settings = falco.settings
        settings.timeLimit = .milliseconds(300)
        await #expect(throws: FalcoFailure.tookTooLong(.milliseconds(300))) {
            try await FalcoProcess(settings).run([])
        }
    }

    @Test func `one that does not listen to SIGTERM is killed, and is gone`() async throws {
        let falco = try StandIn("falco-stubborn")
        var settings = falco.settings
        settings.timeLimit = .seconds(1)
        settings.grace = .milliseconds(100)
        await #expect(throws: FalcoFailure.tookTooLong(.seconds(1))) { try await FalcoProcess(settings).run([]) }
        #expect(try falco.isGone())
    }

    @Test func `one that writes without end is stopped at the limit`() async throws {
        let falco = try StandIn("falco-endless")
        var settings = falco.settings
        settings.outputLimitBytes = 100_000
        await #expect(throws: FalcoFailure.wroteTooMuch(limitBytes: 100_000)) {
            try await FalcoProcess(settings).run([])
        }
    }

    @Test func `a crash is told with its signal`() async throws {
        let falco = try StandIn("falco-crash")
        await #expect(throws: FalcoFailure.crashed(signal: 11)) { try await FalcoProcess(falco.settings).run([]) }
    }

    @Test func `what it leaves running goes with it`() async throws {
        let falco = try StandIn("falco-parent")
        let answer = try await FalcoProcess(falco.settings).run([])
        #expect(answer.exitCode == 0)
        #expect(try falco.isGone())
    }

    @Test func `a caller that is cancelled ends the run`() async throws {
        let falco = try StandIn("falco-stubborn")
        var settings = falco.settings
        settings.grace = .milliseconds(100)
        let process = FalcoProcess(settings)
        let task = Task { () async -> FalcoFailure? in
            do throws(FalcoFailure) {
                _ = try await process.run([])
                return nil
            } catch {
                return error
            }
        }
        while !FileManager.default.fileExists(atPath: "\(falco.folder.path)/pid") {
            try await Task.sleep(for: .milliseconds(5))
        }
        task.cancel()
        #expect(await task.value == .cancelled)
        #expect(try falco.isGone())
    }

    @Test func `lines are followed as they come`() async throws {
        let falco = try StandIn()
        let settings = falco.settings
        let lines = Lines()
        let task = Task { () async -> FalcoFailure? in
            do throws(FalcoFailure) {
                _ = try await FalcoProcess(settings).follow(["-r", "rules.yaml"], for: .seconds(600)) { whole in
                    lines.add(whole.map { String(decoding: $0, as: UTF8.self) })
                }
                return nil
            } catch {
                return error
            }
        }
        let limit = ContinuousClock.now.advanced(by: .seconds(600))
        while lines.alerts < 3, ContinuousClock.now < limit { try await Task.sleep(for: .milliseconds(5)) }
        task.cancel()
        #expect(await task.value == .cancelled)
        #expect(lines.alerts == 3)
        #expect(try falco.isGone())
    }

    @Test func `following ends when its time is up, without an exit code`() async throws {
        let falco = try StandIn("falco-slow")
        let end = try await FalcoProcess(falco.settings).follow([], for: .milliseconds(200)) { _ in }
        #expect(end.exitCode == nil && end.leftOut == 0)
    }

    @Test func `files of a run are this user's alone, and gone with their folder`() throws {
        let folder = try PrivateFolder()
        try folder.write(Array("- rule: x".utf8), as: "rules.yaml")
        func mode(_ path: String) throws -> Int? {
            try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        }
        #expect(try mode(folder.path) == 0o700)
        #expect(try mode("\(folder.path)/rules.yaml") == 0o600)
        folder.remove()
        #expect(!FileManager.default.fileExists(atPath: folder.path))
    }
}
