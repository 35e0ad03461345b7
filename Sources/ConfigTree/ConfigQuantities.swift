// SPDX-License-Identifier: Apache-2.0

/// So many in a span of time, `10/s`.
public struct ConfigRate: Sendable, Hashable, CustomStringConvertible {
    public let count: Int
    public let interval: Duration

    public init(_ count: Int, per interval: Duration) {
        self.count = count
        self.interval = interval
    }

    public var description: String {
        let unit = Quantity.rateUnits.first { $0.interval == interval }?.name
        return "\(count)/\(unit ?? Quantity.write(interval))"
    }
}

/// A point in time, in nanoseconds since 1970 UTC.
public struct ConfigTime: Sendable, Hashable {
    public let nanoseconds: Int64
    public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }
}

/// Text to numbers with units and back. Exact: no floating point.
enum Quantity {
    static let durationUnits: [(name: String, nanoseconds: Int64)] = [
        ("d", 86_400_000_000_000), ("h", 3_600_000_000_000), ("m", 60_000_000_000), ("s", 1_000_000_000),
        ("ms", 1_000_000), ("us", 1_000), ("ns", 1),
    ]
    static let sizeUnits: [(name: String, bytes: Int64)] = [
        ("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10),
        ("TB", 1_000_000_000_000), ("GB", 1_000_000_000), ("MB", 1_000_000), ("KB", 1_000), ("B", 1),
    ]
    static let rateUnits: [(name: String, interval: Duration)] = [
        ("s", .seconds(1)), ("m", .seconds(60)), ("h", .seconds(3600)),
    ]

    /// Other spellings of units, for "did you mean".
    private static let durationSpellings: [String: String] = [
        "sec": "s", "secs": "s", "second": "s", "seconds": "s", "min": "m", "mins": "m", "minute": "m", "minutes": "m",
        "hr": "h", "hrs": "h", "hour": "h", "hours": "h", "day": "d", "days": "d", "msec": "ms", "millis": "ms",
        "milliseconds": "ms", "µs": "us", "μs": "us", "usec": "us", "S": "s", "M": "m", "H": "h", "D": "d", "MS": "ms",
    ]
    private static let sizeSpellings: [String: String] = [
        "k": "KiB", "m": "MiB", "g": "GiB", "t": "TiB", "bytes": "B", "byte": "B",
    ]

    /// `5m`, `1h30m`, `1.5s`.
    static func duration(_ text: String) throws(ConfigFault) -> Duration {
        let parts = split(text)
        guard !parts.isEmpty else { throw ConfigFault("\(quoted(text)) is not a duration", allowed: durationForm) }
        var total: Int64 = 0
        var suggestion = ""
        for part in parts {
            if part.unit.isEmpty {
                throw ConfigFault("\(quoted(text)) has no unit", allowed: durationForm, suggestion: text + "s")
            }
            let unit = durationSpellings[part.unit] ?? part.unit
            suggestion += part.digits + unit
            guard let scale = durationUnits.first(where: { $0.name == unit })?.nanoseconds else {
                throw ConfigFault("unknown unit \(quoted(part.unit))", allowed: durationForm)
            }
            guard let value = scaled(part.digits, by: scale) else {
                throw ConfigFault("\(quoted(text)) is too large or finer than a nanosecond", allowed: "up to 292 years")
            }
            let (sum, overflow) = total.addingReportingOverflow(value)
            guard !overflow else { throw ConfigFault("\(quoted(text)) is too large", allowed: "up to 292 years") }
            total = sum
        }
        guard suggestion == text else {
            throw ConfigFault("\(quoted(text)) is not a duration", allowed: durationForm, suggestion: suggestion)
        }
        return .nanoseconds(total)
    }

    /// `64MiB`, `1.5GB`.
    static func size(_ text: String) throws(ConfigFault) -> Int {
        let parts = split(text)
        guard parts.count == 1, let part = parts.first else {
            throw ConfigFault("\(quoted(text)) is not a size", allowed: sizeForm)
        }
        if part.unit.isEmpty {
            throw ConfigFault("\(quoted(text)) has no unit", allowed: sizeForm, suggestion: part.digits + "B")
        }
        guard let unit = sizeUnits.first(where: { $0.name.lowercased() == part.unit.lowercased() }) else {
            let meant = sizeSpellings[part.unit.lowercased()].map { part.digits + $0 }
            throw ConfigFault("unknown unit \(quoted(part.unit))", allowed: sizeForm, suggestion: meant)
        }
        guard let bytes = scaled(part.digits, by: unit.bytes), let size = Int(exactly: bytes) else {
            throw ConfigFault(
                "\(quoted(text)) is too large or not a whole number of bytes", allowed: "up to 8388607TiB")
        }
        return size
    }

    /// `10/s`.
    static func rate(_ text: String) throws(ConfigFault) -> ConfigRate {
        let form = "a whole number per s, m or h, as 10/s"
        let halves = text.split(separator: "/", omittingEmptySubsequences: false)
        guard halves.count == 2, isDigits(halves[0]), let count = Int(halves[0]),
            let unit = rateUnits.first(where: { $0.name == halves[1] })
        else { throw ConfigFault("\(quoted(text)) is not a rate", allowed: form) }
        return ConfigRate(count, per: unit.interval)
    }

    static func integer(_ text: String) throws(ConfigFault) -> Int {
        let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
        guard isDigits(digits) else { throw ConfigFault("\(quoted(text)) is not a whole number") }
        guard let value = Int(text) else { throw ConfigFault("\(quoted(text)) is too large") }
        return value
    }

    /// The shortest exact form with one unit.
    static func write(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        if attoseconds == 0 {
            let unit = durationUnits.first {
                $0.nanoseconds >= 1_000_000_000 && seconds % ($0.nanoseconds / 1_000_000_000) == 0
            }
            guard seconds != 0, let unit else { return "\(seconds)s" }
            return "\(seconds / (unit.nanoseconds / 1_000_000_000))\(unit.name)"
        }
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        guard !overflow else { return "\(seconds)s" }
        let nanoseconds = whole &+ attoseconds / 1_000_000_000
        let unit = durationUnits.first { nanoseconds % $0.nanoseconds == 0 } ?? ("ns", 1)
        return "\(nanoseconds / unit.nanoseconds)\(unit.name)"
    }

    static func write(size: Int) -> String {
        let unit = sizeUnits.prefix(4).first { size != 0 && Int64(size) % $0.bytes == 0 } ?? ("B", 1)
        return "\(Int64(size) / unit.bytes)\(unit.name)"
    }

    private static let durationForm = "a number with ns, us, ms, s, m, h or d, as 5m or 1h30m"
    private static let sizeForm = "a number with B, KB, MB, GB, TB, KiB, MiB, GiB or TiB, as 64MiB"

    /// `1h30m` to (1, h), (30, m); empty when it is not a run of numbers with units. At most eight parts.
    private static func split(_ text: String) -> [(digits: String, unit: String)] {
        var parts: [(digits: String, unit: String)] = []
        for letter in text {
            let isNumeric = letter.isASCII && letter.isNumber || letter == "."
            if isNumeric, parts.last?.unit.isEmpty ?? false {
                parts[parts.count - 1].digits.append(letter)
            } else if isNumeric {
                parts.append((String(letter), ""))
            } else if letter.isLetter, !parts.isEmpty {
                parts[parts.count - 1].unit.append(letter)
            } else {
                return []
            }
        }
        return parts.count <= 8 ? parts : []
    }

    /// A decimal times a scale, when the product is a whole number that fits.
    private static func scaled(_ digits: String, by scale: Int64) -> Int64? {
        let halves = digits.split(separator: ".", omittingEmptySubsequences: false)
        guard (1 ... 2).contains(halves.count), halves.allSatisfy(isDigits), let whole = Int64(halves[0]) else {
            return nil
        }
        let (product, overflow) = whole.multipliedReportingOverflow(by: scale)
        guard !overflow else { return nil }
        guard halves.count == 2 else { return product }
        guard halves[1].count <= 15, let fraction = Int64(halves[1]) else { return nil }
        let power = (0 ..< halves[1].count).reduce(Int64(1)) { power, _ in power * 10 }
        let (high, low) = fraction.multipliedFullWidth(by: scale)
        guard high < power, high >= 0 else { return nil }
        let (quotient, remainder) = power.dividingFullWidth((high, low))
        guard remainder == 0 else { return nil }
        let (sum, carried) = product.addingReportingOverflow(quotient)
        return carried ? nil : sum
    }

    static func isDigits(_ text: Substring) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
    }
}
