// SPDX-License-Identifier: Apache-2.0
import AlertModel
public import SigmaRules

/// The one list of stages, in the order of semantics.md, section 4:
///
///     time · transport identity · enrich · deduplicate · correlate · silence · inhibit · storm · route
///
/// Time is `EventClock`. A silence is looked up before deduplication, because a silenced alert opens no group; inhibited
/// and held alerts give back what they took there. Correlation sees every alert that is no transport duplicate.
public struct EngineStages: Sendable {
    public private(set) var identity: TransportIdentity?
    public private(set) var enricher: Enricher
    public private(set) var silencer: Silencer
    public private(set) var deduplicator: Deduplicator?
    public let rules: SigmaRuleSet
    public private(set) var correlator: Correlator
    public private(set) var inhibitor: Inhibitor
    public private(set) var storm: StormControl?
    public let router: Router
    /// Titles of the rules whose state a checkpoint had and this configuration does not know in that form.
    public private(set) var droppedRules: [String] = []

    /// Switched off with groups or storms open: the next `advance` closes them.
    private var closingGroups: Deduplicator?
    private var closingStorms: StormControl?

    private let hasSinks: Bool
    private let installation: UInt64
    private var matches: MatchSet
    /// What follows from an alert's rule, source, priority and tags; only where something asks for it.
    private var kinds: AlertKinds
    private var usesKinds: Bool
    private var matchesOfKind = MatchMemory()
    /// What was worked out of the latest alerts.
    private var memory: AlertMemory?
    /// Where the alert under decision is in it.
    private var place = AlertMemory.Place()
    private var outbox: Outbox
    /// Records of the outbox that inhibition has seen.
    private var observed = 0
    private var subjects = SubjectIndex()

    init(_ settings: EngineSettings) {
        identity = settings.identity.map { TransportIdentity($0, key: settings.hashKey) }
        enricher = Enricher(settings.enrich, tables: settings.tables, key: settings.hashKey)
        silencer = Silencer(settings.silence)
        deduplicator = settings.deduplicate.map { Deduplicator($0, key: settings.hashKey) }
        rules = settings.rules
        correlator = Correlator(settings.rules.correlations, settings.correlate, key: settings.hashKey)
        inhibitor = Inhibitor(settings.inhibit, key: settings.hashKey)
        storm = settings.storm.map { StormControl($0, key: settings.hashKey) }
        router = settings.router
        hasSinks = settings.hasSinks
        installation = settings.installation
        matches = settings.rules.makeMatchSet()
        kinds = AlertKinds(settings.hashKey)
        usesKinds = !settings.rules.detections.isEmpty || settings.enrich.attack
        outbox = Outbox(installation: settings.installation)
        makeMemory(settings)
    }

    /// Where a repeat saves work: rules look at its fields, or deduplication goes by its default key.
    private mutating func makeMemory(_ settings: EngineSettings) {
        guard usesKinds, !rules.readsMoments, correlator.reading.facts.isMemorable,
            !rules.detections.isEmpty || deduplicator?.isPlain == true
        else { return }
        let isPlain = deduplicator?.isPlain == true
        let facts = correlator.reading.facts
        let made = AlertMemory(
            settings.hashKey, detections: rules.detections.count, lists: facts.count,
            reads: { [rules] in
                rules.reads($0) || facts.reads($0) || isPlain && FingerprintKey.defaultReads($0)
            },
            readsOfPlugins: { [rules] in isPlain || rules.reads($0) || facts.reads($0) })
        correlator.reading.facts.reserve(made.placeCount)
        memory = made
    }

    /// What the decisions of one entry come to.
    struct Made {
        /// Empty: all passed.
        var fates: [UInt8] = []
        var notes = EntryNotes()
        /// Of every alert that passed, the index of its set of sinks; empty where everything goes everywhere.
        var routes: [UInt16] = []

        func outputCount(of alerts: Int, isGap: Bool) -> Int {
            OutputWalk.count(alertCount: alerts, isGap: isGap, fates: fates, notes: notes)
        }
    }

