// SPDX-License-Identifier: Apache-2.0
import PositionedYAML

/// A configuration of Falco that a model wrote, reduced to what it may say.
///
/// Most keys of Falco's configuration are power over this host: they run programs, load libraries, write files, open
/// connections, read other files. So a list says which are taken, everything else is refused, and what Falco gets is
/// written anew from what was read here, so that two readers of YAML cannot disagree.
enum FalcoConfigText {
    /// With any values below them.
    private static let keys: Set<String> = [
        "append_output", "base_syscalls", "buffered_outputs", "falco_libs", "json_include_message_property",
        "json_include_output_fields_property", "json_include_output_property", "json_include_tags_property",
        "json_output",
        "log_level", "output_timeout", "outputs_queue", "priority", "rule_matching", "rules", "syscall_event_drops",
        "syscall_event_timeouts", "time_format_iso_8601",
    ]
    /// Whose `enabled`, `kind` … alone are taken.
    private static let members = ["stdout_output": ["enabled"], "engine": ["kind"]]
    private static let kinds = ["nodriver", "modern_ebpf", "kmod"]

    static var allowed: String { (keys.union(members.keys)).sorted().joined(separator: ", ") }

    static func written(anew text: [UInt8]) throws(ToolProblem) -> [UInt8] {
        var limits = YAMLLimits()
        limits.nodes = 10_000
        limits.depth = 16
        let documents: [YAMLNode]
        do {
            documents = try YAMLDocuments.read(text, limits: limits)
        } catch {
            throw ToolProblem(
                "config is no YAML: line \(error.position.line + 1), column \(error.position.column + 1).")
        }
        guard documents.count <= 1, let pairs = documents.isEmpty ? [] : documents[0].pairs else {
            throw ToolProblem("config must be one YAML map of Falco's keys.")
        }
        var seen: Set<String> = []
        var members: [String] = []
        for pair in pairs {
            guard let key = pair.key.text, isAllowed(key, pair.value) else {
                throw ToolProblem(
                    "config has a key in line \(pair.key.position.line + 1) that is not taken from text, because it could "
                        + "run programs, load libraries, write or read files, or open connections. Taken are: \(allowed) "
                        + "(of engine only kind: \(kinds.joined(separator: ", "))). For more, an operator puts a file under "
                        + "falco.rules, to be named as config_path.")
            }
            guard seen.insert(key).inserted else { throw ToolProblem("config names the key \(key) twice.") }
            members.append("\(quoted(key)): \(json(pair.value))")
        }
        // Without an output Falco does not start, and standard output is where its alerts are read from.
        if !seen.contains("stdout_output") { members.append(#""stdout_output": {"enabled": true}"#) }
        return Array("{\(members.joined(separator: ", "))}\n".utf8)
    }

    private static func isAllowed(_ key: String, _ value: YAMLNode) -> Bool {
        if keys.contains(key) { return true }
        guard let inner = members[key] else { return false }
        let pairs = value.pairs ?? []
        guard value.pairs != nil, pairs.allSatisfy({ inner.contains($0.key.text ?? "") && $0.value.text != nil }) else {
            return false
        }
        return key != "engine" || pairs.allSatisfy { kinds.contains($0.value.text ?? "") }
    }

    /// Depth is bounded by what was read.
    private static func json(_ node: YAMLNode) -> String {
        switch node.content {
        case .list(let items): "[\(items.map(json).joined(separator: ", "))]"
        case .map(let pairs):
            "{\(pairs.map { "\(quoted($0.key.text ?? "")): \(json($0.value))" }.joined(separator: ", "))}"
        case .scalar(let text, let plain): plain && isBare(text) ? text : node.isNull ? "null" : quoted(text)
        }
    }

    /// A Boolean or a number: anything else is a text, whatever it looks like.
    private static func isBare(_ text: String) -> Bool {
        if text == "true" || text == "false" { return true }
        guard let first = text.utf8.first, (48 ... 57).contains(first) || first == 45 && text.utf8.count > 1 else {
            return false
        }
        return text.utf8.count < 20 && text.utf8.dropFirst().allSatisfy { (48 ... 57).contains($0) || $0 == 46 }
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": result += "\\\(scalar)"
            case _ where scalar.value < 0x20 || scalar.value == 0x7f || (0x80 ... 0x9f).contains(scalar.value):
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
