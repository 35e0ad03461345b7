// SPDX-License-Identifier: Apache-2.0
import AlertModel
import SigmaRules

/// What was worked out of the latest alerts' contents: repeats say the same again, and nothing of it is worked out twice.
///
/// Remembered by a keyed 128-bit hash of all that the stages read of an alert: its kind, its host, the fields that rules
/// or keys look at, and what enrichment added. Times, numbers of events and process ids are not among them unless a rule
/// asks. A memory only: decisions are the same with it and without it. A set-associative table of fixed size; a new alert
/// takes the place of the one of the two in its set that was not asked for last.
struct AlertMemory: Sendable {
    /// What may be taken for it, in bytes.
    static let limitBytes = 3 << 20
    static let placeLimit = 8_192

    /// Where an alert is remembered.
    struct Place: Sendable {
        /// -1: it is not.
        var index = -1
        /// What is remembered there is not of this alert yet.
        var isNew = true
    }

    private struct Entry: Sendable {
        var hash = Fingerprint(low: 0, high: 0)
        var hasIdentity = false
        var hasMatches = false
        var identity = AlertIdentity(fingerprint: Fingerprint(low: 0, high: 0), variant: 0)
    }

    private let key: HashKey
    /// By `calert_field_id`: bit 0, something reads the field; bit 1, of alerts of plugins.
    private var reads: [UInt8]
    private var entries: [Entry]
    /// Of the batch under decision: hashes, and where their likes were before it; -1: nowhere.
    private var hashes: [Fingerprint] = []
    private(set) var guesses: [Int32] = []
    /// By set: which of its two was asked for last.
    private var latest: [UInt8]
    private let wordCount: Int
    private var words: [UInt64]

    /// How many alerts are remembered.
    var placeCount: Int { entries.count }

    /// - Parameter reads: whether anything reads a field of Falco's list, by its number.
    /// - Parameter readsOfPlugins: the same, of alerts of plugins.
    init(
        _ key: HashKey, detections: Int, lists: Int, reads: (UInt16) -> Bool, readsOfPlugins: (UInt16) -> Bool
    ) {
        self.key = key
        wordCount = (detections + 63) / 64
        let each = MemoryLayout<Entry>.stride + wordCount * 8 + lists * MemoryLayout<FactLists.Reading>.stride
        var places = 64
        while places < Self.placeLimit, places * 2 * each <= Self.limitBytes { places *= 2 }
        entries = [Entry](repeating: Entry(), count: places)
        latest = [UInt8](repeating: 0, count: places / 2)
        words = [UInt64](repeating: 0, count: places * wordCount)
        self.reads = (0 ..< 1_024).map { (reads($0) ? 1 : 0) | (readsOfPlugins($0) ? 2 : 0) }
    }

    /// Hashes a batch whose alerts `place` is then asked for, and reads the places where they will be looked for: those lie
    /// far apart in memory, and here no look-up waits for the one before.
    mutating func prepare(_ batch: AlertBatch, _ added: borrowing AddedFields, _ kinds: borrowing AlertKinds) {
        hashes.removeAll(keepingCapacity: true)
        guesses.removeAll(keepingCapacity: true)
        for index in 0 ..< batch.count {
            let kind = kinds.number(at: index)
            guard kind != AlertKinds.none else {
                hashes.append(Fingerprint(low: 0, high: 0))
                guesses.append(-1)
                continue
            }
            let facts = AlertFacts(batch.alert(at: index), added, at: index)
            let hash = hash(of: facts, kinds.isOfPlugin(kind) ? 2 : 1, UInt64(kind) | kinds.generation << 16)
            let first = 2 * (Int(truncatingIfNeeded: hash.low) & (latest.count - 1))
            let way = entries[first].hash == hash ? 0 : entries[first + 1].hash == hash ? 1 : -1
            hashes.append(hash)
            guesses.append(way < 0 ? -1 : Int32(truncatingIfNeeded: first + way))
        }
    }

    /// Where an alert of that batch, which has a kind, is remembered: the place of its like, or one that is made free.
    mutating func place(at alert: Int) -> Place {
        let hash = hashes[alert]
        let set = Int(truncatingIfNeeded: hash.low) & (latest.count - 1)
        for way in 0 ..< 2 where entries[2 * set + way].hash == hash {
            latest[set] = UInt8(way)
            return Place(index: 2 * set + way, isNew: false)
        }
        latest[set] ^= 1
        let index = 2 * set + Int(latest[set])
        entries[index].hash = hash
        entries[index].hasIdentity = false
        entries[index].hasMatches = false
        return Place(index: index)
    }

    private func hash(of facts: borrowing AlertFacts, _ mask: UInt8, _ kind: UInt64) -> Fingerprint {
        var hasher = KeyedHasher(key: key)
        hasher.combine(kind)
        hasher.combine(facts.alert.hostname)
        for index in 0 ..< facts.alert.fieldCount {
            let field = facts.alert.field(at: index)
            let id = field.keyID
            if id != 0, Int(id) < reads.count, reads[Int(id)] & mask == 0 { continue }
            let text = field.text
            hasher.combine(
                UInt64(id) | UInt64(field.kind.rawValue) << 16 | UInt64(truncatingIfNeeded: text.count) << 24)
            if id == 0 { hasher.combine(field.key) }
            hasher.combine(padded: text)
        }
        for index in 0 ..< facts.addedCount {
            let id = facts.addedID(at: index)
            hasher.combine(UInt64(id) | UInt64(facts.addedKind(at: index).rawValue) << 16 | 1 << 63)
            if id == 0 {
                let name = facts.addedName(at: index).text
                hasher.combine(name.span)
            }
            hasher.combine(facts.added(at: index).text)
        }
        return hasher.finalize()
    }

    /// What an alert is a repeat of; nil when that was not worked out yet.
    func identity(at place: Place) -> AlertIdentity? {
        place.index >= 0 && entries[place.index].hasIdentity ? entries[place.index].identity : nil
    }

    mutating func remember(_ identity: AlertIdentity, at place: Place) {
        guard place.index >= 0 else { return }
        entries[place.index].identity = identity
        entries[place.index].hasIdentity = true
    }

    /// The detections that an alert matches; false when that was not worked out yet.
    func takeMatches(at place: Place, into matches: inout MatchSet) -> Bool {
        guard place.index >= 0, entries[place.index].hasMatches else { return false }
        matches.take(words[place.index * wordCount ..< (place.index + 1) * wordCount])
        return true
    }

    mutating func remember(_ matches: borrowing MatchSet, at place: Place) {
        guard place.index >= 0 else { return }
        for word in 0 ..< wordCount { words[place.index * wordCount + word] = matches.words[word] }
        entries[place.index].hasMatches = true
    }
}
