// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Foundation
import Journal
import Pipeline

/// How a command's error leaves the process: the one place that turns it into words and an exit code.
///
/// 0 done, 1 failed while running, 2 wrong usage, configuration or input. docs/commands.md promises them.
struct CommandEnd {
    let exitCode: Int32
    /// For people, without a line feed at its end; empty: nothing is said.
    let message: String
    /// Help and version were asked for: the message is the result, not an error.
    var isResult = false

    /// - Parameter style: of standard error.
    init(_ error: any Error, style: Style) {
        switch error {
        case let failure as CommandFailure:
            self.init(failure.exitCode, Self.sentence(failure.sentence, style))
        case is OutputClosed:
            self.init(0, "")
        case let refused as ConfigurationRefused:
            self.init(2, ProblemText.lines(refused.problems, style: style).joined(separator: "\n"))
        case let refused as RulesRefused:
            self.init(2, refused.problems.map(\.description).joined(separator: "\n"))
        case let refused as TablesRefused:
            self.init(2, refused.problems.map { "\($0)" }.joined(separator: "\n"))
        case let error as JournalError:
            self.init(Self.exitCode(error), Self.sentence(error.description, style))
        default:
            self.init(parsing: error, style)
        }
    }

    private init(_ exitCode: Int32, _ message: String) {
        self.exitCode = exitCode
        self.message = message
    }

    /// What ArgumentParser throws; its own exit code for a wrong command line is 64.
    private init(parsing error: any Error, _ style: Style) {
        let code = Creance.exitCode(for: error)
        let message = Creance.fullMessage(for: error)
        switch code {
        case .success:
            self.init(0, message)
            isResult = true
        case .validationFailure: self.init(2, message)
        // Only `ExitCode` has no words of its own: the command said them already.
        case _ where error is ExitCode: self.init(code.rawValue, "")
        default: self.init(1, Self.sentence((error as? any LocalizedError)?.errorDescription ?? "\(error)", style))
        }
    }

    private static func sentence(_ text: String, _ style: Style) -> String { "\(style.red("creance:")) \(text)" }

    /// What a human must mend is 2; what may be better next time is 1.
    private static func exitCode(_ error: JournalError) -> Int32 {
        switch error {
        case .inUse, .newerSchema, .notAJournal, .missing, .cannotOpen: 2
        case .full, .io, .corrupt, .busy: 1
        }
    }

    /// Says it and ends the process.
    func exit() -> Never {
        if !message.isEmpty {
            let line = [UInt8]("\(message)\n".utf8)
            try? (isResult ? Descriptor.standardOutput : .standardError).write(line)
        }
        Foundation.exit(exitCode)
    }
}
