// SPDX-License-Identifier: Apache-2.0
import FalcoProcess
import Foundation

/// The stand-in executable of Tests/FalcoStandIn, linked into a folder of one test under the name of what it does.
struct StandIn {
    let folder: TestFolder
    let executable: String

    init(_ name: String = "falco") throws {
        folder = try TestFolder()
        executable = "\(folder.path)/\(name)"
        let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        try FileManager.default.createSymbolicLink(
            atPath: executable, withDestinationPath: tests.appending(path: "FalcoStandIn/falco").path)
    }

    /// Its time limit only ends a test that fails: all tests of all targets share one pool of threads.
    var settings: FalcoProcess.Settings {
        var settings = FalcoProcess.Settings(executable: executable)
        settings.timeLimit = .seconds(900)
        return settings
    }

    /// What it noted when it was run last: `arguments`, `environment`, `folder`, `pid`.
    func noted(_ name: String) throws -> [String] {
        try String(contentsOfFile: "\(folder.path)/\(name)", encoding: .utf8).split(separator: "\n").map(String.init)
    }

    /// The process that it noted is gone; waits for that. The limit only ends a test that fails.
    func isGone() throws -> Bool {
        // Ended before it could note its number.
        guard FileManager.default.fileExists(atPath: "\(folder.path)/pid") else { return true }
        guard let text = try noted("pid").first, let number = Int32(text) else { return false }
        let limit = ContinuousClock.now.advanced(by: .seconds(300))
        while ContinuousClock.now < limit {
            // Not ours to reap when its parent has gone: it may be left for init as a zombie, which has no command line.
            let command = FileManager.default.contents(atPath: "/proc/\(number)/cmdline")
            if kill(number, 0) != 0 || command?.isEmpty ?? true { return true }
            Thread.sleep(forTimeInterval: 0.01)
        }
        return false
    }
}
