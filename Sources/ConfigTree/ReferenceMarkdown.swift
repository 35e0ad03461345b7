// SPDX-License-Identifier: Apache-2.0

extension ConfigReference {
    /// One table per section, in the order of the declarations.
    public func markdown() -> String {
        var writer = MarkdownWriter()
        writer.write(entries, path: "", heading: "Top level")
        return writer.text
    }
}

private struct MarkdownWriter {
    var text = ""

    /// - Parameter of: the `type` of the component that the entries belong to, where there is one.
    mutating func write(
        _ entries: [ConfigEntry], path: String, heading: String, of type: String? = nil, help: String = ""
    ) {
        text += (text.isEmpty ? "" : "\n") + "## \(heading)\n"
        if !help.isEmpty { text += "\n\(help)\n" }
        if !entries.isEmpty { text += "\n| key | type | default | meaning |\n|---|---|---|---|\n" }
        for entry in entries { text += row(entry) }
        let suffix = type.map { " of `\($0)`" } ?? ""
        for entry in entries {
            let inner = path.isEmpty ? entry.key : "\(path).\(entry.key)"
            switch entry.kind {
            case .value: break
            case .section(let entries, _): write(entries, path: inner, heading: "`\(inner)`\(suffix)", of: type)
            case .sections(let entries): write(entries, path: "\(inner)[]", heading: "`\(inner)[]`\(suffix)", of: type)
            case .components(let variants, let name, _):
                for variant in variants {
                    let path = "\(inner).\(name)"
                    write(
                        variant.entries, path: path, heading: "`\(path)` with `type: \(variant.type)`",
                        of: variant.type,
                        help: variant.help)
                }
            }
        }
    }

    private func row(_ entry: ConfigEntry) -> String {
        switch entry.kind {
        case .value(let type, let fallback, let allowed):
            let shown =
                switch fallback {
                case .value(let value): "`\(value)`"
                case .chosen(let words): words
                case .absent: "none"
                case .required(let example): "required, as `\(example)`"
                }
            return cells(entry.key, type, shown, allowed.map { "\(entry.help) Allowed: \($0)." } ?? entry.help)
        case .section(_, let isOptional):
            return cells(entry.key, "map", isOptional ? "none" : "see below", entry.help)
        case .sections: return cells(entry.key, "list of maps", "none", entry.help)
        case .components(_, _, let whenAbsent): return cells(entry.key, "map of names", whenAbsent, entry.help)
        }
    }

    private func cells(_ key: String, _ type: String, _ fallback: String, _ help: String) -> String {
        let cells = ["`\(key)`", type, fallback, help].map { cell in
            cell.map { $0 == "|" ? "\\|" : String($0) }.joined()
        }
        return "| \(cells.joined(separator: " | ")) |\n"
    }
}
