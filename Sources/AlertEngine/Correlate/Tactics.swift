// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// A set of MITRE ATT&CK Enterprise tactics, as Falco (`mitre_execution`) and Sigma (`attack.execution`) tag them.
struct Tactics: OptionSet, Hashable, Sendable {
    let rawValue: UInt16

    /// In order of their names; the position is the bit.
    static let names = [
        "collection", "command_and_control", "credential_access", "defense_evasion", "discovery", "execution",
        "exfiltration", "impact", "initial_access", "lateral_movement", "persistence", "privilege_escalation",
        "reconnaissance", "resource_development",
    ]
    private static let spellings = names.map { Array($0.utf8) }

    /// The tactic a tag names; the empty set for any other tag. Case does not matter, `-` and `_` are one.
    init(tag: Span<UInt8>) {
        var bits: UInt16 = 0
        if let start = Self.prefix(of: tag) {
            for index in Self.spellings.indices where Self.equals(tag, from: start, Self.spellings[index]) {
                bits = 1 << UInt16(index)
            }
        }
        rawValue = bits
    }

    init(tag: String) {
        let bytes = Array(tag.utf8)
        self.init(tag: bytes.span)
    }

    /// Those that an alert's tags name.
    init(of alert: AlertView) {
        var tactics = Tactics(rawValue: 0)
        for index in 0 ..< alert.tagCount { tactics.formUnion(Tactics(tag: alert.tag(at: index))) }
        self = tactics
    }

    init(rawValue: UInt16) { self.rawValue = rawValue }

    /// Their names, in order.
    var names: [String] { Self.names.indices.filter { rawValue & 1 << UInt16($0) != 0 }.map { Self.names[$0] } }

    private static func prefix(of tag: Span<UInt8>) -> Int? {
        // `mitre_` or `attack.`
        if tag.count > 6, tag[0] | 32 == 109, tag[1] | 32 == 105, tag[5] == 95 { return 6 }
        if tag.count > 7, tag[0] | 32 == 97, tag[1] | 32 == 116, tag[6] == 46 { return 7 }
        return nil
    }

    private static func equals(_ tag: Span<UInt8>, from start: Int, _ name: [UInt8]) -> Bool {
        guard tag.count - start == name.count else { return false }
        for index in name.indices {
            let byte = tag[start + index]
            guard (byte == 45 ? 95 : byte | (byte == 95 ? 0 : 32)) == name[index] else { return false }
        }
        return true
    }
}
