// SPDX-License-Identifier: Apache-2.0

/// Falco's eight priorities, most severe first. `a < b` reads "a is less severe than b".
public enum Priority: UInt8, CaseIterable, Comparable, Sendable {
    case emergency, alert, critical, error, warning, notice, informational, debug

    public static func < (left: Priority, right: Priority) -> Bool { left.rawValue > right.rawValue }

    /// As Falco writes it: `Emergency` … `Informational`, `Debug`.
    public var name: String {
        switch self {
        case .emergency: "Emergency"
        case .alert: "Alert"
        case .critical: "Critical"
        case .error: "Error"
        case .warning: "Warning"
        case .notice: "Notice"
        case .informational: "Informational"
        case .debug: "Debug"
        }
    }

    /// Any case, and `info`; nil for anything else.
    public init?(name: some StringProtocol) {
        let folded = name.lowercased()
        guard
            let match = Priority.allCases.first(where: {
                $0.name.lowercased() == folded || ($0 == .informational && folded == "info")
            })
        else { return nil }
        self = match
    }
}
