// SPDX-License-Identifier: Apache-2.0

/// What a rule's tag says about ATT&CK.
enum AttackTag: Equatable {
    /// An index into `AttackTable.tactics`.
    case tactic(Int)
    /// The technique's number times 1,000, plus the sub-technique's: T1059.004 is 1,059,004.
    case technique(UInt32)

    /// Reads one tag; nil for every other tag. Letters count in either case.
    ///
    ///     mitre_execution · attack.privilege-escalation · attack.privilege_escalation · TA0002 · attack.ta0002
    ///     T1059 · T1059.004 · attack.t1059.004
    init?(_ tag: Span<UInt8>) {
        guard tag.count >= 5, tag.count <= 64 else { return nil }
        if tag.startsWith("mitre_") {
            self.init(tacticNamed: tag.extracting(6...))
        } else if tag.startsWith("attack.") {
            let rest = tag.extracting(7...)
            if let known = AttackTag(identifier: rest) { self = known } else { self.init(tacticNamed: rest) }
        } else {
            self.init(identifier: tag)
        }
    }

    private init?(tacticNamed name: Span<UInt8>) {
        for index in AttackTable.tactics.indices
        where Self.isSame(name, AttackTable.tactics[index].name) {
            self = .tactic(index)
            return
        }
        return nil
    }

    /// `T1059`, `T1059.004`, `TA0002`.
    private init?(identifier text: Span<UInt8>) {
        guard text.count >= 5, text[0] | 0x20 == UInt8(ascii: "t") else { return nil }
        if text[1] | 0x20 == UInt8(ascii: "a") {
            guard text.count == 6, let number = Self.number(text.extracting(2...)),
                let index = AttackTable.tactics.firstIndex(where: { $0.number == number })
            else { return nil }
            self = .tactic(index)
            return
        }
        guard let number = Self.number(text.extracting(1 ..< 5)), number >= 1_000 else { return nil }
        if text.count == 5 {
            self = .technique(number * 1_000)
        } else {
            guard text.count == 9, text[5] == UInt8(ascii: "."), let part = Self.number(text.extracting(6...)), part > 0
            else { return nil }
            self = .technique(number * 1_000 + part)
        }
    }

    /// `-` and `_` are one; letters in either case.
    private static func isSame(_ text: Span<UInt8>, _ name: String) -> Bool {
        guard text.count == name.utf8.count else { return false }
        var index = 0
        for expected in name.utf8 {
            let letter = text[index] == UInt8(ascii: "_") ? UInt8(ascii: "-") : text[index] | 0x20
            guard letter == expected else { return false }
            index += 1
        }
        return true
    }

    private static func number(_ digits: Span<UInt8>) -> UInt32? {
        var number: UInt32 = 0
        for index in digits.indices {
            let digit = digits[index] &- UInt8(ascii: "0")
            guard digit < 10 else { return nil }
            number = number * 10 + UInt32(digit)
        }
        return number
    }
}

/// The names of techniques by number, read from `AttackTable` once.
struct AttackNames: Sendable {
    /// In ascending order.
    private var numbers: [UInt32] = []
    private var names: [[UInt8]] = []

    init() {
        var technique: UInt32 = 0
        var parent = ""
        for line in AttackTable.techniques.split(separator: "\n") {
            if line.hasPrefix(" ") {
                for part in line.split(separator: ";") {
                    guard let (number, name) = Self.entry(part) else { continue }
                    add(technique + number, "\(parent): \(name)")
                }
            } else if let (number, name) = Self.entry(line) {
                technique = number * 1_000
                parent = name
                add(technique, name)
            }
        }
    }

    var count: Int { numbers.count }
    /// What `index(of:)` relies on.
    var isAscending: Bool { zip(numbers, numbers.dropFirst()).allSatisfy { $0 < $1 } }

    /// nil for a technique that the table does not have.
    func index(of technique: UInt32) -> Int? {
        var low = 0
        var high = numbers.count
        while low < high {
            let middle = (low + high) / 2
            if numbers[middle] < technique { low = middle + 1 } else { high = middle }
        }
        return low < numbers.count && numbers[low] == technique ? low : nil
    }

    /// `Command and Scripting Interpreter: Unix Shell`. Holds nothing that JSON would escape.
    func name(at index: Int) -> [UInt8] { names[index] }

    private mutating func add(_ number: UInt32, _ name: String) {
        numbers.append(number)
        names.append(Array(name.utf8))
    }

    private static func entry(_ text: Substring) -> (number: UInt32, name: String)? {
        let trimmed = text.drop { $0 == " " }
        guard let space = trimmed.firstIndex(of: " "), let number = UInt32(trimmed[..<space]) else { return nil }
        return (number, String(trimmed[space...].dropFirst()))
    }
}
