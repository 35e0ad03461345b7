// SPDX-License-Identifier: Apache-2.0

extension ConfigTime: CustomStringConvertible {
    /// RFC 3339 in UTC, to the second.
    public var description: String {
        let seconds = nanoseconds / 1_000_000_000
        var days = Int(seconds / 86_400)
        var year = 1970
        while days >= Self.days(inYear: year) {
            days -= Self.days(inYear: year)
            year += 1
        }
        var month = 1
        while month < 12, days >= Self.days(in: month, of: year) {
            days -= Self.days(in: month, of: year)
            month += 1
        }
        let parts = [month, days + 1, Int(seconds / 3_600 % 24), Int(seconds / 60 % 60), Int(seconds % 60)]
        let two = parts.map { $0 < 10 ? "0\($0)" : "\($0)" }
        return "\(year)-\(two[0])-\(two[1])T\(two[2]):\(two[3]):\(two[4])Z"
    }

    /// RFC 3339, `2027-01-01T00:00:00Z`, with up to nine digits of fraction and an offset; years 1970 to 2261.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count >= 20, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
            bytes[10] == UInt8(ascii: "T") || bytes[10] == UInt8(ascii: " ") || bytes[10] == UInt8(ascii: "t"),
            bytes[13] == UInt8(ascii: ":"), bytes[16] == UInt8(ascii: ":"),
            let year = Self.number(bytes[0 ..< 4]), let month = Self.number(bytes[5 ..< 7]),
            let day = Self.number(bytes[8 ..< 10]), let hour = Self.number(bytes[11 ..< 13]),
            let minute = Self.number(bytes[14 ..< 16]), let second = Self.number(bytes[17 ..< 19]),
            (1970 ... 2261).contains(year), (1 ... 12).contains(month),
            (1 ... Self.days(in: month, of: year)).contains(day),
            hour < 24, minute < 60, second < 60
        else { return nil }
        var rest = bytes[19...]
        var fraction: Int64 = 0
        if rest.first == UInt8(ascii: ".") {
            let digits = rest.dropFirst().prefix { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
            guard (1 ... 9).contains(digits.count), let value = Self.number(digits) else { return nil }
            fraction = (digits.count ..< 9).reduce(Int64(value)) { value, _ in value * 10 }
            rest = rest.dropFirst(digits.count + 1)
        }
        guard let offset = Self.offset(rest) else { return nil }
        let seconds =
            Self.daysSince1970(year, month, day) * 86_400 + Int64(hour * 3_600 + minute * 60 + second) - offset
        nanoseconds = seconds * 1_000_000_000 + fraction
    }

    /// `Z` or `±hh:mm`, in seconds.
    private static func offset(_ bytes: ArraySlice<UInt8>) -> Int64? {
        if bytes.count == 1, bytes.first == UInt8(ascii: "Z") || bytes.first == UInt8(ascii: "z") { return 0 }
        let start = bytes.startIndex
        guard bytes.count == 6, bytes[start + 3] == UInt8(ascii: ":"),
            let hours = number(bytes[start + 1 ..< start + 3]),
            let minutes = number(bytes[start + 4 ..< start + 6]), hours < 24, minutes < 60
        else { return nil }
        let seconds = Int64(hours * 3_600 + minutes * 60)
        switch bytes[start] {
        case UInt8(ascii: "+"): return seconds
        case UInt8(ascii: "-"): return -seconds
        default: return nil
        }
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
        var value = 0
        for digit in digits {
            guard digit >= UInt8(ascii: "0"), digit <= UInt8(ascii: "9") else { return nil }
            value = value * 10 + Int(digit - UInt8(ascii: "0"))
        }
        return value
    }

    private static func days(in month: Int, of year: Int) -> Int {
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        return month == 2 ? (isLeap ? 29 : 28) : [4, 6, 9, 11].contains(month) ? 30 : 31
    }

    private static func days(inYear year: Int) -> Int { days(in: 2, of: year) + 337 }

    private static func daysSince1970(_ year: Int, _ month: Int, _ day: Int) -> Int64 {
        var days = day - 1
        for earlier in 1970 ..< year { days += self.days(inYear: earlier) }
        for earlier in 1 ..< month { days += self.days(in: earlier, of: year) }
        return Int64(days)
    }
}
