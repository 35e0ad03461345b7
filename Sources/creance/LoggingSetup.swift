// SPDX-License-Identifier: Apache-2.0
import Foundation
import Logging
import Pipeline
import Synchronization

/// Structured logs on standard error: `time level message key=value …`, or one JSON object a line.
enum LoggingSetup {
    private static let current = Mutex<(level: Logger.Level, isJSON: Bool)>((.info, false))

    /// Once, before the first logger is made.
    static func start(_ config: LogConfig) {
        change(config)
        LoggingSystem.bootstrap { _ in StandardErrorLog() }
    }

    /// What a reload says; loggers that exist follow.
    static func change(_ config: LogConfig) {
        let level = Logger.Level(rawValue: config.level.rawValue) ?? .info
        current.withLock { $0 = (level, config.format == .json) }
    }

    /// A line of text. What an alert or a peer says must not draw on the terminal, nor begin a line of its own.
    static func line(
        _ time: String, _ level: Logger.Level, _ message: String, _ metadata: [(key: String, value: String)]
    ) -> String {
        let pairs = metadata.map { " \($0.key)=\(SafeText.visible($0.value))" }.joined()
        return "\(time) \(level) \(SafeText.visible(message))\(pairs)\n"
    }

    private struct StandardErrorLog: LogHandler {
        var metadata: Logger.Metadata = [:]
        /// Set by who wants less of one logger than the configuration asks of all.
        private var least = Logger.Level.trace
        var logLevel: Logger.Level {
            get { max(least, LoggingSetup.current.withLock { $0.level }) }
            set { least = newValue }
        }

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let all = metadata.merging(event.metadata ?? [:]) { _, new in new }.sorted { $0.key < $1.key }
            let time = WallClock.system.now().description
            let isJSON = LoggingSetup.current.withLock { $0.isJSON }
            let line =
                isJSON
                ? json(time, event, all)
                : LoggingSetup.line("\(time.prefix(23))Z", event.level, "\(event.message)", all.map { ($0, "\($1)") })
            FileHandle.standardError.write(Data(line.utf8))
        }

        private func json(_ time: String, _ event: LogEvent, _ all: [(key: String, value: Logger.Metadata.Value)])
            -> String
        {
            let pairs =
                [("time", time), ("level", "\(event.level)"), ("message", "\(event.message)")]
                + all.map { ($0.key, "\($0.value)") }
            return "{" + pairs.map { "\(Self.quoted($0.0)):\(Self.quoted($0.1))" }.joined(separator: ",") + "}\n"
        }

        private static func quoted(_ text: String) -> String {
            guard let data = try? JSONEncoder().encode(text) else { return "\"\"" }
            return String(decoding: data, as: UTF8.self)
        }
    }
}

extension LogConfig {
    /// For commands in the foreground: warnings and worse, as text.
    static var demo: LogConfig {
        var config = Configuration.standard.log
        config.level = .warning
        return config
    }
}
