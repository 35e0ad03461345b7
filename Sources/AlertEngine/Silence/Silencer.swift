// SPDX-License-Identifier: Apache-2.0
public import AlertModel
import FalcoRules

/// Finds the silence that an alert falls under: those of the configuration in their order, then those set at run time in
/// the order of their setting.
///
/// Pure. A silence is in force while the engine's present, the latest arrival or tick, lies before its `until`; the
/// alert's own time does not count. One of run time that is over is forgotten, one of the configuration stays listed.
/// Matching allocates nothing.
public struct Silencer: Sendable {
    /// What a change came to.
    public enum Outcome: String, CaseIterable, Sendable {
        case set
        /// A silence of the same id was set already: nothing changed.
        case known
        case lifted
        /// There is none of that id at run time; those of the configuration cannot be lifted.
        case unknown
        /// Its end lies before the engine's present.
        case over
        /// `Silence.Limit.count` are set already.
        case full
        /// The condition cannot be read by this version.
        case unreadable
    }

    public struct Counters: Hashable, Sendable {
        /// Alerts that a silence matched.
        public var matched = 0
        public var set = 0
        public var lifted = 0
        public var expired = 0
        /// Changes that changed nothing.
        public var refused = 0
    }

    private struct Entry {
        let silence: Silence
        let condition: Condition
        let isConfigured: Bool
        var matched: Int
    }

    private var entries: [Entry]
    /// Those of run time stand behind so many of the configuration.
    private let configuredCount: Int
    public private(set) var counters = Counters()

    public init(_ settings: SilenceSettings) {
        entries = settings.silences.map {
            Entry(silence: $0.silence, condition: $0.condition, isConfigured: true, matched: 0)
        }
        configuredCount = entries.count
    }

    public var isEmpty: Bool { entries.isEmpty }

    /// The id of the first silence in force that matches, which counts it; nil: none does.
    public mutating func match(_ facts: borrowing AlertFacts, at now: EventTime) -> String? {
        for index in entries.indices where now < entries[index].silence.until {
            guard entries[index].condition.matches(facts) else { continue }
            entries[index].matched += 1
            counters.matched += 1
            return entries[index].silence.id
        }
        return nil
    }

    /// Sets or lifts a silence at its place in the journal.
    @discardableResult
    public mutating func apply(_ change: SilenceChange, at now: EventTime) -> Outcome {
        let outcome: Outcome
        switch change {
        case .set(let silence): outcome = set(silence, at: now)
        case .lift(let id, _): outcome = lift(id)
        }
        switch outcome {
        case .set: counters.set += 1
        case .lifted: counters.lifted += 1
        case .known, .unknown, .over, .full, .unreadable: counters.refused += 1
        }
        return outcome
    }

    private mutating func set(_ silence: Silence, at now: EventTime) -> Outcome {
        forgetExpired(at: now)
        guard !entries.contains(where: { $0.silence.id == silence.id }) else { return .known }
        guard now < silence.until else { return .over }
        guard entries.count - configuredCount < Silence.Limit.count else { return .full }
        guard silence.isWithinLimits, let condition = try? Condition(silence.when) else { return .unreadable }
        entries.append(Entry(silence: silence, condition: condition, isConfigured: false, matched: 0))
        return .set
    }

    private mutating func lift(_ id: String) -> Outcome {
        guard let index = entries.lastIndex(where: { !$0.isConfigured && $0.silence.id == id }) else { return .unknown }
        entries.remove(at: index)
        return .lifted
    }

    /// Forgets the silences of run time that are over.
    public mutating func advance(_ moment: EngineMoment) {
        guard entries.count > configuredCount else { return }
        forgetExpired(at: moment.now)
    }

    private mutating func forgetExpired(at now: EventTime) {
        var index = entries.count
        while index > configuredCount {
            index -= 1
            guard entries[index].silence.until <= now else { continue }
            entries.remove(at: index)
            counters.expired += 1
        }
    }

    /// Every silence there is.
    public func status(at now: EventTime) -> [SilenceStatus] {
        entries.map {
            SilenceStatus(
                silence: $0.silence, isConfigured: $0.isConfigured, matched: $0.matched,
                isInForce: now < $0.silence.until)
        }
    }
}

// Checkpoints: counts of the configured silences by id, the others whole.
extension Silencer {
    public func write(to writer: inout ByteWriter) {
        for number in [counters.matched, counters.set, counters.lifted, counters.expired, counters.refused] {
            writer.put(Int64(number))
        }
        writer.put(Array(entries[..<configuredCount])) {
            $0.put($1.silence.id)
            $0.put(Int64($1.matched))
        }
        writer.put(Array(entries[configuredCount...])) {
            $1.silence.write(to: &$0)
            $0.put(Int64($1.matched))
        }
    }

    /// - Parameter settings: may have changed since: a silence that went takes its count with it, a new one begins at 0.
    public init(_ settings: SilenceSettings, from reader: inout ByteReader) throws(MalformedBytes) {
        self.init(settings)
        counters.matched = try reader.takeInt()
        counters.set = try reader.takeInt()
        counters.lifted = try reader.takeInt()
        counters.expired = try reader.takeInt()
        counters.refused = try reader.takeInt()
        let counts = try reader.takeList { (reader) throws(MalformedBytes) in
            (id: try reader.takeString(), matched: try reader.takeInt())
        }
        for (id, matched) in counts {
            if let index = entries.firstIndex(where: { $0.silence.id == id }) { entries[index].matched = matched }
        }
        let others = try reader.takeList { (reader) throws(MalformedBytes) in
            (silence: try Silence(&reader), matched: try reader.takeInt())
        }
        guard others.count <= Silence.Limit.count else { throw MalformedBytes() }
        for (silence, matched) in others where !entries.contains(where: { $0.silence.id == silence.id }) {
            // One that this version cannot read any more is gone, as `apply` would refuse it.
            guard let condition = try? Condition(silence.when) else {
                counters.refused += 1
                continue
            }
            entries.append(Entry(silence: silence, condition: condition, isConfigured: false, matched: matched))
        }
    }
}
