// SPDX-License-Identifier: Apache-2.0

/// Tells a misspelt field of Falco's from a name that a plugin or a configuration may have made up.
extension FieldName {
    /// Falco's list has it; of a name with an argument, `proc.aname[2]`, the name before it.
    public var isFalcos: Bool { id != 0 || type != 0 }

    /// The field of Falco's that differs by its case, or by one letter added, left out, replaced or swapped with its
    /// neighbour; nil when there is none, and for the names of Falco's fields themselves.
    public static func meant(by name: String) -> String? {
        guard name.contains("."), name.utf8.count < 40, !FieldName(name).isFalcos else { return nil }
        return exact(Array(name.lowercased().utf8)) ?? neighbour(of: Array(name.utf8))
    }

    private static func exact(_ bytes: [UInt8]) -> String? {
        let text = String(decoding: bytes, as: UTF8.self)
        return FieldName(text).id != 0 ? text : nil
    }

    private static func neighbour(of name: [UInt8]) -> String? {
        let letters = Array("abcdefghijklmnopqrstuvwxyz._0123456789".utf8)
        for index in 0 ... name.count {
            var changed = name
            if index + 1 < name.count {
                changed.swapAt(index, index + 1)
                if let found = exact(changed) { return found }
            }
            if index < name.count, let found = exact(Array(name[..<index] + name[(index + 1)...])) { return found }
            for letter in letters {
                if let found = exact(Array(name[..<index] + [letter] + name[index...])) { return found }
                guard index < name.count else { continue }
                changed = name
                changed[index] = letter
                if let found = exact(changed) { return found }
            }
        }
        return nil
    }
}
