// SPDX-License-Identifier: Apache-2.0

/// A point in time: nanoseconds since 1970-01-01T00:00:00Z, as Falco counts them.
public struct EventTime: Hashable, Comparable, Sendable {
    public var nanoseconds: Int64

    @inlinable
    public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    @inlinable
    public static func < (left: EventTime, right: EventTime) -> Bool { left.nanoseconds < right.nanoseconds }

    /// Later by a duration; saturates at the ends of the range instead of trapping, because times come from outside.
    public func advanced(by duration: Duration) -> EventTime { advanced(byNanoseconds: duration.wholeNanoseconds) }

    /// The same, for loops: a `Duration` is 128 bits wide.
    @inlinable
    public func advanced(byNanoseconds distance: Int64) -> EventTime {
        let (sum, overflow) = nanoseconds.addingReportingOverflow(distance)
        guard overflow else { return EventTime(nanoseconds: sum) }
        return EventTime(nanoseconds: distance < 0 ? .min : .max)
    }

    /// How much later `self` is than `earlier`; saturates.
    public func since(_ earlier: EventTime) -> Duration {
        let (difference, overflow) = nanoseconds.subtractingReportingOverflow(earlier.nanoseconds)
        guard overflow else { return .nanoseconds(difference) }
        return .nanoseconds(nanoseconds < earlier.nanoseconds ? Int64.min : .max)
    }
}

extension Duration {
    /// The duration in nanoseconds, rounded towards zero and saturated at the ends of `Int64` (about 292 years).
    public var wholeNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, carried) = scaled.addingReportingOverflow(attoseconds / 1_000_000_000)
        return overflow || carried ? (seconds < 0 ? .min : .max) : sum
    }
}

extension EventTime: CustomStringConvertible {
    /// RFC 3339 in UTC with nine fractional digits, the form of Falco's `time`.
    public var description: String { String(decoding: rfc3339, as: UTF8.self) }

    /// The 30 bytes of `2026-05-28T20:26:40.000484839Z`. Years outside 0…9999 cannot be in an Int64 of nanoseconds.
    public var rfc3339: [UInt8] {
        var text = [UInt8]("0000-00-00T00:00:00.000000000Z".utf8)
        let (day, second, fraction) = split
        let date = Self.civil(fromDays: day)
        Self.write(date.year, endingAt: 4, in: &text)
        Self.write(date.month, endingAt: 7, in: &text)
        Self.write(date.day, endingAt: 10, in: &text)
        Self.write(second / 3600, endingAt: 13, in: &text)
        Self.write(second / 60 % 60, endingAt: 16, in: &text)
        Self.write(second % 60, endingAt: 19, in: &text)
        Self.write(fraction, endingAt: 29, in: &text)
        return text
    }

    private var split: (day: Int64, second: Int64, fraction: Int64) {
        let second = nanoseconds >= 0 ? nanoseconds / 1_000_000_000 : (nanoseconds + 1) / 1_000_000_000 - 1
        let day = second >= 0 ? second / 86_400 : (second + 1) / 86_400 - 1
        // Not `second * 1_000_000_000`: that overflows for the first second of the range.
        let remainder = nanoseconds % 1_000_000_000
        return (day, second - day * 86_400, remainder >= 0 ? remainder : remainder + 1_000_000_000)
    }

    /// Decimal digits right-aligned before `end`, over the zeros that stand there.
    private static func write(_ value: Int64, endingAt end: Int, in text: inout [UInt8]) {
        var rest = value
        var place = end
        while rest > 0 {
            place -= 1
            text[place] = UInt8(48 + rest % 10)
            rest /= 10
        }
    }

    /// The Gregorian date of a day number (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms").
    private static func civil(fromDays days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }
}
