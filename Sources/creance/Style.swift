// SPDX-License-Identifier: Apache-2.0
import AlertFormats
import Foundation

/// Colours, or none of them.
struct Style: Sendable {
    let hasColours: Bool

    static let plain = Style(hasColours: false)

    /// Colours on a terminal, unless NO_COLOR or TERM=dumb say otherwise.
    static func of(_ descriptor: Descriptor) -> Style {
        Style(
            hasColours: TextFormat.coloursWanted(
                isTerminal: descriptor.isTerminal, environment: ProcessInfo.processInfo.environment))
    }

    func bold(_ text: String) -> String { wrap(text, "1") }
    func dim(_ text: String) -> String { wrap(text, "2") }
    func red(_ text: String) -> String { wrap(text, "1;31") }
    func yellow(_ text: String) -> String { wrap(text, "1;33") }
    func green(_ text: String) -> String { wrap(text, "1;32") }

    private func wrap(_ text: String, _ code: String) -> String {
        hasColours ? "\u{1b}[\(code)m\(text)\u{1b}[0m" : text
    }
}
