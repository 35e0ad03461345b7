// SPDX-License-Identifier: Apache-2.0

/// Which of a rule's tags name a control of a standard.
///
/// Falco's own rules tag `PCI_DSS_10.2.5`, `NIST_800-53_AC-2`, `T1059`; others follow the same habit.
enum Compliance {
    private static let standards = [
        "pci", "nist", "soc2", "soc_2", "hipaa", "gdpr", "iso", "cis", "fedramp", "hitrust", "nis2", "dora", "owasp",
        "cwe-", "fsbp", "mitre_",
    ]

    /// In order of their names, each once.
    static func mappings(_ tags: [String]) -> [String] {
        Set(tags.filter(isMapping)).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    private static func isMapping(_ tag: String) -> Bool {
        let lower = tag.lowercased()
        if standards.contains(where: { standard in
            guard lower.hasPrefix(standard) else { return false }
            guard let next = lower.dropFirst(standard.count).first else { return true }
            return standard.hasSuffix("_") || standard.hasSuffix("-") || !next.isLetter
        }) {
            return true
        }
        return isTechnique(lower.utf8)
    }

    /// `t1059`, `t1059.004`: a technique of MITRE ATT&CK.
    private static func isTechnique(_ tag: String.UTF8View) -> Bool {
        let bytes = Array(tag)
        guard bytes.count == 5 || bytes.count == 9 && bytes[5] == UInt8(ascii: "."), bytes[0] == UInt8(ascii: "t")
        else {
            return false
        }
        return bytes.indices.allSatisfy { $0 == 0 || $0 == 5 || bytes[$0] >= 48 && bytes[$0] <= 57 }
    }
}
