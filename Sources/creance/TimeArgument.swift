// SPDX-License-Identifier: Apache-2.0
import AlertModel
import ArgumentParser
import ConfigTree

/// A point in time on the command line: RFC 3339, a day, or how long ago.
struct TimeArgument: Equatable {
    enum Form: Equatable {
        case at(EventTime)
        /// Before the command's own present.
        case ago(Duration)
    }

    let form: Form

    init(_ argument: String) throws {
        if let time = Self.time(argument) {
            form = .at(time)
        } else if argument == "now" {
            form = .ago(.zero)
        } else if let duration = ConfigText.duration(argument) {
            form = .ago(duration)
        } else {
            throw ValidationError(
                "'\(argument)' is no time: 2026-05-28T20:26:40Z, 2026-05-28, or how long ago, as 1h30m")
        }
    }

    func time(now: EventTime) -> EventTime {
        switch form {
        case .at(let time): time
        case .ago(let duration): now.advanced(by: .zero - duration)
        }
    }

    /// For options that take RFC 3339 only.
    static func eventTime(_ text: String) throws -> EventTime {
        guard let time = time(text) else { throw ValidationError("'\(text)' is not a time, as 2026-05-28T20:26:40Z") }
        return time
    }

    /// `2026-05-28T20:26:40.5Z`, `2026-05-28T22:26:40+02:00`, or `2026-05-28` for that day's first moment in UTC.
    private static func time(_ text: String) -> EventTime? {
        let isDay =
            text.utf8.count == 10 && text.utf8.allSatisfy { $0 == UInt8(ascii: "-") || (48 ... 57).contains($0) }
        return ConfigTime(isDay ? "\(text)T00:00:00Z" : text).map { EventTime(nanoseconds: $0.nanoseconds) }
    }
}