    /// For tests: without what it remembers of kinds and of alerts, whose decisions are the same.
    mutating func forgetEverything() {
        usesKinds = false
        memory = nil
    }

    mutating func begin(_ epochs: EpochTable) {
        outbox.removeAll(epochs: epochs)
        observed = 0
        subjects.removeAll()
    }

    mutating func observe(_ gap: Gap) { correlator.observe(gap) }

    /// Falco's own alert that it dropped system calls: incidents open at that moment may lack some (falco-outputs.md, 6).
    private mutating func observeDrops(_ context: borrowing AlertContext) {
        let alert = context.facts.alert
        guard alert.source.equals("internal"), alert.rule.startsWith("Falco internal: "),
            alert.rule.contains("event drop")
        else { return }
        correlator.observe(Gap(source: "", from: context.time, to: context.time, reason: .reconnected))
    }

    mutating func apply(_ change: SilenceChange, _ moment: EngineMoment) { silencer.apply(change, at: moment.now) }

    /// Decides the alerts of one batch, one after the other.
    mutating func decide(_ batch: AlertBatch, at place: Int64, epoch: Int, _ clock: EventClock) -> Made {
        var made = Made()
        made.fates.reserveCapacity(batch.count)
        made.notes.marks.reserveCapacity(batch.count)
        var added = AddedFields()
        if usesKinds, kinds.number(batch) { forgetKinds() }
        enricher.enrich(batch, kinds, isNumbered: usesKinds, into: &added)
        memory?.prepare(batch, added, kinds)
        if let memory { correlator.reading.facts.touch(memory.guesses) }
        identity?.prepare(batch)
        var isPlain = true
        for index in 0 ..< batch.count {
            let reading = clock.readings[index]
            let alert = batch.alert(at: index)
            let context = AlertContext(
                AlertFacts(alert, added, at: index), time: reading.time, arrival: alert.arrivalTime,
                reference: AlertReference(place: place + Int64(index), epochIndex: epoch), isLate: reading.isLate)
            outbox.position = index
            var mark = AlertMark()
            if reading.isLate { mark.flags.insert(.late) }
            if reading.isSkewed { mark.flags.insert(.skewed) }
            let fate = decide(context, &mark, &made, now: clock.moment.now)
            made.fates.append(fate.rawValue)
            made.notes.marks.append(mark)
            if fate != .passed || mark != AlertMark() { isPlain = false }
        }
        if isPlain {
            made.fates = []
            made.notes.marks = []
        } else if made.fates.allSatisfy({ $0 == Fate.passed.rawValue }) {
            made.fates = []
        }
        made.notes.added = added
        return made
    }

    private mutating func forgetKinds() {
        matchesOfKind.removeAll()
        enricher.forgetKinds()
    }

    /// The rules, which see every alert that is no transport duplicate. False: one of them could not place it.
    private mutating func correlate(_ context: borrowing AlertContext) -> Bool {
        // Correlations hear of alerts through detections only.
        guard !rules.detections.isEmpty else { return true }
        let kind = usesKinds ? kinds.number(at: outbox.position) : AlertKinds.none
        guard kind != AlertKinds.none else {
            rules.match(context.facts, into: &matches)
            return !correlator.observe(context, matches, &outbox)
        }
        let tactics = kinds.tactics(of: kind)
        if memory?.takeMatches(at: place, into: &matches) != true {
            rules.match(context.facts, kind: kind, &matchesOfKind, into: &matches)
            memory?.remember(matches, at: place)
        }
        return !correlator.observe(context, matches, tactics, memory: place.index, isNew: place.isNew, &outbox)
    }

    /// Looks whether an alert like this one was there lately.
    private mutating func recall() {
        place = AlertMemory.Place()
        let kind = usesKinds ? kinds.number(at: outbox.position) : AlertKinds.none
        if kind == AlertKinds.none { return }
        if let found = memory?.place(at: outbox.position) { place = found }
    }

