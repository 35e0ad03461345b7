// SPDX-License-Identifier: Apache-2.0

extension ConfigReference {
    /// A configuration file with every key at its default and explained; what has no default stands as a comment.
    /// Read as a configuration, it changes nothing.
    public func yaml() -> String {
        var writer = YAMLWriter()
        writer.write(entries, indent: 0, commented: false)
        return writer.text
    }
}

private struct YAMLWriter {
    var text = ""

    mutating func write(_ entries: [ConfigEntry], indent: Int, commented: Bool) {
        for entry in entries {
            if indent == 0, !text.isEmpty { text += "\n" }
            switch entry.kind {
            case .value(let type, let fallback, let allowed):
                note(entry.help, indent)
                note(allowed.map { "\(type): \($0)" } ?? type, indent)
                write(entry.key, fallback, type, indent, commented)
            case .section(let inner, let isOptional):
                note(entry.help, indent)
                let off = commented || isOptional
                line("\(entry.key):", indent, off)
                write(inner, indent: indent + 1, commented: off)
            case .sections(let inner):
                note(entry.help, indent)
                line("\(entry.key):", indent, true)
                line("-", indent + 1, true)
                write(inner, indent: indent + 2, commented: true)
            case .components(let variants, let name, let whenAbsent):
                note(entry.help, indent)
                note("Without it: \(whenAbsent)", indent)
                line("\(entry.key):", indent, true)
                for variant in variants {
                    note(variant.help, indent + 1)
                    line("\(name):", indent + 1, true)
                    line("type: \(variant.type)", indent + 2, true)
                    write(variant.entries, indent: indent + 2, commented: true)
                }
            }
        }
    }

    private mutating func write(
        _ key: String, _ fallback: ConfigEntry.Default, _ type: String, _ indent: Int, _ commented: Bool
    ) {
        switch fallback {
        case .value(let value): line("\(key): \(value)", indent, commented)
        case .chosen(let words): line("\(key): <\(type)>  (default: \(words))", indent, true)
        case .absent: line("\(key): <\(type)>", indent, true)
        case .required(let example): line("\(key): \(example)", indent, commented)
        }
    }

    /// A key that is off starts with `#` and no space, so that it can be told from the prose.
    private mutating func line(_ content: String, _ indent: Int, _ commented: Bool) {
        text += String(repeating: "  ", count: indent) + (commented ? "#" : "") + content + "\n"
    }

    private mutating func note(_ prose: String, _ indent: Int) {
        let margin = String(repeating: "  ", count: indent)
        var row = ""
        for word in prose.split(separator: " ") {
            if !row.isEmpty, margin.count + row.count + word.count > 96 {
                text += "\(margin)# \(row)\n"
                row = ""
            }
            row += row.isEmpty ? String(word) : " \(word)"
        }
        if !row.isEmpty { text += "\(margin)# \(row)\n" }
    }
}
