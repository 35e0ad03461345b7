// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Matching

/// Builds a `MatchProgram` of expressions.
struct MatchCompiler {
    private struct AtomKey: Hashable {
        let subject: Subject
        let test: ValueTest
    }

    private var program = MatchProgram()
    private var slotOf: [Subject: Int] = [:]
    private var atomOf: [AtomKey: Int] = [:]
    /// Beside the atoms.
    private var atomKeys: [AtomKey] = []
    private var triggersOf: [[Int32]] = []

    struct TooLarge: Error {}

    /// Adds the next detection.
    mutating func add(_ whole: Expression, selections: [Expression]) throws(TooLarge) {
        let detection = Int32(program.entries.count)
        let limit = program.steps.count + RuleLimit.steps
        program.entries.append(
            try generate(whole, MatchProgram.matched, MatchProgram.failed, limit))
        var entries: [Int32] = []
        for selection in selections {
            entries.append(try generate(selection, MatchProgram.matched, MatchProgram.failed, limit))
        }
        program.selectionEntries.append(entries)
        if program.always.count * 64 <= Int(detection) { program.always.append(0) }
        if let trigger = trigger(of: whole), trigger.score > 0 {
            for atom in Set(trigger.atoms).sorted() { triggersOf[atom].append(detection) }
        } else {
            program.always[Int(detection) >> 6] |= 1 << UInt64(detection & 63)
        }
    }

    consuming func finish() -> MatchProgram {
        for (atom, detections) in triggersOf.enumerated() where !detections.isEmpty {
            program.atoms[atom].firstTriggered = Int32(program.triggered.count)
            program.atoms[atom].triggeredCount = Int32(detections.count)
            program.triggered += detections
            program.slots[Int(program.atoms[atom].slot)].isEager = true
        }
        var scans = ScanBuilder(program: program)
        for (atom, key) in atomKeys.enumerated() { scans.collect(key.test, atom: atom) }
        program = scans.finish()
        program.eagerSlots = program.slots.indices.filter { program.slots[$0].isEager }.map(Int32.init)
        program.settledSlots = program.slots.indices.filter { isSettled($0) }.map(Int32.init)
        program.settled = [UInt64](repeating: 0, count: (program.atoms.count + 63) / 64)
        for (index, atom) in program.atoms.enumerated() where isSettled(Int(atom.slot)) {
            if case .reference(let other, _, _) = atom.test, !isSettled(Int(other)) { continue }
            program.settled[index >> 6] |= 1 << UInt64(index & 63)
        }
        return program
    }

    /// Whether all alerts of one kind have the same there (`MatchMemory`).
    private func isSettled(_ slot: Int) -> Bool {
        switch program.slots[slot].kind {
        case .rule, .priority, .source, .tags: true
        case .hostname, .output, .time, .keywords, .manipulation, .field: false
        }
    }

    // MARK: Slots and atoms

    private mutating func slot(of subject: Subject) -> Int {
        if let known = slotOf[subject] { return known }
        let index = program.slots.count
        var name: FieldName?
        let kind: MatchProgram.SlotKind
        switch subject {
        case .rule: kind = .rule
        case .priority: kind = .priority
        case .source: kind = .source
        case .hostname: kind = .hostname
        case .output: kind = .output
        case .tags: kind = .tags
        case .time: kind = .time
        case .keywords: kind = .keywords
        case .manipulation: kind = .manipulation
        case .field(let field):
            kind = .field
            name = field
            if field.id != 0, Int(field.id) < MatchProgram.idLimit {
                program.slotOfID[Int(field.id)] = Int32(index)
            } else {
                program.namedSlots.append(Int32(index))
            }
        }
        program.slots.append(MatchProgram.Slot(kind: kind))
        program.names.append(name)
        slotOf[subject] = index
        return index
    }

    private mutating func atom(_ subject: Subject, _ test: ValueTest) -> Int {
        let key = AtomKey(subject: subject, test: test)
        if let known = atomOf[key] { return known }
        let slot = slot(of: subject)
        let compiled = compile(test)
        atomOf[key] = program.atoms.count
        atomKeys.append(key)
        triggersOf.append([])
        program.atoms.append(MatchProgram.Atom(slot: Int32(slot), test: compiled))
        return program.atoms.count - 1
    }

    private mutating func compile(_ test: ValueTest) -> MatchProgram.Test {
        switch test {
        case .literals: return .scanned
        case .glob(let glob, let hint):
            if hint != nil { return .scanned }
            program.globs.append(glob)
            return .glob(Int32(program.globs.count - 1))
        case .regex(let regex):
            // It was compiled once while it was read.
            guard let compiled = try? RegularExpression(regex.pattern, flags: .init(rawValue: regex.flags))
            else { return .scanned }
            program.regexes.append(compiled)
            return .regex(Int32(program.regexes.count - 1))
        case .cidr(let block):
            program.blocks.append(block)
            return .cidr(Int32(program.blocks.count - 1))
        case .number(let relation, let key):
            program.numbers.append(.init(relation: relation, number: key.number))
            return .number(Int32(program.numbers.count - 1))
        case .null: return .null
        case .exists: return .exists
        case .reference(let other, let anchor, let letterCase):
            return .reference(slot: Int32(slot(of: other)), anchor, letterCase)
        case .time(let part, let relation, let number): return .time(part, relation, number)
        case .priorities(let mask): return .priorities(mask)
        }
    }