    private mutating func admit(_ context: borrowing AlertContext) -> Admission? {
        guard place.index >= 0, deduplicator?.isPlain == true else { return deduplicator?.admit(context, &outbox) }
        if let identity = memory?.identity(at: place) { return deduplicator?.admit(context, identity, &outbox) }
        guard let identity = deduplicator?.identity(of: context.facts) else { return nil }
        memory?.remember(identity, at: place)
        return deduplicator?.admit(context, identity, &outbox)
    }

    /// The order of decisions for one alert.
    private mutating func decide(
        _ context: borrowing AlertContext, _ mark: inout AlertMark, _ made: inout Made, now: EventTime
    ) -> Fate {
        if let original = identity?.original(of: context) {
            mark.subject = subjects.index(of: .original(outbox.id(of: original)), in: &made.notes.subjects)
            return .transportDuplicate
        }
        observeDrops(context)
        recall()
        let silence = silencer.isEmpty ? nil : silencer.match(context.facts, at: now)
        var isRepeat = false
        if silence == nil, deduplicator != nil { isRepeat = deduplicate(context, &mark, &made) }
        if !correlate(context) { mark.flags.insert(.unplaced) }
        let held = hold(context, silence, isRepeat: isRepeat, &mark, &made)
        if !inhibitor.isEmpty {
            inhibitor.observe(context)
            observeRecords(causedBy: context)
        }
        if let held { return held }
        return route(context.facts, &made)
    }

    /// What keeps the alert back: a silence, its group, an inhibition, a storm; nil when nothing does.
    private mutating func hold(
        _ context: borrowing AlertContext, _ silence: String?, isRepeat: Bool, _ mark: inout AlertMark,
        _ made: inout Made
    ) -> Fate? {
        if let silence {
            mark.subject = subjects.index(of: .silence(silence), in: &made.notes.subjects)
            return .silenced
        }
        if isRepeat { return .suppressed }
        if !inhibitor.isEmpty, let inhibition = inhibitor.inhibitor(of: context) {
            deduplicator?.revoke()
            mark = AlertMark(
                subject: subjects.index(of: .inhibition(inhibition), in: &made.notes.subjects), flags: mark.flags)
            return .inhibited
        }
        if let storm = storm?.admit(context, &outbox) {
            deduplicator?.revoke()
            mark = AlertMark(subject: subjects.index(of: .storm(storm), in: &made.notes.subjects), flags: mark.flags)
            return .held
        }
        return nil
    }

    /// True for a repeat that does not leave.
    private mutating func deduplicate(
        _ context: borrowing AlertContext, _ mark: inout AlertMark, _ made: inout Made
    ) -> Bool {
        guard let admission = admit(context) else { return false }
        let group: GroupMark
        var isRepeat = false
        switch admission {
        case .first(let mark), .variant(let mark), .breakthrough(let mark): group = mark
        case .repeated(let mark):
            group = mark
            isRepeat = true
        case .untracked:
            mark.flags.insert(.ungrouped)
            return false
        }
        mark.subject = subjects.index(ofGroup: group.group, in: &made.notes.subjects)
        mark.variant = UInt32(clamping: group.variant)
        mark.count = UInt32(clamping: group.count)
        return isRepeat
    }

    private mutating func route(_ facts: borrowing AlertFacts, _ made: inout Made) -> Fate {
        guard hasSinks else { return .unrouted }
        guard !router.isEverything else { return .passed }
        let sinks = router.route(facts) ?? Router.nowhere
        guard sinks != Router.nowhere else { return .unrouted }
        made.routes.append(sinks)
        return .passed
    }

    private mutating func observeRecords(causedBy context: borrowing AlertContext) {
        while observed < outbox.records.count {
            inhibitor.observe(outbox.records[observed].record, causedBy: context)
            observed += 1
        }
    }

