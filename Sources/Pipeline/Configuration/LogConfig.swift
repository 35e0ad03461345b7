// SPDX-License-Identifier: Apache-2.0
public import ConfigTree

/// The `log` section.
public struct LogConfig: Sendable, Equatable {
    /// swift-log's levels.
    public enum Level: String, CaseIterable, Sendable {
        case trace, debug, info, notice, warning, error, critical
    }

    public enum Format: String, CaseIterable, Sendable {
        case text, json
    }

    public var level: Level
    public var format: Format

    public init(_ section: inout ConfigSection) {
        level = section.choice("level", default: .info, help: "The least level that is said.")
        format = section.choice("format", default: .text, help: "json: one object a line.")
    }
}
