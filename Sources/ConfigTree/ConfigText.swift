// SPDX-License-Identifier: Apache-2.0

/// Quantities as configuration files write them, for those who write them elsewhere.
public enum ConfigText {
    /// `90s`, `7d`: the shortest exact form with one unit.
    public static func of(_ duration: Duration) -> String { Quantity.write(duration) }

    /// `64MiB`: the shortest exact form with one unit.
    public static func of(size: Int) -> String { Quantity.write(size: size) }

    /// `5m`, `1h30m`, `1.5s`; nil for anything else.
    public static func duration(_ text: String) -> Duration? { try? Quantity.duration(text) }
}
