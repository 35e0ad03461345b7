// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Foundation

/// A file that a command writes from its beginning, or standard output for `-`.
struct OutputFile {
    private let handle: FileHandle

    init(_ path: String) throws {
        guard path != "-" else {
            handle = .standardOutput
            return
        }
        guard FileManager.default.createFile(atPath: path, contents: nil), let opened = FileHandle(forWritingAtPath: path) else {
            throw CommandFailure.input("\(path) cannot be written: \(String(cString: strerror(errno)))")
        }
        handle = opened
    }

    func write(_ bytes: [UInt8]) throws {
        do {
            try handle.write(contentsOf: bytes)
        } catch {
            throw CommandFailure.running("the output cannot be written: \(error.localizedDescription)")
        }
    }
}

/// Why a command ends early: a sentence for standard error, and the exit code that goes with it.
enum CommandFailure: Error {
    /// Exit 2: usage, configuration or input is wrong.
    case input(String)
    /// Exit 1: what was right failed while running.
    case running(String)

    var exitCode: ExitCode {
        switch self {
        case .input: ExitCode(2)
        case .running: ExitCode(1)
        }
    }

    var sentence: String {
        switch self {
        case .input(let text), .running(let text): text
        }
    }
}
