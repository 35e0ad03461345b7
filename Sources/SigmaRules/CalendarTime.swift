// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// A point in time taken apart as the time modifiers see it: UTC, or the digits as they stand in a text.
struct CalendarTime {
    private let days: Int64
    private let minutes: Int64

    private init(days: Int64, minutes: Int64) {
        self.days = days
        self.minutes = minutes
    }

    init(_ time: EventTime) {
        let seconds = Self.floor(time.nanoseconds, 1_000_000_000)
        days = Self.floor(seconds, 86_400)
        minutes = (seconds - days * 86_400) / 60
    }

    /// An integer is nanoseconds since 1970, as Falco's `evt.time`; a text starts with `2026-05-28T20:26`.
    init?(_ value: borrowing ValueView) {
        switch value.kind {
        case .int64: self.init(EventTime(nanoseconds: Int64(bitPattern: value.bits)))
        case .string:
            let text = value.text
            guard text.count >= 10, text[4] == 45, text[7] == 45, let year = Self.digits(text, 0 ..< 4),
                let month = Self.digits(text, 5 ..< 7), let day = Self.digits(text, 8 ..< 10),
                (1 ... 12).contains(month),
                (1 ... 31).contains(day)
            else { return nil }
            var minutes: Int64 = 0
            if text.count >= 16 {
                guard text[13] == 58, let hour = Self.digits(text, 11 ..< 13),
                    let minute = Self.digits(text, 14 ..< 16),
                    hour < 24, minute < 60
                else { return nil }
                minutes = hour * 60 + minute
            }
            self.init(days: Self.days(year, month, day), minutes: minutes)
        default: return nil
        }
    }

    /// Weeks as ISO 8601 counts them, 1 … 53.
    func value(of part: TimePart) -> Int64 {
        switch part {
        case .minute: return minutes % 60
        case .hour: return minutes / 60
        case .day: return date.day
        case .month: return date.month
        case .year: return date.year
        case .week:
            // The week belongs to the year that its Thursday is in; 1970-01-01 was one.
            let thursday = Self.floor(days + 3, 7) * 7
            let year = Self.date(thursday).year
            return (thursday - Self.days(year, 1, 1)) / 7 + 1
        }
    }

    private var date: (year: Int64, month: Int64, day: Int64) { Self.date(days) }

    private static func floor(_ number: Int64, _ divisor: Int64) -> Int64 {
        let quotient = number / divisor
        return number % divisor < 0 ? quotient - 1 : quotient
    }

    private static func digits(_ text: Span<UInt8>, _ range: Range<Int>) -> Int64? {
        var number: Int64 = 0
        for index in range {
            guard text[index] &- 48 < 10 else { return nil }
            number = number * 10 + Int64(text[index] &- 48)
        }
        return number
    }

    /// Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms": civil_from_days and back.
    private static func date(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = floor(shifted, 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let year = month <= 2 ? year - 1 : year
        let era = floor(year, 400)
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}