    // MARK: Programs

    /// Emits the steps of an expression, last first, and returns where it starts.
    private mutating func generate(
        _ expression: Expression, _ ifTrue: Int32, _ ifFalse: Int32, _ limit: Int
    ) throws(TooLarge) -> Int32 {
        switch expression {
        case .test(let subject, let test):
            guard program.steps.count < limit else { throw TooLarge() }
            let atom = atom(subject, test)
            program.steps.append(MatchProgram.Step(atom: Int32(atom), ifTrue: ifTrue, ifFalse: ifFalse))
            return Int32(program.steps.count - 1)
        case .not(let term): return try generate(term, ifFalse, ifTrue, limit)
        case .all(let terms):
            var entry = ifTrue
            for term in Self.cheapestFirst(terms).reversed() { entry = try generate(term, entry, ifFalse, limit) }
            return entry
        case .any(let terms):
            var entry = ifFalse
            for term in Self.cheapestFirst(terms).reversed() { entry = try generate(term, ifTrue, entry, limit) }
            return entry
        case .atLeast(let wanted, let terms):
            // entries[n]: where to go with `n` still wanted, before the term at hand.
            var entries = [Int32](repeating: ifFalse, count: wanted + 1)
            entries[0] = ifTrue
            for term in Self.cheapestFirst(terms).reversed() {
                let after = entries
                for missing in 1 ... max(1, wanted) where missing <= wanted {
                    if after[missing - 1] != after[missing] {
                        entries[missing] = try generate(term, after[missing - 1], after[missing], limit)
                    }
                }
            }
            return entries[wanted]
        // Selections are written out before.
        case .selection: return ifFalse
        }
    }

    private static func cheapestFirst(_ terms: [Expression]) -> [Expression] {
        guard terms.count > 1 else { return terms }
        return terms.enumerated().map { (cost(of: $1), $0, $1) }.sorted { ($0.0, $0.1) < ($1.0, $1.1) }.map(\.2)
    }

    /// What evaluating it takes, about, in nanoseconds.
    private static func cost(of expression: Expression) -> Int {
        switch expression {
        case .all(let terms), .any(let terms), .atLeast(_, let terms): terms.reduce(1) { $0 + cost(of: $1) }
        case .not(let term): cost(of: term)
        case .selection: 1
        case .test(.keywords, _): 1_000
        case .test(_, let test):
            switch test {
            case .literals, .priorities: 2
            case .null, .exists, .number: 5
            case .glob(_, let hint): hint == nil ? 30 : 3
            case .cidr, .time, .reference: 20
            case .regex: 200
            }
        }
    }

    // MARK: Triggers

    /// Atoms of which one holds whenever the expression does, and how seldom that is: the higher the better.
    private mutating func trigger(of expression: Expression) -> (score: Int, atoms: [Int])? {
        switch expression {
        case .test(let subject, let test):
            guard let score = Self.score(subject, test) else { return nil }
            return (score, [atom(subject, test)])
        case .all(let terms):
            var best: (score: Int, atoms: [Int])?
            for term in terms {
                if let found = trigger(of: term), found.score > best?.score ?? -1 { best = found }
            }
            return best
        case .any(let terms), .atLeast(_, let terms):
            var all: (score: Int, atoms: [Int]) = (Int.max, [])
            for term in terms {
                guard let found = trigger(of: term) else { return nil }
                all = (min(all.score, found.score), all.atoms + found.atoms)
            }
            return all
        case .not, .selection: return nil
        }
    }

    /// 0: so common, or so costly to look for, that it is no use as a trigger.
    private static func score(_ subject: Subject, _ test: ValueTest) -> Int? {
        var base: Int
        switch subject {
        case .rule: base = 200
        case .field: base = 100
        case .hostname, .tags: base = 10
        case .output: base = 5
        case .source, .keywords: return 0
        case .priority, .time, .manipulation: return nil
        }
        switch test {
        case .literals(let literals):
            let shortest = literals.map { literal in
                min(literal.bytes.count, 16) * (literal.anchor == .whole ? 4 : literal.anchor == .anywhere ? 2 : 3)
            }.min()
            return base + (shortest ?? 0)
        case .glob(_, let hint):
            guard let hint else { return nil }
            return base + min(hint.count, 16)
        default: return nil
        }
    }
}
