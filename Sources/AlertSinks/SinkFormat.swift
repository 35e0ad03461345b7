// SPDX-License-Identifier: Apache-2.0

/// What a record looks like when it leaves; each is a type of `AlertFormats`, `text` is the terminal's own.
public enum SinkFormat: String, CaseIterable, Sendable {
    case falco, creance, text

    /// Formats that later versions have, so that the message for them says so.
    static let later = ["ecs", "ocsf", "cef", "leef", "otlp"]
}
