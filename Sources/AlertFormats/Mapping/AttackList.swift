// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// What enrichment's field `attack` says, cut into its parts: `[{"tactic":"execution"},{"technique":"T1059","name":"…"}]`.
///
/// Reads only that form, which enrichment writes. Anything else ends the list.
struct AttackList: ~Escapable {
    /// A tactic by its short name, or a technique with its name where it is known.
    struct Item {
        let isTactic: Bool
        /// Where the short name or the number stands in the text.
        let value: Range<Int>
        /// Empty without a name.
        let name: Range<Int>
    }

    let text: Span<UInt8>
    private var place = 1

    @_lifetime(copy text)
    init(_ text: Span<UInt8>) { self.text = text }

    mutating func next() -> Item? {
        if place < text.count, text[place] == 0x2C { place += 1 }
        if take("{\"tactic\":\"") {
            guard let value = takeText(), take("}") else { return nil }
            return Item(isTactic: true, value: value, name: 0 ..< 0)
        }
        guard take("{\"technique\":\""), let value = takeText() else { return nil }
        var name = 0 ..< 0
        if take(",\"name\":\"") {
            guard let taken = takeText() else { return nil }
            name = taken
        }
        return take("}") ? Item(isTactic: false, value: value, name: name) : nil
    }

    private mutating func take(_ literal: StaticString) -> Bool {
        guard place <= text.count, text.extracting(place...).startsWith(literal) else { return false }
        place += literal.utf8CodeUnitCount
        return true
    }

    /// Up to the closing quote, which is passed over. Enrichment's names hold nothing that JSON escapes.
    private mutating func takeText() -> Range<Int>? {
        let start = place
        while place < text.count, text[place] != 0x22 {
            guard text[place] != 0x5C else { return nil }
            place += 1
        }
        guard place < text.count else { return nil }
        place += 1
        return start ..< place - 1
    }

    /// The end of a technique's own number: 5 of `T1059.004`.
    static let techniqueLength = 5

    /// How much of a name is the technique's: `Phishing` of `Phishing: Spearphishing Link`.
    func nameEnd(_ item: Item) -> Int {
        guard item.value.count > Self.techniqueLength else { return item.name.upperBound }
        var place = item.name.lowerBound
        while place + 1 < item.name.upperBound {
            if text[place] == 0x3A, text[place + 1] == 0x20 { return place }
            place += 1
        }
        return item.name.upperBound
    }
}

/// A tactic of MITRE ATT&CK® Enterprise: number, name and short name (facts of https://attack.mitre.org/tactics/).
struct AttackTactic {
    let id: StaticString
    let name: StaticString
    let short: StaticString

    static let all = [
        AttackTactic(id: "TA0043", name: "Reconnaissance", short: "reconnaissance"),
        AttackTactic(id: "TA0042", name: "Resource Development", short: "resource-development"),
        AttackTactic(id: "TA0001", name: "Initial Access", short: "initial-access"),
        AttackTactic(id: "TA0002", name: "Execution", short: "execution"),
        AttackTactic(id: "TA0003", name: "Persistence", short: "persistence"),
        AttackTactic(id: "TA0004", name: "Privilege Escalation", short: "privilege-escalation"),
        AttackTactic(id: "TA0005", name: "Defense Evasion", short: "defense-evasion"),
        AttackTactic(id: "TA0006", name: "Credential Access", short: "credential-access"),
        AttackTactic(id: "TA0007", name: "Discovery", short: "discovery"),
        AttackTactic(id: "TA0008", name: "Lateral Movement", short: "lateral-movement"),
        AttackTactic(id: "TA0009", name: "Collection", short: "collection"),
        AttackTactic(id: "TA0011", name: "Command and Control", short: "command-and-control"),
        AttackTactic(id: "TA0010", name: "Exfiltration", short: "exfiltration"),
        AttackTactic(id: "TA0040", name: "Impact", short: "impact"),
    ]

    init(id: StaticString, name: StaticString, short: StaticString) {
        (self.id, self.name, self.short) = (id, name, short)
    }

    /// The tactic of that short name.
    init?(_ short: Span<UInt8>) {
        for tactic in Self.all where short.equals(tactic.short) {
            self = tactic
            return
        }
        return nil
    }
}
