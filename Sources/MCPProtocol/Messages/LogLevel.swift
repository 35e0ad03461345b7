// SPDX-License-Identifier: Apache-2.0

/// The levels of log messages to a client (RFC 5424, section 6.2.1), least urgent first.
public enum LogLevel: String, Sendable, CaseIterable, Comparable {
    case debug, info, notice, warning, error, critical, alert, emergency

    static let names = allCases.map(\.rawValue).joined(separator: ", ")

    private var urgency: Int { Self.allCases.firstIndex(of: self) ?? 0 }

    public static func < (left: LogLevel, right: LogLevel) -> Bool { left.urgency < right.urgency }
}
