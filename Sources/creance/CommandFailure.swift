// SPDX-License-Identifier: Apache-2.0
import ConfigTree

/// Why a command ends early: a sentence for standard error, and the exit code that goes with it.
enum CommandFailure: Error {
    /// Exit 2: usage, configuration or input is wrong.
    case input(String)
    /// Exit 1: what was right failed while running.
    case running(String)

    var exitCode: Int32 {
        switch self {
        case .input: 2
        case .running: 1
        }
    }

    var sentence: String {
        switch self {
        case .input(let text), .running(let text): text
        }
    }
}

/// A configuration that cannot be used, with everything that is wrong with it. Exit 2.
struct ConfigurationRefused: Error {
    let problems: [ConfigProblem]
}

/// The reader of our standard output has gone, as `head` does when it has enough. Not a failure: exit 0, nothing said.
struct OutputClosed: Error {}
