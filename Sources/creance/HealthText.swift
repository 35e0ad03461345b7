// SPDX-License-Identifier: Apache-2.0
import Foundation

/// `HealthReport`'s JSON as it comes from a server, shown to people. Whoever answers may be another program.
enum HealthText {
    private struct Report: Decodable {
        struct Component: Decodable {
            let name: String
            let ok: Bool
            let state: String
            let detail: String?
        }

        let components: [Component]
    }

    /// One line for each part; none when it is not a report.
    static func lines(_ body: String) -> [String] {
        guard let report = try? JSONDecoder().decode(Report.self, from: Data(body.utf8)) else { return [] }
        return report.components.prefix(200).map { part in
            let detail = part.detail.map { ": \(cut($0))" } ?? ""
            return "\(part.ok ? "  " : "! ")\(cut(part.name)) \(cut(part.state))\(detail)"
        }
    }

    /// The body in one line, if it is JSON.
    static func json(_ body: String) -> String? {
        guard let value = try? JSONSerialization.jsonObject(with: Data(body.utf8)),
            let line = try? JSONSerialization.data(
                withJSONObject: value, options: [.sortedKeys, .withoutEscapingSlashes])
        else { return nil }
        return String(decoding: line, as: UTF8.self)
    }

    /// Safe for a terminal, and no longer than a line should be: the answer may be any program's.
    private static func cut(_ text: String) -> String {
        SafeText.visible(String(String.UnicodeScalarView(text.unicodeScalars.prefix(200))))
    }
}