    /// Timers, after every entry.
    mutating func advance(_ moment: EngineMoment, _ alerts: Int) {
        outbox.position = alerts
        closeWhatIsOff()
        deduplicator?.advance(moment, &outbox)
        correlator.advance(moment, &outbox)
        storm?.advance(moment, &outbox)
        silencer.advance(moment)
        enricher.advance(moment)
        while observed < outbox.records.count {
            if !inhibitor.isEmpty { inhibitor.observe(outbox.records[observed].record) }
            observed += 1
        }
        inhibitor.advance(moment)
    }

    /// What the stages wait for.
    var nextDue: NextDue {
        guard closingGroups == nil, closingStorms == nil else { return NextDue(now: .min) }
        var due = correlator.nextDue
        if let deduplicator { due = due.union(deduplicator.nextDue) }
        if let storm, storm.openStorms > 0 { due.now = min(due.now, storm.nextDue.nanoseconds) }
        return due
    }

    private mutating func closeWhatIsOff() {
        closingGroups?.closeAll(&outbox)
        closingGroups = nil
        closingStorms?.closeAll(&outbox)
        closingStorms = nil
    }

    /// Puts the records and the routes of all outputs into the notes. Records are kept whether anything takes them or not:
    /// the journal's incidents do not hang on a sink.
    func collect(_ made: inout Made, _ entry: JournalEntry, isGap: Bool) {
        made.notes.records = outbox.records
        made.notes.links = outbox.links
        guard hasSinks, !router.isEverything else { return }
        var indexes: [UInt16] = []
        var passed = 0
        let walk = OutputWalk(
            alertCount: entry.alertCount, isGap: isGap, fates: made.fates, notes: made.notes)
        for output in walk {
            switch output {
            case .alert:
                indexes.append(made.routes[passed])
                passed += 1
            case .gap:
                if case .gap(let gap) = entry.content { indexes.append(router.route(gap) ?? Router.nowhere) }
            case .record(let index): indexes.append(router.route(outbox.records[index].record) ?? Router.nowhere)
            }
        }
        made.notes.routes = router.routes(indexes)
    }
}

// Checkpoints: one part per stage that holds state.
extension EngineStages {
    func write(to writer: inout ByteWriter) {
        writer.put(identity) { $1.write(to: &$0) }
        enricher.write(to: &writer)
        silencer.write(to: &writer)
        writer.put(deduplicator ?? closingGroups) { $1.write(to: &$0) }
        correlator.write(to: &writer)
        inhibitor.write(to: &writer)
        writer.put(storm ?? closingStorms) { $1.write(to: &$0) }
    }

    /// The stages as they stood, under settings that may have changed: what is switched off now is kept until its groups and
    /// storms are closed.
    init(_ settings: EngineSettings, from reader: inout ByteReader) throws(MalformedBytes) {
        self.init(settings)
        if try reader.takeBool() {
            let restored = try TransportIdentity(
                settings.identity ?? IdentitySettings(), key: settings.hashKey, from: &reader)
            if identity != nil { identity = restored }
        }
        enricher = try Enricher(settings.enrich, tables: settings.tables, key: settings.hashKey, from: &reader)
        silencer = try Silencer(settings.silence, from: &reader)
        if try reader.takeBool() {
            // Where nothing will be added, what is open is all the room it needs.
            let restored = try Deduplicator(
                settings.deduplicate ?? DeduplicateSettings(memoryBytes: 0), key: settings.hashKey, from: &reader)
            if deduplicator != nil { deduplicator = restored } else { closingGroups = restored }
        }
        correlator = try Correlator(
            settings.rules.correlations, settings.correlate, key: settings.hashKey, from: &reader)
        droppedRules = correlator.droppedRules
        inhibitor = try Inhibitor(settings.inhibit, key: settings.hashKey, from: &reader)
        // What was restored has taken the place of what the memory was made for.
        makeMemory(settings)
        if try reader.takeBool() {
            let restored = try StormControl(
                settings.storm ?? StormSettings(), key: settings.hashKey, from: &reader)
            if storm != nil { storm = restored } else { closingStorms = restored }
        }
    }
}
