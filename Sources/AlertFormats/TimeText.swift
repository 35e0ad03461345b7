// SPDX-License-Identifier: Apache-2.0
public import AlertModel

extension OutputBuffer {
    /// RFC 3339 in UTC with nine fractional digits, as Falco writes `time`.
    public mutating func append(_ time: EventTime) {
        append(time, fractionDigits: 9)
    }

    /// RFC 3339 in UTC with three, six or nine fractional digits (cut, not rounded).
    mutating func append(_ time: EventTime, fractionDigits: Int) {
        // Floor division, written so that the ends of Int64 do not overflow.
        let nanoseconds = time.nanoseconds
        let negative = nanoseconds < 0
        let quotient = nanoseconds / 1_000_000_000
        let remainder = nanoseconds % 1_000_000_000
        let second = Int(negative && remainder != 0 ? quotient - 1 : quotient)
        let fraction = Int(remainder < 0 ? remainder + 1_000_000_000 : remainder)
        let day = second >= 0 ? second / 86_400 : (second - 86_399) / 86_400
        let secondOfDay = second - day * 86_400
        let date = Self.civil(fromDays: day)
        let start = count
        append("0000-00-00T00:00:00.")
        put(date.year / 100, at: start)
        put(date.year % 100, at: start + 2)
        put(date.month, at: start + 5)
        put(date.day, at: start + 8)
        put(secondOfDay / 3600, at: start + 11)
        put(secondOfDay / 60 % 60, at: start + 14)
        put(secondOfDay % 60, at: start + 17)
        let unit = fractionDigits == 3 ? 1_000_000 : fractionDigits == 6 ? 1_000 : 1
        append(fraction / unit, width: fractionDigits)
        append(byte: 0x5A)
    }

    /// The Gregorian date of a day number (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms"). The years of an
    /// Int64 of nanoseconds are 1677…2262.
    private static func civil(fromDays days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    /// The text of a `RecordID`.
    public mutating func append(_ id: RecordID) {
        append(hexadecimal: id.installation)
        append(byte: 0x2D)
        append(hexadecimal: id.epoch)
        append(byte: 0x2D)
        append(id.place)
    }

    /// A priority as Falco writes it.
    public mutating func append(_ priority: Priority) {
        switch priority {
        case .emergency: append("Emergency")
        case .alert: append("Alert")
        case .critical: append("Critical")
        case .error: append("Error")
        case .warning: append("Warning")
        case .notice: append("Notice")
        case .informational: append("Informational")
        case .debug: append("Debug")
        }
    }
}
