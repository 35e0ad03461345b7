// SPDX-License-Identifier: Apache-2.0

extension FalcoRuleFiles {
    /// As `falco -L` prints it: names in the first 50 columns, descriptions in lines of at most 59 behind them.
    public var table: String { Self.table(rules) }

    /// As `falco -l NAME` prints it; nil when there is no such rule.
    public func table(ofRule name: String) -> String? {
        rules.first { $0.name == name }.map { Self.table([$0]) }
    }

    private static func table(_ rules: [FalcoRule]) -> String {
        var text = row("Rule", "Description") + row("----", "-----------")
        for rule in rules {
            for (index, line) in wrapped(rule.description, width: 59).enumerated() {
                text += row(index == 0 ? rule.name : "", line)
            }
            text += "\n"
        }
        return text
    }

    private static func row(_ name: String, _ text: String) -> String {
        name + String(repeating: " ", count: max(0, 50 - name.count)) + " " + text + "\n"
    }

    /// Lines broken at blanks; a word that is longer than a line has one for itself.
    private static func wrapped(_ text: String, width: Int) -> [String] {
        var lines: [String] = [""]
        for word in text.split(whereSeparator: { $0 == " " || $0.isNewline }) {
            let last = lines[lines.count - 1]
            if last.isEmpty {
                lines[lines.count - 1] = String(word)
            } else if last.count + 1 + word.count <= width {
                lines[lines.count - 1] += " " + word
            } else {
                lines.append(String(word))
            }
        }
        return lines
    }
}
