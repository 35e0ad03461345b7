// SPDX-License-Identifier: Apache-2.0
import HostileText

/// Names of detection rules outside `untrusted`: in suggestions, and as arguments of prompts.
enum RuleName {
    /// Characters of a name; Falco's own have at most 90.
    static let limit = 160

    /// Visible ASCII that names and says nothing.
    static func isPlain(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= limit && name.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F }
            && Manipulation.found(in: name) == []
    }
}
