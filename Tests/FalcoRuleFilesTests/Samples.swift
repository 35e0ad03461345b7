// SPDX-License-Identifier: Apache-2.0
import FalcoRules
import Foundation

/// Recordings of Falco 0.43.1 under Tests/Samples/falco-cli.
enum Samples {
    static func bytes(_ name: String) throws -> [UInt8] {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        return [UInt8](try Data(contentsOf: folder.appendingPathComponent("Samples/falco-cli/\(name)")))
    }

    static func file(_ name: String) throws -> FalcoRuleFiles.File {
        FalcoRuleFiles.File(name: "rules/\(name)", content: try bytes(name))
    }

    /// Objects and lists as they are; what Falco keeps in sets, in order.
    static func json(_ bytes: [UInt8]) throws -> String {
        func ordered(_ value: Any, _ key: String) -> Any {
            if let members = value as? [String: Any] {
                return Dictionary(uniqueKeysWithValues: members.map { ($0.key, ordered($0.value, $0.key)) })
            }
            guard let items = value as? [Any] else { return value }
            let sets = ["condition_fields", "condition_operators", "events", "exception_fields", "exception_operators"]
            if sets.contains(key), let texts = items as? [String] { return texts.sorted() }
            return items.map { ordered($0, "") }
        }
        let value = ordered(try JSONSerialization.jsonObject(with: Data(bytes)), "")
        let line = try JSONSerialization.data(withJSONObject: value, options: [.sortedKeys])
        return String(decoding: line, as: UTF8.self)
    }
}

/// The rules of one file of this text.
func load(_ text: String) -> FalcoRuleFiles { load([text]) }

/// The rules of files `1.yaml`, `2.yaml`, … of these texts.
func load(_ texts: [String], settings: FalcoRuleFiles.Settings = .init()) -> FalcoRuleFiles {
    let files = texts.enumerated().map { FalcoRuleFiles.File(name: "\($0 + 1).yaml", content: Array($1.utf8)) }
    return FalcoRuleFiles(files, settings: settings)
}
